//! The meaning of an answer, from its status and its error codes and sentences.

use http::StatusCode;
use serde_json::Value;

use super::patience::{asks_in_code, asks_in_sentence};
use super::places;

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Meaning {
    /// The account needs other credentials.
    Refused,
    /// The host, later: the vendor cannot sign anybody in now.
    Later,
    /// Somebody else: the vendor failed, or the request is wrong.
    Failed,
}

/// The meaning of one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Means(Meaning),
    /// The vendor refuses the credentials, unless a sentence asks to wait: vendors write `access_denied` for many
    /// reasons.
    Denied,
    /// A code of the vendor's own.
    Own,
    /// There is an error, without a reason.
    Nothing,
}

/// The codes that refuse credentials: RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1.
pub(super) const REFUSALS: [&str; 5] =
    ["invalid_grant", "invalid_client", "unauthorized_client", "access_denied", "invalid_token"];

/// The codes of RFC 6749 §5.2 that new credentials do not mend.
const REQUEST_CODES: [&str; 2] = ["invalid_request", "unsupported_grant_type"];

/// The code of [`REFUSALS`] that means [`Said::Denied`].
const DENIED: &str = "access_denied";

/// Words that report an error without a reason: `unknown_error`, `Oops, an error occurred`.
const EMPTY_WORDS: [&str; 65] = [
    "unknown",
    "unexpected",
    "unspecified",
    "undefined",
    "general",
    "generic",
    "error",
    "errors",
    "err",
    "exception",
    "failure",
    "failed",
    "fail",
    "fault",
    "problem",
    "issue",
    "reason",
    "code",
    "server",
    "system",
    "internal",
    "oops",
    "sorry",
    "a",
    "an",
    "the",
    "this",
    "our",
    "your",
    "we",
    "it",
    "on",
    "in",
    "with",
    "is",
    "was",
    "has",
    "have",
    "been",
    "something",
    "occurred",
    "happened",
    "encountered",
    "while",
    "request",
    "requests",
    "process",
    "processing",
    "processed",
    "complete",
    "completed",
    "handle",
    "handling",
    "unable",
    "could",
    "cannot",
    "not",
    "be",
    "to",
    "please",
    "try",
    "again",
    "retry",
    "contact",
    "support",
];

/// The meaning of an answer. `None` if it is not a failure.
pub(in super::super) fn meaning(status: StatusCode, document: &Value) -> Option<Meaning> {
    let said: Vec<_> = places::codes(document).into_iter().filter_map(said).collect();
    let sentences = places::sentences(document);
    let is_patient = places::is_transient(document) || sentences.iter().any(|sentence| asks_in_sentence(sentence));
    // The first unambiguous code decides.
    let decided = said.iter().find_map(|said| match said {
        Said::Means(meaning) => Some(*meaning),
        Said::Denied | Said::Own | Said::Nothing => None,
    });
    let decided = match decided {
        Some(Meaning::Refused) => decided,
        _ if is_patient => Some(Meaning::Later),
        None if said.contains(&Said::Denied) => Some(Meaning::Refused),
        _ => decided,
    };
    let is_error = places::is_error(document);
    let is_refusal = if said.is_empty() { is_error } else { said.contains(&Said::Own) };
    let says_nothing = !sentences.is_empty() && sentences.iter().all(|sentence| is_empty(sentence));
    Some(match (status.as_u16(), decided) {
        (200..=299, decided) if !is_error && decided != Some(Meaning::Refused) => return None,
        (408 | 429 | 503, _) | (_, Some(Meaning::Later)) => Meaning::Later,
        (401, _) => Meaning::Refused,
        (200..=299 | 400..=499, Some(decided)) => decided,
        // A vendor's own code refuses credentials only with a matching status, and not beside a sentence without a
        // reason.
        (200..=299 | 400 | 403, None) if is_refusal && !says_nothing => Meaning::Refused,
        _ => Meaning::Failed,
    })
}

/// The meaning of a code. `None` if the value is not a code.
fn said(code: &Value) -> Option<Said> {
    match code {
        Value::Number(code) => said_by_status(code.as_u64()?),
        Value::String(code) => said_in_words(&in_words(code)),
        _ => None,
    }
}

fn said_in_words(code: &str) -> Option<Said> {
    if !places::says_error(code) {
        return None;
    }
    if let Ok(status) = code.parse() {
        return said_by_status(status);
    }
    let phrase = code.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '_');
    if let Some(status) = (400..600).find(|status| is_reason_phrase(phrase, *status)) {
        return said_by_status(status.into());
    }
    Some(if code == DENIED {
        Said::Denied
    } else if REFUSALS.contains(&code) {
        Said::Means(Meaning::Refused)
    } else if REQUEST_CODES.contains(&code) {
        Said::Means(Meaning::Failed)
    } else if asks_in_code(code) {
        Said::Means(Meaning::Later)
    } else if is_empty(code) {
        Said::Nothing
    } else {
        Said::Own
    })
}

/// Whether a code or a sentence, in words, reports an error without a reason.
fn is_empty(text: &str) -> bool {
    text.replace("went_wrong", "error").split('_').all(|word| EMPTY_WORDS.contains(&word))
}

/// The meaning of a code that is an HTTP status. Other numbers are the vendor's own, and do not say who must act.
fn said_by_status(status: u64) -> Option<Said> {
    match status {
        401 => Some(Said::Means(Meaning::Refused)),
        408 | 429 | 500..=599 => Some(Said::Means(Meaning::Later)),
        400..=499 => Some(Said::Nothing),
        _ => None,
    }
}

/// Whether a code is the reason phrase of this status (RFC 9110 §15): `bad_request`.
fn is_reason_phrase(code: &str, status: u16) -> bool {
    let phrase = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let letter = |byte: u8| if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'_' };
    phrase.is_some_and(|phrase| phrase.bytes().map(letter).eq(code.bytes()))
}

/// A code in lower case with `_` between its words: `InvalidGrant`, `INVALID_GRANT` and `invalid-grant` become the
/// same.
pub(super) fn in_words(code: &str) -> String {
    let mut words = String::with_capacity(code.len() + 4);
    let mut was_small = false;
    for letter in code.chars() {
        let begins_word = !letter.is_alphanumeric() || was_small && letter.is_ascii_uppercase();
        if begins_word && !words.is_empty() && !words.ends_with('_') {
            words.push('_');
        }
        was_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        words.extend(Some(letter.to_ascii_lowercase()).filter(|letter| letter.is_alphanumeric()));
    }
    words.truncate(words.trim_end_matches('_').len());
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::places::names_error;
    use super::*;
    use Meaning::{Failed, Later, Refused};

    #[test]
    fn an_error_is_about_the_credentials_unless_it_asks_for_patience_or_blames_the_request() {
        // The statuses are 200, then 400 and 403, then other 4xx, then 500.
        for (document, ok, bad_request, not_found, server_error) in [
            (json!({"error": "bad_refresh_token"}), Some(Refused), Refused, Failed, Failed),
            (json!({"error": "of_tomorrow", "access_token": "t"}), Some(Refused), Refused, Failed, Failed),
            (json!({"error": {"code": "INVALID_GRANT"}}), Some(Refused), Refused, Refused, Failed),
            (json!({"error": {"code": 17}}), Some(Refused), Refused, Failed, Failed),
            (json!({"errors": ["no"]}), Some(Refused), Refused, Failed, Failed),
            (json!({"errorCode": "invalid client"}), Some(Refused), Refused, Refused, Failed),
            (json!({"ok": false, "message": "no"}), Some(Refused), Refused, Failed, Failed),
            (json!({"status": "BAD_CLIENT_SECRET", "message": "…"}), Some(Refused), Refused, Failed, Failed),
            (json!({"error": "temporarily_unavailable"}), Some(Later), Later, Later, Later),
            (json!({"error": {"type": "rateLimitExceeded"}}), Some(Later), Later, Later, Later),
            (json!({"error": "INTERNAL-SERVER-ERROR"}), Some(Later), Later, Later, Later),
            (json!({"ok": false, "error": "ratelimited"}), Some(Later), Later, Later, Later),
            (json!({"error": "invalid_request"}), Some(Failed), Failed, Failed, Failed),
            (json!({"error": "unsupportedGrantType"}), Some(Failed), Failed, Failed, Failed),
            (json!({"access_token": "invalid_grant", "status": "internal"}), None, Later, Later, Later),
            (json!({"error": "", "errors": [], "errorCode": 0, "ok": true}), None, Failed, Failed, Failed),
            (json!({"error": null, "success": true}), None, Failed, Failed, Failed),
            (json!(null), None, Failed, Failed, Failed),
        ] {
            let means = |status| meaning(StatusCode::from_u16(status).unwrap(), &document);
            let expected =
                [ok, Some(bad_request), Some(bad_request), Some(not_found), Some(not_found), Some(server_error)];
            assert_eq!([200, 400, 403, 404, 422, 500].map(means), expected, "{document}");
            assert_eq!([408, 503].map(means), [Some(Later); 2], "{document}");
            assert_eq!(means(401), Some(if bad_request == Later { Later } else { Refused }), "{document}");
        }
    }

    fn means(status: u16, document: &Value) -> Option<Meaning> {
        meaning(StatusCode::from_u16(status).unwrap(), document)
    }

    #[test]
    fn a_vendor_that_has_no_time_or_fails_refuses_nobody() {
        for (status, document, expected) in [
            (400, json!({"errors": [{"code": "TOO_MANY_REQUESTS"}]}), Later),
            (400, json!({"errors": [{"errorType": "system_error"}]}), Later),
            (400, json!({"errors": ["Rate limit exceeded"]}), Later),
            (400, json!({"error": {"code": 429}}), Later),
            (400, json!({"error": 429}), Later),
            (400, json!({"error": "503"}), Later),
            (400, json!({"code": 500, "message": "oops"}), Later),
            (400, json!([{"statusCode": "502"}]), Later),
            (200, json!({"error": {"code": 500, "message": "Internal failure"}}), Later),
            (403, json!({"error": {"code": 403, "errors": [{"reason": "rateLimitExceeded"}]}}), Later),
            (400, json!({"error": {"message": "no", "http_status": 503}}), Later),
            (400, json!({"error": "HTTP 429"}), Later),
            (403, json!({"error": {"code": 403, "status": "RESOURCE_EXHAUSTED"}}), Later),
            (400, json!({"error": "request_limit_exceeded"}), Later),
            (400, json!({"error": "retry_later"}), Later),
            (400, json!({"error": "Internal Server Error"}), Later),
            (401, json!({"error": "429 Too Many Requests"}), Later),
            (400, json!({"error": "unknown_error", "error_description": "retry your request"}), Failed),
            (400, json!({"error": "UnknownError"}), Failed),
            (400, json!({"status": 400, "error": "Bad Request"}), Failed),
            (400, json!({"status": "error", "error": "400 Bad Request"}), Failed),
            (403, json!({"statusCode": 403, "error": "Forbidden", "message": "blocked by policy"}), Failed),
            (400, json!("The server is down"), Failed),
            (400, json!({"error": "Access Denied", "error_description": "You have made too many requests."}), Later),
            (
                400,
                json!({"error": {"type": "OAuthException", "message": "(#4) Application request limit reached"}}),
                Later,
            ),
            (400, json!({"error": {"type": "OAuthException", "message": "Please retry your request later."}}), Later),
            (400, json!({"error": {"type": "OAuthException", "is_transient": "true", "code": 2}}), Later),
            (200, json!({"code": 99_991_400, "msg": "request trigger frequency limit"}), Later),
            (400, json!({"error": "Oops, an error occurred"}), Failed),
            (400, json!({"error": "Request failed, please try again"}), Failed),
            (200, json!({"error": "Something went wrong"}), Failed),
            (
                400,
                json!({"error": {"type": "OAuthException", "message": "An unknown error occurred", "code": 1}}),
                Failed,
            ),
        ] {
            assert_eq!(means(status, &document), Some(expected), "{status} {document}");
        }
    }

    #[test]
    fn a_refusal_is_known_wherever_it_stands_and_whatever_words_are_in_it() {
        for (status, document) in [
            (400, json!({"error": "refresh_token_timeout"})),
            (401, json!({"error": "session_timeout"})),
            (401, json!({"error": "internal_user_disabled"})),
            (422, json!({"error": "invalid_grant"})),
            (404, json!({"error": "invalid_client"})),
            (400, json!("invalid_grant")),
            (400, json!(["invalid_grant"])),
            (200, json!("invalid_grant")),
            (400, json!([{"errorCode": "INVALID_LOGIN", "message": "Invalid username"}])),
            (200, json!({"Error": "invalid_grant"})),
            (200, json!({"code": "invalid_grant"})),
            (400, json!({"code": "invalid_request", "error": "invalid_grant"})),
            (200, json!({"error": {"code": 401, "message": "no"}})),
            (400, json!({"error": {"code": 400, "status": "BAD_TOKEN"}})),
            (400, json!({"error": "temporary_password_expired", "message": "The temporary password has expired."})),
            (400, json!({"error": "refresh_token_limit_exceeded"})),
            (400, json!({"error": "bad_login", "message": "Invalid password, please try again."})),
            (400, json!({"error": "Invalid password, please try again."})),
            (400, json!({"error": "over", "message": "It ended after 30 minutes. Log in again."})),
            (400, json!({"error": "invalid_grant", "message": "It is over, please try again later."})),
            (400, json!({"error": "access_denied"})),
            (200, json!({"code": 20_026, "msg": "The refresh token passed is invalid."})),
            (200, json!({"STATUS": "Error", "MESSAGE": "no such user"})),
            (200, json!({"data": {"error": "invalid_grant"}})),
            (200, json!({"result": {"success": false, "error": {"code": "bad_token"}}})),
        ] {
            assert_eq!(means(status, &document), Some(Refused), "{status} {document}");
        }
    }

    #[test]
    fn a_boolean_is_read_in_every_spelling_and_under_every_name() {
        for name in ["ok", "success", "is_success", "succeeded"] {
            for no in [json!(false), json!("false"), json!("False"), json!(0), json!("0"), json!("")] {
                let document = json!({ name: no, "message": "no" });
                assert_eq!([200, 400].map(|status| means(status, &document)), [Some(Refused); 2], "{document}");
            }
            for yes in [json!(true), json!("true"), json!(1), json!("ok"), json!(null)] {
                assert_eq!(means(200, &json!({ name: yes })), None, "{name} {yes}");
            }
        }
        for name in ["error", "errorCode", "errcode", "is_error"] {
            assert_eq!(means(200, &json!({ name: 40_001, "errmsg": "no" })), Some(Refused), "{name}");
        }
    }

    #[test]
    fn what_says_that_there_is_no_error_is_none() {
        for none in
            [json!("0"), json!("000"), json!("false"), json!("None"), json!("OK"), json!(""), json!(0), json!(false)]
        {
            let document = json!({"error": none, "errorCode": none, "errcode": none, "access_token": "t"});
            assert_eq!((means(200, &document), names_error(&document)), (None, false), "{document}");
        }
        for document in
            [json!({"code": 200, "msg": "no"}), json!({"code": 10_000, "msg": "Success"}), json!({"type": "Bearer"})]
        {
            assert_eq!(means(200, &document), None, "{document}");
        }
    }
}
