//! The exchanges of one call with its vendor, without credentials. `remote_data`, errors and the `debug` format are
//! made from them.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde::{Serialize, Serializer};

use super::body::{Budget, Size};
use super::error::EgressError;
use crate::account::Sealed;

/// Characters of a path and of an error in a summary.
const MAX_SUMMARY_TEXT: usize = 512;

/// One vendor request and its result. Holds no credential: the host records the request before it signs it, and the
/// answer after it has scrubbed it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// HTTP method.
    pub method: Method,
    /// URL before signing.
    pub url: Arc<url::Url>,
    /// The number of the declared origin to which `url` belongs.
    pub origin: usize,
    /// Request headers before signing.
    pub request_headers: Arc<HeaderMap>,
    /// Request body as sent, `remote_data` merged.
    pub request_body: Option<Bytes>,
    /// Whether this request carries the call.
    pub primary: bool,
    /// Whether the request can change something at the vendor. In an operation that writes, each request that is not a
    /// `GET` can.
    pub writes: bool,
    /// The vendor's answer, once its headers have arrived.
    pub answer: Option<VendorAnswer>,
    /// Whether the request certainly never left: the host made no connection, or refused to send it.
    pub unsent: bool,
    /// Whether the vendor says that it turned the request away before it did anything.
    pub turned_away: bool,
    /// Whether the host sent the request again. The plugin does not see the result of this attempt.
    pub repeated: bool,
    /// Why there is no answer, or no usable body.
    pub error: Option<EgressError>,
    /// From sending to the end of the body, or to the failure.
    pub elapsed: Duration,
}

/// What the host did with a request of a plugin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Decision {
    /// The host sent it, and the vendor answered.
    #[default]
    Allowed,
    /// The host allowed it, and there is no usable answer.
    Failed,
    /// The policy refused it.
    Refused,
    /// The host did not send it, because of a limit of the vendor or a missing token.
    Withheld,
    /// A dry run shows it and does not send it.
    Planned,
}

impl Decision {
    /// The word for it in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Withheld => "withheld",
            Self::Planned => "planned",
        }
    }

    /// Whether the host allowed the request to leave.
    pub fn is_sent(self) -> bool {
        matches!(self, Self::Allowed | Self::Failed)
    }
}

impl Exchange {
    /// What the host did with the request.
    pub fn decision(&self) -> Decision {
        match &self.error {
            Some(EgressError::Denied(_)) => Decision::Refused,
            Some(error) if error.is_withholding() => Decision::Withheld,
            Some(_) => Decision::Failed,
            None if self.unsent => Decision::Planned,
            None => Decision::Allowed,
        }
    }

    fn summary(&self) -> ExchangeSummary {
        let short = |text: String| match text.char_indices().nth(MAX_SUMMARY_TEXT) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        };
        let host = self.url.host_str().unwrap_or_default();
        ExchangeSummary {
            method: self.method.clone(),
            host: self.url.port().map_or_else(|| host.to_owned(), |port| [host, ":", &port.to_string()].concat()),
            path: short(self.url.path().to_owned()),
            status: self.answer.as_ref().map(|answer| answer.status.as_u16()),
            us: self.elapsed.as_micros().try_into().unwrap_or(u64::MAX),
            error: self.error.as_ref().map(EgressError::reason).map(short),
            decision: self.decision(),
        }
    }
}

/// A vendor's answer, decompressed, scrubbed of credentials, headers by allow-list.
#[derive(Debug, Clone)]
pub struct VendorAnswer {
    /// HTTP status.
    pub status: StatusCode,
    /// Allowed headers.
    pub headers: Arc<HeaderMap>,
    /// The body. Empty while the host has not read it, and for streamed answers.
    pub body: Bytes,
}

/// The exchanges of one call, in order. Each attempt of a repeated request is an exchange.
///
/// The call and its observers share a transcript, so it is readable even if the call ends by its deadline. The sessions
/// of the call use it one after the other, and share the call's limits.
#[derive(Debug, Clone, Default)]
pub struct Transcript(Arc<Record>);

#[derive(Debug, Default)]
struct Record {
    exchanges: Mutex<Vec<Exchange>>,
    /// How many of them belong to sessions that have ended. Questions about an answer look only at the exchanges after
    /// them.
    earlier: AtomicUsize,
    /// Requests of the guest that the policy did not refuse. The host may have sent each one several times.
    requests: AtomicUsize,
    budget: OnceLock<Budget>,
    credentials: Mutex<Option<Sealed>>,
    refused: AtomicU32,
}

/// A summary of an exchange, without bodies, headers and query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExchangeSummary {
    /// HTTP method.
    #[serde(serialize_with = "as_word")]
    pub method: Method,
    /// The vendor's host, with its port if that is not the usual one.
    pub host: String,
    /// The path, percent-encoded as the host sent it. Cut to 512 characters, with `…` at the end.
    pub path: String,
    /// The vendor's status. `None` without an answer.
    pub status: Option<u16>,
    /// From sending to the end of the body, or to the failure, in microseconds.
    pub us: u64,
    /// Why there is no answer, or no usable body.
    pub error: Option<String>,
    /// What the host did with the request. Not part of the JSON.
    #[serde(skip)]
    pub decision: Decision,
}

fn as_word<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(method.as_str())
}

impl Transcript {
    /// The exchanges of all sessions so far.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.lock().clone()
    }

    /// The number of exchanges so far.
    #[allow(clippy::len_without_is_empty, reason = "no caller needs `is_empty`")]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// The last exchange of the latest session, if it has one.
    pub fn last(&self) -> Option<Exchange> {
        self.latest(|exchanges| exchanges.last().cloned())
    }

    /// The answer to the last attempt of the primary request. `None` without one.
    pub fn primary(&self) -> Option<VendorAnswer> {
        self.latest(|exchanges| exchanges.iter().rfind(|e| e.primary).and_then(|e| e.answer.clone()))
    }

    /// Bytes of all bodies so far, in both directions.
    pub fn bytes(&self) -> usize {
        let bodies = |e: &Exchange| {
            e.request_body.as_ref().map_or(0, Bytes::len) + e.answer.as_ref().map_or(0, |answer| answer.body.len())
        };
        self.lock().iter().map(bodies).sum()
    }

    /// Why the primary request has no usable answer. `None` if it has one.
    pub fn primary_failure(&self) -> Option<EgressError> {
        self.latest(|exchanges| exchanges.iter().rfind(|e| e.primary).and_then(|e| e.error.clone()))
    }

    /// Why the host did not send the last request. `None` unless the reason is a limit of the vendor or a missing
    /// token.
    pub fn withheld(&self) -> Option<EgressError> {
        self.last().and_then(|last| last.error).filter(EgressError::is_withholding)
    }

    /// The account's credentials with which the host signed in. `None` unless the call has waited for a sign-in. They
    /// may be newer than the credentials at the start of the call.
    pub fn credentials(&self) -> Option<Sealed> {
        self.0.credentials.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_credentials(&self, credentials: Sealed) {
        *self.0.credentials.lock().unwrap_or_else(PoisonError::into_inner) = Some(credentials);
    }

    /// The latest answer with an error status that the plugin saw. A failure of kind `vendor` refers to it.
    pub fn last_error(&self) -> Option<VendorAnswer> {
        self.latest(|exchanges| {
            let mut seen = exchanges.iter().rev().filter(|e| !e.repeated).filter_map(|e| e.answer.as_ref());
            seen.find(|answer| answer.status.as_u16() >= 400).cloned()
        })
    }

    /// Whether the vendor may have changed something. `false` if every request that writes never left, or the vendor
    /// turned it away before it did anything (401, 429, 503 with `retry-after`, 408 with the end of the connection).
    pub fn may_have_written(&self) -> bool {
        self.lock().iter().any(|e| e.writes && !e.unsent && !e.turned_away)
    }

    /// Whether the last request writes, and the vendor may have carried out an earlier attempt of it. The vendor's
    /// answer can then be about the effect of that attempt. An attempt had no effect if it certainly never left, if the
    /// vendor refused to authenticate it (401), or if the vendor had no time for it (429).
    pub fn may_repeat_a_write(&self) -> bool {
        let exchanges = self.lock();
        let Some((last, before)) = exchanges.split_last() else { return false };
        let refused = [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS];
        let is_refused = |e: &Exchange| e.answer.as_ref().is_some_and(|answer| refused.contains(&answer.status));
        let mut earlier = before.iter().rev().take_while(|e| e.repeated);
        last.writes && earlier.any(|e| !e.unsent && !is_refused(e))
    }

    /// Summaries of the exchanges so far.
    pub fn summaries(&self) -> Vec<ExchangeSummary> {
        self.lock().iter().map(Exchange::summary).collect()
    }

    /// The number of requests that the policy refused before they became exchanges.
    pub fn refused(&self) -> u32 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// Counts a refused request. Returns the new number.
    pub(super) fn refuse(&self) -> u32 {
        self.0.refused.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// The number of requests of the plugin in all sessions that the policy did not refuse. Repetitions by the host do
    /// not count.
    pub fn requests(&self) -> usize {
        self.0.requests.load(Ordering::Relaxed)
    }

    /// Counts a request of the plugin.
    pub(super) fn count(&self) {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Bytes of the answers in all sessions, counted like
    /// [`vendor_total_bytes`](crate::config::Limits::vendor_total_bytes).
    pub fn received(&self) -> usize {
        self.0.budget.get().map_or(0, Budget::taken)
    }

    /// The bytes that all sessions of the call may receive together. The first session sets the bound.
    pub(super) fn budget(&self, whole: Size) -> Budget {
        self.0.budget.get_or_init(|| Budget::new(whole)).clone()
    }

    /// Ends the part of the call that the latest session was for. Drops the bodies of its exchanges, unless
    /// `keeps_bodies`.
    pub fn end_session(&self, keeps_bodies: bool) {
        let mut exchanges = self.lock();
        self.0.earlier.store(exchanges.len(), Ordering::Relaxed);
        for exchange in exchanges.iter_mut().filter(|_| !keeps_bodies) {
            exchange.request_body = None;
            if let Some(answer) = &mut exchange.answer {
                answer.body = Bytes::new();
            }
        }
    }

    /// Reads the exchanges of the latest session.
    fn latest<T>(&self, look: impl FnOnce(&[Exchange]) -> T) -> T {
        let exchanges = self.lock();
        look(exchanges.get(self.0.earlier.load(Ordering::Relaxed)..).unwrap_or_default())
    }

    /// Adds the exchange of an attempt.
    pub(super) fn add(&self, exchange: Exchange) -> Entry {
        let mut exchanges = self.lock();
        exchanges.push(exchange);
        Entry { transcript: self.clone(), number: exchanges.len() }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.0.exchanges.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A handle on one exchange of a transcript, to record its result.
#[derive(Debug)]
pub(super) struct Entry {
    transcript: Transcript,
    number: usize,
}

impl Entry {
    /// The number of the exchange within the call, from 1 on.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// Reads or changes the exchange. A transcript only grows, so the exchange exists.
    pub(super) fn with(&self, edit: impl FnOnce(&mut Exchange)) {
        if let Some(exchange) = self.transcript.lock().get_mut(self.number.saturating_sub(1)) {
            edit(exchange);
        }
    }
}
