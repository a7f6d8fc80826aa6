//! Codes and sentences that ask to wait, because the vendor cannot sign anybody in now.

/// Words that ask to wait, between marks: `server_error`, `rateLimitExceeded`, `Too many requests`.
const LATER: [&str; 33] = [
    "_outage_",
    "_server_error_",
    "_internal_error_",
    "_internal_server_",
    "_internal_failure_",
    "_system_error_",
    "_backend_error_",
    "_fatal_error_",
    "_rate_limit_",
    "_rate_limits_",
    "_rate_limited_",
    "_ratelimit_",
    "_ratelimited_",
    "_ratelimitexceeded_",
    "_request_limit_",
    "_query_limit_",
    "_frequency_limit_",
    "_too_many_",
    "_too_often_",
    "_too_frequent_",
    "_too_frequently_",
    "_throttle_",
    "_throttled_",
    "_throttling_",
    "_quota_",
    "_slow_down_",
    "_over_capacity_",
    "_overload_",
    "_overloaded_",
    "_busy_",
    "_temporarily_",
    "_deadline_exceeded_",
    "_maintenance_",
];
/// Further words that do so only in codes.
const LATER_IN_CODES: [&str; 3] = ["_429_", "_503_", "_unavailable_"];
/// Further words that do so only in codes of at most [`FEW`] words: vendors also ask people to try again with another
/// password.
const LATER_IN_FEW_WORDS: [&str; 2] = ["_try_again_", "_retry_"];
const FEW: usize = 3;
/// Further words that do so only in sentences.
const LATER_IN_SENTENCES: [&str; 4] =
    ["_service_unavailable_", "_server_unavailable_", "_currently_unavailable_", "_some_time_"];
/// Words that ask to wait unless they are about credentials: `temporary_failure`, but not `temporary_password_expired`.
const LIMITED: [&str; 4] = ["_temporary_", "_limit_exceeded_", "_limit_reached_", "_exhausted_"];
/// Words about credentials and their number.
const OF_CREDENTIALS: [&str; 18] = [
    "_token_",
    "_tokens_",
    "_password_",
    "_passwords_",
    "_secret_",
    "_secrets_",
    "_credential_",
    "_credentials_",
    "_code_",
    "_codes_",
    "_license_",
    "_licenses_",
    "_seat_",
    "_seats_",
    "_device_",
    "_devices_",
    "_expired_",
    "_revoked_",
];
/// Words that ask to wait only if they are the whole code: `session_timeout` and `internal_user_disabled` do not.
const LATER_ALONE: [&str; 10] = [
    "timeout",
    "timed_out",
    "request_timeout",
    "request_timed_out",
    "gateway_timeout",
    "server_timeout",
    "connection_timeout",
    "read_timeout",
    "upstream_timeout",
    "internal",
];
/// Verbs of sentences that ask to wait.
const VERBS: [&str; 6] = ["try", "again", "retry", "repeat", "wait", "back"];
/// Times in sentences that ask to wait.
const TIMES: [&str; 12] = [
    "later", "soon", "shortly", "second", "seconds", "minute", "minutes", "hour", "hours", "moment", "moments", "while",
];
/// Most words between verb and time: `try again in a few minutes`.
const BETWEEN: usize = 4;

/// Whether a code, in words, asks to wait.
pub(super) fn asks_in_code(code: &str) -> bool {
    let is_short = code.split('_').count() <= FEW;
    LATER_ALONE.contains(&code) || asks(code, &LATER_IN_CODES) || is_short && asks(code, &LATER_IN_FEW_WORDS)
}

/// Whether a sentence, in words, asks to wait.
pub(super) fn asks_in_sentence(sentence: &str) -> bool {
    asks(sentence, &LATER_IN_SENTENCES) || names_time(sentence)
}

fn asks(text: &str, further: &[&str]) -> bool {
    let text = format!("_{text}_");
    let has = |words: &[&str]| words.iter().any(|words| text.contains(words));
    has(&LATER) || has(further) || has(&LIMITED) && !has(&OF_CREDENTIALS)
}

/// Whether a sentence says when to try again.
fn names_time(sentence: &str) -> bool {
    let mut left = 0;
    sentence.split('_').any(|word| {
        let is_asked = left > 0;
        left = if VERBS.contains(&word) { BETWEEN } else { left.saturating_sub(1) };
        is_asked && TIMES.contains(&word)
    })
}
