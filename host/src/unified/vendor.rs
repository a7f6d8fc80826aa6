//! The meaning of a vendor's answer for the caller: its body as JSON, its message, its rate-limit headers.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, StatusCode, header};
use mortise_model::{Category, FailureKind, Operation, QueryParameter};
use mortise_policy::characters::is_format;
use serde_json::value::{RawValue, to_raw_value};

use super::error::{UnifiedError, VendorError};
use super::failure::{Failure, Place};
use crate::call;
use crate::egress::{Transcript, VendorAnswer, found_message};
use crate::plugin::capabilities::top;

/// Longest plain text that the host takes for the vendor's message, in bytes.
const MAX_PLAIN_WORDS: usize = 300;

/// A body as JSON text: the vendor's own bytes if they are JSON, `null` if the body is empty, otherwise a JSON string.
pub(super) fn embed(body: &[u8]) -> Result<Cow<'_, RawValue>, serde_json::Error> {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    if body.trim_ascii().is_empty() {
        return to_raw_value(&()).map(Cow::Owned);
    }
    match serde_json::from_slice::<&RawValue>(body) {
        Ok(json) => Ok(Cow::Borrowed(json)),
        Err(_) => to_raw_value(&String::from_utf8_lossy(body)).map(Cow::Owned),
    }
}

/// The vendor's headers about rate limits, and `retry-after`.
pub(super) fn rate_headers(headers: &HeaderMap) -> HeaderMap {
    let steers = |name: &HeaderName| {
        let name = name.as_str().trim_start_matches("x-");
        name.starts_with("ratelimit") || name.starts_with("rate-limit") || name == header::RETRY_AFTER
    };
    headers.iter().filter(|(name, _)| steers(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A plugin's typed failure as the caller's error. `declared` are its pointers to the vendor's sentence. If the host
/// did not send the last request because of a limit of the vendor or a missing token, that is the error.
pub(super) fn failed(
    failure: call::Failure,
    category: Category,
    declared: &[String],
    transcript: &Transcript,
) -> Result<UnifiedError, serde_json::Error> {
    if let Some(withheld) = transcript.withheld() {
        return Ok(withheld.into());
    }
    let path = failure.field.as_deref().map(|field| category.name_for_caller(field)).unwrap_or_default();
    let error = match failure.kind {
        FailureKind::InvalidInput => {
            let (place, message) = (place(category, &path), at(&path, failure.message));
            UnifiedError::Invalid(Failure { place, path, message, missing: false }.into())
        }
        FailureKind::Vendor => {
            let answer = culprit(transcript);
            let status = answer.as_ref().map_or(StatusCode::BAD_GATEWAY, |answer| answer.status);
            let error = vendor_error(status, failure.message, answer, declared)?;
            UnifiedError::Vendor(Box::new(VendorError { message: at(&path, error.message), ..error }))
        }
        FailureKind::Refused => {
            let answer = transcript.last().and_then(|last| last.answer);
            let status = answer.as_ref().filter(|answer| is_error(answer)).map(|answer| answer.status);
            let status = status.unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            UnifiedError::Vendor(Box::new(vendor_error(status, failure.message, answer, declared)?))
        }
        FailureKind::NotFound => {
            let error = vendor_error(StatusCode::NOT_FOUND, failure.message, transcript.last_error(), declared)?;
            UnifiedError::Vendor(Box::new(VendorError { message: at(&path, error.message), ..error }))
        }
        FailureKind::InvalidCursor => {
            let rule = "is no longer valid at the vendor: begin again without it";
            UnifiedError::Invalid(Failure::new(Place::Query, "next_cursor", rule).into())
        }
        FailureKind::Unsupported | FailureKind::Denied | FailureKind::Timeout | FailureKind::Internal => {
            UnifiedError::Failed(call::Failure { message: at(&path, failure.message), ..failure })
        }
    };
    Ok(error)
}

/// Maps 410 for a user to 404 (RFC 9110 §15.5.11).
pub(super) fn gone(error: UnifiedError, operation: Operation) -> UnifiedError {
    match error {
        UnifiedError::Vendor(error) if operation.has_id() && error.status == StatusCode::GONE => {
            UnifiedError::Vendor(Box::new(VendorError { status: StatusCode::NOT_FOUND, ..*error }))
        }
        error => error,
    }
}

/// The error for an identifier without a user, if the vendor does not report it by a status.
pub(super) fn no_such_user() -> UnifiedError {
    let (message, headers) = ("the vendor has no such user".to_owned(), HeaderMap::new());
    UnifiedError::Vendor(Box::new(VendorError { status: StatusCode::NOT_FOUND, message, raw_response: None, headers }))
}

/// A sentence after the field that it is about, with the caller's name for the field: `emails: the vendor needs a value
/// here`.
fn at(path: &str, message: String) -> String {
    if path.is_empty() || message.is_empty() { message } else { format!("{path}: {message}") }
}

/// The part of the request with the name that a plugin reports. It is the query only if the body has no field of that
/// name.
fn place(category: Category, path: &str) -> Place {
    let name = top(path);
    let is_parameter = name == "remote_query" || QueryParameter::named(name).is_some();
    if is_parameter && !category.request_fields().contains(&name) { Place::Query } else { Place::Body }
}

/// The answer that a failure of kind `vendor` is about. An earlier answer does not belong to a last request without an
/// answer.
fn culprit(transcript: &Transcript) -> Option<VendorAnswer> {
    match transcript.last() {
        Some(last) if last.error.is_some() => last.answer.filter(is_error),
        _ => transcript.last_error(),
    }
}

fn is_error(answer: &VendorAnswer) -> bool {
    answer.status.is_client_error() || answer.status.is_server_error()
}

/// The caller's error for an answer with this status: `message`, or otherwise the vendor's own words.
pub(super) fn vendor_error(
    status: StatusCode,
    mut message: String,
    answer: Option<VendorAnswer>,
    declared: &[String],
) -> Result<VendorError, serde_json::Error> {
    let raw_response = answer.as_ref().map(|answer| embed(&answer.body).map(Cow::into_owned)).transpose()?;
    if message.is_empty() {
        message =
            match &answer {
                Some(answer) => found_message(&answer.body, declared).or_else(|| plain_words(answer)).unwrap_or_else(
                    || match answer.status {
                        status if is_error(answer) => format!("the vendor answered with status {}", status.as_u16()),
                        _ => "the vendor answered that it did not do what was asked".to_owned(),
                    },
                ),
                None => "the vendor gave no usable answer".to_owned(),
            };
    }
    let headers = answer.map(|answer| rate_headers(&answer.headers)).unwrap_or_default();
    Ok(VendorError { status, message, raw_response, headers })
}

/// The body of an answer that is a line of plain text.
fn plain_words(answer: &VendorAnswer) -> Option<String> {
    let is_plain = answer.headers.get(header::CONTENT_TYPE)?.to_str().ok()?.starts_with("text/plain");
    let text = str::from_utf8(&answer.body).ok()?.trim();
    let is_line = !text.is_empty() && text.len() <= MAX_PLAIN_WORDS && !text.contains(char::is_control);
    (is_plain && is_line).then(|| text.replace(is_format, " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_headers_about_rates_are_passed_on() {
        let mut headers = HeaderMap::new();
        for name in
            ["ratelimit-limit", "x-ratelimit-remaining", "x-rate-limit-reset", "retry-after", "etag", "set-cookie"]
        {
            headers.insert(HeaderName::from_static(name), header::HeaderValue::from_static("1"));
        }
        let kept = rate_headers(&headers);
        let mut kept: Vec<_> = kept.keys().map(HeaderName::as_str).collect();
        kept.sort_unstable();
        assert_eq!(kept, ["ratelimit-limit", "retry-after", "x-rate-limit-reset", "x-ratelimit-remaining"]);
    }
}
