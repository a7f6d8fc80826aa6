//! The times in the headers of an answer: how long to wait before the next request.
//!
//! Vendors write seconds, whole or with a fraction, seconds or milliseconds since 1970, and dates in four spellings.
//! The host compares a moment with the answer's own `date`, so that a wrong clock does no harm. It rewrites all of them
//! as whole seconds, rounded up, and drops values that it cannot read.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// The longest wait that the host passes on, 24 h. A client that comes back then learns more.
const LONGEST: Duration = Duration::from_secs(86_400);
/// Spellings of HTTP dates outside of RFC 9110: other time zones than GMT, and a wrong weekday.
const DATES: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

/// Rewrites `retry-after`, and every header about rates that names a time, as whole seconds from the moment of the answer.
pub(super) fn in_seconds(headers: &mut HeaderMap) {
    let date = headers.get(DATE).and_then(|value| moment(value.to_str().ok()?));
    let sent = date.unwrap_or_else(SystemTime::now);
    let names: Vec<HeaderName> = headers.keys().filter(|name| is_time(name)).cloned().collect();
    for name in names {
        let text = headers.get(&name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match wait(text.trim(), sent) {
            Some(wait) => drop(headers.insert(name, HeaderValue::from(ceil(wait)))),
            None => drop(headers.remove(name)),
        }
    }
}

/// The time to wait that an answer asks for. Its headers must have been [rewritten](in_seconds).
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

/// How long an answer with these headers asks the client to wait, at most 24 h. Reads every spelling that vendors use.
pub fn asked_wait(mut headers: HeaderMap) -> Option<Duration> {
    in_seconds(&mut headers);
    retry_after(&headers)
}

/// A time for `Retry-After`: rounded up to whole seconds, at least 1.
pub fn whole_seconds(time: Duration) -> u64 {
    ceil(time).max(1)
}

/// Whether a header names a time, and not in milliseconds: `retry-after`, `x-ratelimit-reset`, `x-acme-rate-limit-reset-after`.
fn is_time(name: &HeaderName) -> bool {
    let name = name.as_str();
    let is_of_rates = name.contains("ratelimit") || name.contains("rate-limit");
    let is_of_times = name.contains("reset") || name.contains("retry-after");
    name == RETRY_AFTER || (is_of_rates && is_of_times && !name.ends_with("-ms"))
}

/// The time from the answer to that moment. Zero if the moment has passed.
fn wait(text: &str, sent: SystemTime) -> Option<Duration> {
    let wait = match number(text) {
        Some(number) => from_number(number, sent),
        None => moment(text)?.duration_since(sent).unwrap_or_default(),
    };
    Some(wait.min(LONGEST))
}

/// A number without sign and exponent.
fn number(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| is_plain)
}

/// A number of seconds, or of seconds or milliseconds since 1970 if it is large enough to be a moment of today or
/// later.
fn from_number(number: f64, sent: SystemTime) -> Duration {
    let now = sent.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let today = now - LONGEST.as_secs_f64();
    let seconds = match number {
        milliseconds if milliseconds / 1_000.0 >= today => milliseconds / 1_000.0 - now,
        moment if moment >= today => moment - now,
        seconds => seconds,
    };
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(LONGEST)
}

/// The three spellings of an HTTP date (RFC 9110 §5.6.7), and RFC 3339.
fn moment(text: &str) -> Option<SystemTime> {
    let other = || DATES.parse_timestamp(text).or_else(|_| text.parse::<Timestamp>()).ok();
    httpdate::parse_http_date(text).ok().or_else(|| other().map(SystemTime::from))
}

/// The time in seconds, rounded up.
pub(super) fn ceil(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rewritten value of a header in an answer of 2026-11-21T04:00:00Z.
    fn read(name: &'static str, text: &'static str) -> Option<String> {
        let mut headers = HeaderMap::from_iter([
            (DATE, HeaderValue::from_static("Sat, 21 Nov 2026 04:00:00 GMT")),
            (HeaderName::from_static(name), HeaderValue::from_static(text)),
        ]);
        in_seconds(&mut headers);
        headers.get(name).map(|value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_time_is_read_in_every_spelling_and_written_in_whole_seconds() {
        for (text, seconds) in [
            ("0", Some("0")),
            ("120", Some("120")),
            (" 7 ", Some("7")),
            ("1.5", Some("2")),
            ("0.001", Some("1")),
            (".5", Some("1")),
            ("Sat, 21 Nov 2026 04:01:30 GMT", Some("90")),
            ("Sat, 21 Nov 2026 05:01:30 +0100", Some("90")),
            ("Mon, 21 Nov 2026 04:01:30 GMT", Some("90")),
            ("Saturday, 21-Nov-26 04:01:30 GMT", Some("90")),
            ("Sat Nov 21 04:01:30 2026", Some("90")),
            ("2026-11-21T04:01:30.25Z", Some("91")),
            ("Sat, 21 Nov 2026 03:00:00 GMT", Some("0")),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some("86400")),
            // 2026-11-21T04:01:30Z
            ("1795233690", Some("90")),
            ("1795233690.5", Some("91")),
            ("1795233690500", Some("91")),
            ("1795233000", Some("0")),
            ("1000000000", Some("86400")),
            ("99999999999999999999999999", Some("86400")),
            ("soon", None),
            ("-1", None),
            ("+1", None),
            ("1e3", None),
            ("inf", None),
            (".", None),
            ("", None),
        ] {
            assert_eq!(read("retry-after", text).as_deref(), seconds, "{text}");
            assert_eq!(read("x-ratelimit-reset", text).as_deref(), seconds, "{text}");
        }
        for name in ["x-ratelimit-limit", "x-acme-ratelimit-reset-ms", "x-request-id"] {
            assert_eq!(read(name, "1.5").as_deref(), Some("1.5"), "{name} is no time in seconds");
        }
    }

    #[test]
    fn without_a_date_of_its_own_a_moment_is_held_against_this_clock() {
        let at = SystemTime::now() + Duration::from_secs(600);
        let text = HeaderValue::from_str(&httpdate::fmt_http_date(at)).unwrap();
        let mut headers = HeaderMap::from_iter([(RETRY_AFTER, text)]);
        in_seconds(&mut headers);
        let wait = retry_after(&headers).unwrap();
        assert!((590..=600).contains(&wait.as_secs()), "{wait:?}");
    }
}
