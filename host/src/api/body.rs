//! Reading a caller's body within its bounds.

use std::time::Duration;

use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value};

use super::error::Problem;
use crate::config::Limits;
use crate::egress::announced;
use crate::unified::body::{BodyError, object};
use crate::unified::{Failure, Failures, Place};
use crate::work;

/// The content type and the body of a request.
pub(super) struct Received {
    /// The value of `content-type`.
    pub(super) content_type: Option<String>,
    /// The whole body.
    pub(super) bytes: Bytes,
}

/// Reads the whole body: 415 if it is compressed, 413 beyond the limit, 408 if it does not arrive in time, 400 if it
/// breaks off.
pub(super) async fn receive(request: Request, limits: &Limits) -> Result<Received, Problem> {
    let (parts, body) = request.into_parts();
    let limit = limits.caller_body_bytes;
    if !is_plain(&parts.headers) {
        let message = "the host takes no content-encoding: send the body as it is";
        let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message);
        return Err(problem.with_header(header::ACCEPT_ENCODING, "identity"));
    }
    // If `content-length` is beyond the limit, the host refuses the body before it reads a byte.
    if announced(&parts.headers).is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    let read = Limited::new(body, limit).collect();
    let bytes = match tokio::time::timeout(Duration::from_millis(limits.caller_read_ms), read).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_large(limit)),
        Ok(Err(_)) => return Err(Problem::new(StatusCode::BAD_REQUEST, "the body broke off")),
        Err(_) => return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not arrive in time")),
    };
    Ok(Received { content_type: content_type(&parts.headers), bytes })
}

/// Reads a JSON object; returns its members and the number of bytes.
pub(super) async fn read_members(request: Request, limits: &Limits) -> Result<(Map<String, Value>, usize), Problem> {
    members(receive(request, limits).await?).await
}

/// Reads the body of a request that needs none: it is empty, or an object without members.
pub(super) async fn read_nothing(request: Request, limits: &Limits) -> Result<(), Problem> {
    let received = receive(request, limits).await?;
    if received.bytes.is_empty() {
        return Ok(());
    }
    let (members, _) = members(received).await?;
    let mut failures = Failures::default();
    for (name, _) in members {
        failures.push(Failure::new(Place::Body, name, "is not known"));
    }
    if failures.is_empty() { Ok(()) } else { Err(Problem::invalid(failures)) }
}

async fn members(received: Received) -> Result<(Map<String, Value>, usize), Problem> {
    let bytes = received.bytes.len();
    let members = || object(received.content_type.as_deref(), &received.bytes);
    let members = work::on(bytes, members).await.map_err(|error| match error {
        BodyError::MediaType => not_json(),
        BodyError::Invalid(failures) => Problem::invalid(failures),
    })?;
    Ok((members, bytes))
}

/// Whether every coding that `content-encoding` lists leaves the body as it is (RFC 9110 §8.4).
fn is_plain(headers: &HeaderMap) -> bool {
    let codings =
        headers.get_all(header::CONTENT_ENCODING).iter().flat_map(|value| value.as_bytes().split(|b| *b == b','));
    codings.map(<[u8]>::trim_ascii).all(|coding| coding.is_empty() || coding.eq_ignore_ascii_case(b"identity"))
}

/// A value that is not text is not a type that the host knows.
fn content_type(headers: &HeaderMap) -> Option<String> {
    headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The error for a body of a type that the host does not read as JSON (RFC 9110 §15.5.16).
pub(super) fn not_json() -> Problem {
    let message = BodyError::MediaType.to_string();
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message).with_header(header::ACCEPT, "application/json")
}

fn too_large(limit: usize) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {limit} bytes"))
}
