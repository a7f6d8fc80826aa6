//! What a sign-in's answer means, by its status and its error code: RFC 6749 §5.2, and what vendors made of it.
//!
//! Vendors invent codes, so no list of them says who must act. A code that does not ask for patience, and with which RFC 6749 does not
//! blame the request, is about the account's credentials.

use http::StatusCode;
use serde_json::Value;

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The account needs other credentials.
    Refused,
    /// The host, later: the vendor cannot sign anybody in for the moment.
    Later,
    /// Others: the vendor failed, or the request is wrong.
    Failed,
}

/// The codes of RFC 6749 §5.2 that no other credentials mend.
const OF_THE_REQUEST: [&str; 2] = ["invalid_request", "unsupported_grant_type"];

/// What codes that ask for patience have in them: `temporarily_unavailable`, `server_error`, `rateLimitExceeded`.
const LATER: [&str; 16] = [
    "unavailable",
    "server_error",
    "internal",
    "fatal_error",
    "rate_limit",
    "ratelimit",
    "too_many",
    "throttl",
    "quota",
    "slow_down",
    "over_capacity",
    "overload",
    "busy",
    "timeout",
    "try_again",
    "maintenance",
];

/// What an answer means; `None`: it is no failure.
pub(super) fn meaning(status: StatusCode, document: &Value) -> Option<Meaning> {
    let has_code = |is: &dyn Fn(&str) -> bool| codes(document).any(|code| is(&in_words(code)));
    let is_error = is_error(document);
    let is_later = || has_code(&|code| LATER.iter().any(|part| code.contains(part)));
    let of_the_request = || has_code(&|code| OF_THE_REQUEST.contains(&code));
    Some(match status.as_u16() {
        200..=299 if !is_error => return None,
        429 | 503 => Meaning::Later,
        _ if is_later() => Meaning::Later,
        401 => Meaning::Refused,
        // A code in other places than an error's own says so only beside a status that does.
        200..=299 | 400 | 403 if (is_error || codes(document).next().is_some()) && !of_the_request() => {
            Meaning::Refused
        }
        _ => Meaning::Failed,
    })
}

/// A code with its words in lower case and `_` between them: `InvalidGrant`, `INVALID_GRANT` and `invalid-grant` are one.
fn in_words(code: &str) -> String {
    let mut words = String::with_capacity(code.len() + 4);
    let mut was_small = false;
    for letter in code.chars() {
        if was_small && letter.is_ascii_uppercase() {
            words.push('_');
        }
        was_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        words.push(if matches!(letter, '-' | '.' | ' ') { '_' } else { letter.to_ascii_lowercase() });
    }
    words
}

/// Whether the answer has the member that RFC 6749 §5.2 keeps for failures, as it defines it.
pub(super) fn names_error(document: &Value) -> bool {
    document.get("error").and_then(Value::as_str).is_some_and(|code| !code.is_empty())
}

/// Whether the answer calls itself an error, in whatever words.
fn is_error(document: &Value) -> bool {
    let member = |name: &str| document.get(name);
    let says = ["error", "errors", "error_code", "errorCode"].into_iter().filter_map(member).any(|error| match error {
        Value::Null => false,
        Value::Bool(says) => *says,
        Value::Number(code) => code.as_f64() != Some(0.0),
        Value::String(code) => !code.is_empty(),
        Value::Array(errors) => !errors.is_empty(),
        Value::Object(error) => !error.is_empty(),
    });
    says || ["ok", "success"].into_iter().filter_map(member).any(|went_well| *went_well == Value::Bool(false))
}

/// The texts that stand where vendors put the code of an error.
fn codes(document: &Value) -> impl Iterator<Item = &str> {
    let error = document.get("error");
    let inside = ["code", "type", "status"].map(|name| error.and_then(|error| error.get(name)));
    let beside = ["error_code", "errorCode", "code", "status"].map(|name| document.get(name));
    [error].into_iter().chain(inside).chain(beside).flatten().filter_map(Value::as_str).filter(|code| !code.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_is_about_the_credentials_unless_it_asks_for_patience_or_blames_the_request() {
        use Meaning::{Failed, Later, Refused};
        for (document, ok, bad_request, server_error) in [
            (json!({"error": "bad_refresh_token"}), Some(Refused), Refused, Failed),
            (json!({"error": "of_tomorrow", "access_token": "t"}), Some(Refused), Refused, Failed),
            (json!({"error": {"code": "INVALID_GRANT"}}), Some(Refused), Refused, Failed),
            (json!({"error": {"code": 17}}), Some(Refused), Refused, Failed),
            (json!({"errors": ["no"]}), Some(Refused), Refused, Failed),
            (json!({"errorCode": "invalid client"}), Some(Refused), Refused, Failed),
            (json!({"ok": false, "message": "no"}), Some(Refused), Refused, Failed),
            (json!({"status": "BAD_CLIENT_SECRET", "message": "…"}), None, Refused, Failed),
            (json!({"error": "temporarily_unavailable"}), Some(Later), Later, Later),
            (json!({"error": {"type": "rateLimitExceeded"}}), Some(Later), Later, Later),
            (json!({"error": "INTERNAL-SERVER-ERROR"}), Some(Later), Later, Later),
            (json!({"ok": false, "error": "ratelimited"}), Some(Later), Later, Later),
            (json!({"error": "invalid_request"}), Some(Failed), Failed, Failed),
            (json!({"error": "unsupportedGrantType"}), Some(Failed), Failed, Failed),
            (json!({"access_token": "invalid_grant", "status": "internal"}), None, Later, Later),
            (json!({"error": "", "errors": [], "errorCode": 0, "ok": true, "access_token": "t"}), None, Failed, Failed),
            (json!({"error": null, "success": true}), None, Failed, Failed),
            (json!("invalid_grant"), None, Failed, Failed),
            (json!(null), None, Failed, Failed),
        ] {
            let means = |status| meaning(StatusCode::from_u16(status).unwrap(), &document);
            let expected = (ok, Some(bad_request), Some(bad_request), Some(server_error));
            assert_eq!((means(200), means(400), means(403), means(500)), expected, "{document}");
            assert_eq!(means(503), Some(Later), "{document}");
            assert_eq!(means(401), Some(if bad_request == Later { Later } else { Refused }), "{document}");
            assert_eq!(means(404), Some(server_error), "{document}");
        }
    }
}
