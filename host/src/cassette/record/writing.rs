//! Converts what happened into a cassette's members.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use mortise_authoring::cassette::format;
use mortise_authoring::cassette::request::Body;
use mortise_policy::target::Endpoint;
use serde_json::Value;
use serde_json::value::to_raw_value;

use crate::egress;

/// One exchange of a transcript, which has neither credentials nor what signs.
pub(super) fn exchange(endpoints: &[Endpoint], made: &egress::Exchange) -> Result<format::Exchange> {
    let Some(answer) = made.answer.as_ref().filter(|_| made.error.is_none()) else {
        let reason = made.error.as_ref().map(ToString::to_string).unwrap_or_default();
        bail!("the vendor gave no usable answer to {} {}: {reason}", made.method, made.url.path());
    };
    let mut headers = HeaderMap::clone(&made.request_headers);
    // The host's own header, unless the integration asks for something else.
    if headers.get(ACCEPT).is_some_and(|kind| kind == "application/json") {
        headers.remove(ACCEPT);
    }
    let body = made.request_body.as_deref().and_then(|body| Body::arrived(&headers, body).recorded());
    Ok(format::Exchange {
        request: format::Request {
            method: made.method.clone(),
            path: path(endpoints, &made.url),
            query: made.url.query_pairs().into_owned().collect(),
            headers,
            body,
        },
        response: response(answer.status, &answer.headers, &answer.body)?,
        spec_exceptions: Vec::new(),
    })
}

/// Below the first origin, or absolute. With a replaced origin every path is below the first, because the others cannot
/// be told apart.
fn path(endpoints: &[Endpoint], url: &url::Url) -> String {
    let mut bare = url.clone();
    bare.set_query(None);
    for (index, endpoint) in endpoints.iter().enumerate() {
        let below = bare.as_str().strip_prefix(&endpoint.actual.to_string()).filter(|rest| rest.starts_with('/'));
        if let Some(rest) = below {
            return if index == 0 { rest.to_owned() } else { format!("{}{rest}", endpoint.declared) };
        }
    }
    bare.to_string()
}

pub(super) fn response(status: StatusCode, given: &HeaderMap, body: &Bytes) -> Result<format::Response> {
    let mut headers = HeaderMap::new();
    for (name, value) in given.iter().filter(|(name, _)| is_lasting(name)) {
        headers.insert(name.clone(), value.clone());
    }
    if headers.contains_key(RETRY_AFTER) {
        // A replay does not wait.
        headers.insert(RETRY_AFTER, HeaderValue::from_static("0"));
    }
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let is_json = |headers: &HeaderMap| {
        headers.get(CONTENT_TYPE).is_none_or(|kind| kind.to_str().is_ok_and(|kind| kind.contains("json")))
    };
    let body = match json {
        _ if body.is_empty() => None,
        Some(json) if is_json(&headers) => Some(to_raw_value(&json)?),
        _ => {
            if is_json(&headers) {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            }
            let text = std::str::from_utf8(body).context("the vendor's answer is not text")?;
            Some(to_raw_value(text)?)
        }
    };
    Ok(format::Response { status, headers, body })
}

/// Whether a header has the same value when the same request is made again.
fn is_lasting(name: &HeaderName) -> bool {
    let text = name.as_str();
    let passing = ["request-id", "correlation-id", "trace", "ratelimit", "rate-limit", "call-limit"];
    *name != DATE && !passing.iter().any(|part| text.contains(part))
}
