//! From what happened to what a cassette says of it.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use mortise_policy::target::Endpoint;
use percent_encoding::percent_decode_str;
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};

use crate::cassette::format::{self, Answer};
use crate::cassette::request::Body;
use crate::egress;
use crate::unified::{AnswerBody, UnifiedAnswer};

/// One exchange of a transcript, which has neither credentials nor what signs.
pub(super) fn exchange(endpoints: &[Endpoint], made: &egress::Exchange) -> Result<format::Exchange> {
    let Some(answer) = made.answer.as_ref().filter(|_| made.error.is_none()) else {
        let reason = made.error.as_ref().map(ToString::to_string).unwrap_or_default();
        bail!("the vendor gave no usable answer to {} {}: {reason}", made.method, made.url.path());
    };
    let mut headers = made.request_headers.clone();
    // The host's own, unless the integration asks for something else.
    if headers.get(ACCEPT).is_some_and(|kind| kind == "application/json") {
        headers.remove(ACCEPT);
    }
    let body = made.request_body.as_deref().map(|body| match Body::arrived(&headers, body) {
        Body::None => Value::Null,
        Body::Json(value) => value,
        Body::Form(fields) => form(fields),
        Body::Text(text) => text.into(),
    });
    Ok(format::Exchange {
        request: format::Request {
            method: made.method.clone(),
            path: path(endpoints, &made.url),
            query: made.url.query_pairs().into_owned().collect(),
            headers,
            body: body.filter(|body| !body.is_null()),
        },
        response: response(answer.status, &answer.headers, &answer.body)?,
        spec_exceptions: Vec::new(),
    })
}

/// Fields that come once as texts, the others as lists.
fn form(fields: super::super::request::Pairs) -> Value {
    let value = |mut values: Vec<String>| match values.pop() {
        Some(only) if values.is_empty() => Value::String(only),
        last => values.into_iter().chain(last).map(Value::String).collect(),
    };
    Value::Object(fields.into_iter().map(|(name, values)| (name, value(values))).collect::<Map<_, _>>())
}

/// Below the first origin, or absolute. With a replaced origin everything is below the first: the others are not told apart.
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
            let text = std::str::from_utf8(body).context("the vendor answered with something that is no text")?;
            Some(to_raw_value(text)?)
        }
    };
    Ok(format::Response { status, headers, body })
}

/// Whether a header is the same when the same is asked for again.
fn is_lasting(name: &HeaderName) -> bool {
    let text = name.as_str();
    let passing = ["request-id", "correlation-id", "trace", "ratelimit", "rate-limit", "call-limit"];
    *name != DATE && !passing.iter().any(|part| text.contains(part))
}

/// Status and body of a unified answer, and the ignored fields.
pub(super) fn answered(answer: UnifiedAnswer) -> Result<((StatusCode, Value), Vec<String>)> {
    let AnswerBody::Whole(body) = answer.body else { bail!("it is a stream") };
    let header = answer.headers.get("mortise-ignored-fields").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let names = header.split(", ").filter(|name| !name.is_empty());
    let ignored = names.map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned()).collect();
    let body = match &*body {
        [] => Value::Null,
        body => serde_json::from_slice(body).unwrap_or_else(|_| json!(String::from_utf8_lossy(body))),
    };
    Ok(((answer.status, body), ignored))
}

/// The answer as a cassette has it: without the vendor's words, which the exchanges have.
pub(super) fn unified_answer(status: StatusCode, mut body: Value, ignored_fields: Vec<String>) -> Answer {
    if let Value::Object(members) = &mut body {
        for name in ["remote_data", "raw_response", "truto_error_insight"] {
            members.shift_remove(name);
        }
    }
    Answer { status, body, ignored_fields }
}
