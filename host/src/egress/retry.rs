//! Which vendor requests the host repeats, and when.
//!
//! The host repeats a request that only reads. It repeats a request that writes only if the vendor certainly has not
//! carried it out: the host sent nothing, the vendor says that it did not get the request in time, or the vendor says
//! when to come again.

use std::time::Duration;

use http::header::CONNECTION;
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use super::wait::retry_after;
use crate::config::Limits;

/// The wait before the first repetition, if the vendor names none. It doubles each time, and a random part of up to
/// half is left out.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// The result of an attempt.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome<'a> {
    /// The head of an answer arrived, and the body is usable or will be streamed.
    Answered(StatusCode, &'a HeaderMap),
    /// Nothing left this machine: the host made no connection.
    NotSent,
    /// The vendor did not take the request. See [`not_taken`].
    NotTaken,
    /// The connection broke off; the vendor may have read the request.
    Broken,
    /// Anything else.
    Final,
}

/// The repetitions that are left for one vendor request of a plugin.
#[derive(Debug)]
pub(super) struct Retries {
    left: u32,
    longest: Duration,
    deadline: Instant,
    wait: Duration,
    /// Whether the vendor has already not taken the request once.
    not_taken: bool,
}

impl Retries {
    pub(super) fn new(limits: &Limits, deadline: Instant) -> Self {
        let longest = Duration::from_millis(limits.vendor_retry_wait_ms);
        Self { left: limits.vendor_retries, longest, deadline, wait: FIRST_WAIT, not_taken: false }
    }

    /// How long to wait before the host repeats the request. `None` if the outcome stands.
    pub(super) fn next(&mut self, writes: bool, outcome: Outcome<'_>) -> Option<Duration> {
        let wait = self.wait_after(writes, outcome)?;
        self.left = self.left.checked_sub(1)?;
        if wait > self.longest || Instant::now() + wait >= self.deadline {
            return None;
        }
        self.wait *= 2;
        self.not_taken |= matches!(outcome, Outcome::NotTaken);
        Some(wait)
    }

    fn wait_after(&self, writes: bool, outcome: Outcome<'_>) -> Option<Duration> {
        let own = || self.longest.min(self.wait.mul_f64(rand::random_range(0.5..=1.0)));
        match outcome {
            Outcome::NotSent => Some(own()),
            Outcome::NotTaken => (!self.not_taken).then(own),
            Outcome::Broken => (!writes).then(own),
            // The host sends it again with another token, or not at all.
            Outcome::Answered(StatusCode::UNAUTHORIZED, _) | Outcome::Final => None,
            Outcome::Answered(status, headers) if turned_away(status, headers) => retry_after(headers),
            Outcome::Answered(
                StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT,
                _,
            ) => (!writes).then(own),
            Outcome::Answered(..) => None,
        }
    }
}

/// Whether the vendor says that it turned the request away before it did anything: 401, 429, and 503 with a time to
/// come back.
pub(super) fn turned_away(status: StatusCode, headers: &HeaderMap) -> bool {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::SERVICE_UNAVAILABLE => retry_after(headers).is_some(),
        _ => false,
    }
}

/// Whether the vendor says that the request did not arrive in time, and closes the connection: 408 (RFC 9110 §15.5.9).
/// Some vendors send this on an idle connection without any request, and it crosses with the next request.
pub(super) fn not_taken(status: StatusCode, headers: &HeaderMap) -> bool {
    let options = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let mut options = options.flat_map(|value| value.split(','));
    status == StatusCode::REQUEST_TIMEOUT && options.any(|option| option.trim().eq_ignore_ascii_case("close"))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::RETRY_AFTER;

    use super::*;

    fn headers(retry_after: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(retry_after))])
    }

    fn retries(left: u32) -> Retries {
        let limits = Limits { vendor_retries: left, vendor_retry_wait_ms: 5_000, ..Limits::default() };
        Retries::new(&limits, Instant::now() + Duration::from_secs(30))
    }

    #[test]
    fn a_write_is_repeated_only_where_it_was_certainly_not_carried_out() {
        let (none, soon, late) = (HeaderMap::new(), headers("1"), headers("6"));
        let answered = |status: u16, headers| Outcome::Answered(StatusCode::from_u16(status).unwrap(), headers);
        for (outcome, write, read) in [
            (Outcome::NotSent, true, true),
            (Outcome::NotTaken, true, true),
            (Outcome::Broken, false, true),
            (Outcome::Final, false, false),
            (answered(429, &soon), true, true),
            (answered(429, &late), false, false),
            (answered(429, &none), false, false),
            (answered(503, &soon), true, true),
            (answered(503, &none), false, true),
            (answered(503, &late), false, false),
            (answered(502, &none), false, true),
            (answered(504, &none), false, true),
            (answered(500, &soon), false, false),
            (answered(404, &none), false, false),
            (answered(408, &none), false, false),
            (answered(200, &none), false, false),
        ] {
            for (writes, expected) in [(true, write), (false, read)] {
                assert_eq!(retries(1).next(writes, outcome).is_some(), expected, "{writes} {outcome:?}");
                assert_eq!(retries(0).next(writes, outcome), None);
            }
        }
    }

    #[test]
    fn waits_grow_and_end_with_the_deadline() {
        let mut all = retries(3);
        let waits: Vec<_> = (0..3).filter_map(|_| all.next(false, Outcome::Broken)).collect();
        for (wait, most) in waits.iter().zip([200, 400, 800]) {
            assert!((most / 2..=most).contains(&wait.as_millis()), "{waits:?}");
        }
        assert_eq!((waits.len(), all.next(false, Outcome::Broken)), (3, None));
        let mut late = Retries { deadline: Instant::now() + Duration::from_millis(50), ..retries(1) };
        assert_eq!(late.next(false, Outcome::Broken), None);
    }
}
