//! What a sign-in's answer says: the values that it brings, or why there are none.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

use super::super::EgressError;
use super::super::message::found_message;
use super::super::wait::retry_after;
use super::{Lifetime, TokenExchange};

/// Longest value of an answer, in bytes. A header could not carry a longer one.
const MAX_VALUE: usize = 16 << 10;
/// Longest lifetime that is believed: 366 days.
const MAX_LIFETIME: Duration = Duration::from_secs(366 * 86_400);
/// When to try again where a vendor that has no time does not say it.
const RETRY: Duration = Duration::from_secs(10);
/// The error codes (RFC 6749 §5.2 and what vendors made of it) by which a vendor says that other credentials are needed, and not
/// that the request is wrong or the moment bad.
const CREDENTIAL_ERRORS: [&str; 9] = [
    "access_denied",
    "expired_token",
    "inactive_user",
    "invalid_client",
    "invalid_client_id",
    "invalid_grant",
    "invalid_scope",
    "invalid_token",
    "unauthorized_client",
];

/// The vendor refused an account's credentials when the host signed in. Holds no credential.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// One sentence, with the vendor's words where it gave any.
    pub message: String,
    /// The vendor's body: JSON, or a text. Null where it is not known any more.
    pub body: Value,
}

impl Refusal {
    /// The sentence without the vendor's words.
    pub const REASON: &str = "the vendor refused the account's credentials when the host signed in";
}

/// What a sign-in brought.
pub(super) struct Read {
    /// Values that sign requests.
    pub(super) secrets: BTreeMap<String, SecretString>,
    /// Values that the guest may see.
    pub(super) open: BTreeMap<String, String>,
    /// New values of the account's own variables.
    pub(super) replaced: BTreeMap<String, SecretString>,
    /// How long it holds.
    pub(super) lifetime: Duration,
}

/// Reads the answer's body. `said` is the same without credentials: what others may see of a failure.
pub(super) fn read(
    exchange: &TokenExchange,
    status: StatusCode,
    headers: &HeaderMap,
    body: &Bytes,
    said: &Bytes,
) -> Result<Read, EgressError> {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    // Some vendors say no with a 200.
    let refused = match status.as_u16() {
        401 => true,
        200..=299 | 400 | 403 => error_code(&document).is_some_and(|code| CREDENTIAL_ERRORS.contains(&code)),
        _ => false,
    };
    if status.is_success() && !refused {
        return values(exchange, &document);
    }
    let words = found_message(said, &[]).map(|words| format!(": {words}")).unwrap_or_default();
    if refused {
        let message = format!("{}{words}", Refusal::REASON);
        let body = serde_json::from_slice(said).unwrap_or_else(|_| String::from_utf8_lossy(said).into_owned().into());
        return Err(EgressError::Refused(Box::new(Refusal { message, body })));
    }
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        let reason = format!("signing in: the vendor has no time for it (status {})", status.as_u16());
        let wait = retry_after(headers).unwrap_or(RETRY);
        return Err(EgressError::Unavailable { reason, words, retry_after: wait });
    }
    Err(EgressError::SignIn { status: status.as_u16(), words })
}

fn values(exchange: &TokenExchange, document: &Value) -> Result<Read, EgressError> {
    let lifetime = lifetime(&exchange.lifetime, document, Timestamp::now());
    let mut read = Read { secrets: BTreeMap::new(), open: BTreeMap::new(), replaced: BTreeMap::new(), lifetime };
    for answer in &exchange.answers {
        let value = match document.pointer(&answer.pointer) {
            Some(Value::String(text)) if !text.is_empty() && text.len() <= MAX_VALUE => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            // An answer without a new refresh token leaves the old one as good as it was.
            _ if answer.replaces => continue,
            _ => {
                let reason = format!("signing in: the vendor's answer has no usable value at {}", answer.pointer);
                return Err(EgressError::Unusable(reason));
            }
        };
        if answer.replaces {
            read.replaced.insert(answer.name.clone(), value.into());
        } else if answer.secret {
            read.secrets.insert(answer.name.clone(), value.into());
        } else {
            read.open.insert(answer.name.clone(), value);
        }
    }
    Ok(read)
}

/// The code of an OAuth 2.0 error, in either place where vendors put it.
fn error_code(document: &Value) -> Option<&str> {
    let error = document.get("error")?;
    error.as_str().or_else(|| error.get("code")?.as_str())
}

/// How long a token can be used. What cannot be read counts as not said.
fn lifetime(declared: &Lifetime, document: &Value, now: Timestamp) -> Duration {
    let said = declared.pointer.as_deref().and_then(|pointer| document.pointer(pointer));
    let seconds = match said {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => seconds(text.trim(), now),
        _ => None,
    };
    let seconds = seconds.unwrap_or_else(|| f64::from(declared.seconds)).max(0.0);
    Duration::try_from_secs_f64(seconds).unwrap_or(MAX_LIFETIME).min(MAX_LIFETIME)
}

fn seconds(text: &str, now: Timestamp) -> Option<f64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return seconds.is_finite().then_some(seconds);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.duration_since(now).as_secs_f64());
    }
    let parts: Vec<u32> = text.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    match parts[..] {
        [hours, minutes @ 0..60, seconds @ 0..60] => {
            Some(f64::from(hours) * 3_600.0 + f64::from(minutes * 60 + seconds))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lifetimes_are_read_in_every_form_and_bounded() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for (said, seconds) in [
            (json!(3599), 3_599),
            (json!("3600"), 3_600),
            (json!(3599.0), 3_599),
            (json!("177:05:38"), 637_538),
            (json!("0:04:30"), 270),
            (json!("2026-01-01T00:10:00Z"), 600),
            (json!("2025-12-31T00:00:00Z"), 0),
            (json!(0), 0),
            (json!(-5), 0),
            (json!(1e300), 366 * 86_400),
            (json!("NaN"), 7_200),
            (json!("0:75:00"), 7_200),
            (json!("soon"), 7_200),
            (json!(null), 7_200),
        ] {
            let declared = Lifetime { pointer: Some("/a/b".into()), seconds: 7_200 };
            let read = lifetime(&declared, &json!({ "a": { "b": said } }), now);
            assert_eq!(read.as_secs(), seconds, "{said}");
        }
    }
}
