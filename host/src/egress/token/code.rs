//! What the error codes in the answers of sign-ins mean: RFC 6749 §5.2, OpenID Connect Core §3.1.2.6, and what vendors made of them.

use serde_json::Value;

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The account needs other credentials.
    Refused,
    /// The host, later: the vendor cannot sign anybody in for the moment.
    Later,
}

/// Codes that ask for other credentials. Others, such as `invalid_request`, say that the request is wrong. In their order.
const REFUSED: [&str; 56] = [
    "access_denied",
    "account_disabled",
    "account_inactive",
    "account_locked",
    "account_suspended",
    "application_suspended",
    "authentication_error",
    "authentication_failed",
    "bad_client_id",
    "bad_client_secret",
    "bad_credentials",
    "bad_refresh_token",
    "bad_token",
    "bad_verification_code",
    "consent_required",
    "expired_credentials",
    "expired_refresh_token",
    "expired_token",
    "inactive_org",
    "inactive_user",
    "incorrect_client_credentials",
    "interaction_required",
    "invalid_access_token",
    "invalid_api_key",
    "invalid_auth",
    "invalid_client",
    "invalid_client_credentials",
    "invalid_client_id",
    "invalid_client_secret",
    "invalid_code",
    "invalid_credentials",
    "invalid_grant",
    "invalid_password",
    "invalid_refresh",
    "invalid_refresh_token",
    "invalid_scope",
    "invalid_token",
    "invalid_user_credentials",
    "invalid_username_or_password",
    "login_required",
    "not_authed",
    "refresh_token_expired",
    "refresh_token_invalid",
    "refresh_token_revoked",
    "revoked_refresh_token",
    "revoked_token",
    "token_expired",
    "token_invalid",
    "token_not_found",
    "token_revoked",
    "unauthorized",
    "unauthorized_client",
    "user_disabled",
    "user_inactive",
    "user_suspended",
    "wrong_credentials",
];

/// Codes that ask for patience. In their order.
const LATER: [&str; 14] = [
    "fatal_error",
    "internal_error",
    "internal_server_error",
    "over_capacity",
    "rate_limit_exceeded",
    "rate_limited",
    "ratelimited",
    "request_timeout",
    "server_busy",
    "server_error",
    "service_unavailable",
    "slow_down",
    "temporarily_unavailable",
    "too_many_requests",
];

/// What the answer's code means, if it has one that is known.
pub(super) fn meaning(document: &Value) -> Option<Meaning> {
    codes(document).find_map(|code| {
        let code = in_words(code);
        let is_in = |list: &[&str]| list.binary_search(&code.as_str()).is_ok();
        match is_in(&REFUSED) {
            true => Some(Meaning::Refused),
            false => is_in(&LATER).then_some(Meaning::Later),
        }
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

/// Whether the answer calls itself an error, in whatever words.
pub(super) fn is_error(document: &Value) -> bool {
    let says = |name: &str| document.get(name).is_some_and(|error| !matches!(error, Value::Null | Value::Bool(false)));
    let is_empty = document.get("error").and_then(Value::as_str).is_some_and(str::is_empty);
    (says("error") && !is_empty) || says("errors")
}

/// The texts that stand where vendors put the code of an error.
fn codes(document: &Value) -> impl Iterator<Item = &str> {
    let error = document.get("error");
    let inside = ["code", "type", "status"].map(|name| error.and_then(|error| error.get(name)));
    let beside = ["error_code", "errorCode", "code", "status"].map(|name| document.get(name));
    [error].into_iter().chain(inside).chain(beside).flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn codes_are_found_where_vendors_put_them_and_in_their_spellings() {
        assert!(REFUSED.is_sorted() && LATER.is_sorted());
        for (document, expected) in [
            (json!({"error": "bad_refresh_token"}), Some(Meaning::Refused)),
            (json!({"ok": false, "error": "invalid_refresh_token"}), Some(Meaning::Refused)),
            (json!({"error": {"code": "INVALID_GRANT"}}), Some(Meaning::Refused)),
            (json!({"error": {"type": "invalid-token", "code": 17}}), Some(Meaning::Refused)),
            (json!({"status": "BAD_CLIENT_SECRET", "message": "…"}), Some(Meaning::Refused)),
            (json!({"errorCode": "invalid client"}), Some(Meaning::Refused)),
            (json!({"error": "InvalidGrant"}), Some(Meaning::Refused)),
            (json!({"error": {"code": "invalidRefreshToken"}}), Some(Meaning::Refused)),
            (json!({"error": "temporarily_unavailable"}), Some(Meaning::Later)),
            (json!({"ok": false, "error": "ratelimited"}), Some(Meaning::Later)),
            (json!({"error": "invalid_request"}), None),
            (json!({"error": "unsupported_grant_type"}), None),
            (json!({"access_token": "invalid_grant", "status": "ok"}), None),
            (json!("invalid_grant"), None),
        ] {
            assert_eq!(meaning(&document), expected, "{document}");
        }
        for (document, expected) in [
            (json!({"error": "unheard_of"}), true),
            (json!({"errors": ["no"]}), true),
            (json!({"error": "", "access_token": "t"}), false),
            (json!({"error": null}), false),
            (json!({"error": false}), false),
            (json!([]), false),
        ] {
            assert_eq!(is_error(&document), expected, "{document}");
        }
    }
}
