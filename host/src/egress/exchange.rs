//! What happened between one call and its vendor, without credentials: the raw material of `remote_data`, of errors and of the
//! `debug` format.

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

/// One vendor request and what came of it. Holds no credential: the request is recorded before it is signed, the answer
/// after it is scrubbed.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// HTTP method.
    pub method: Method,
    /// URL before signing.
    pub url: Arc<url::Url>,
    /// The number of the declared origin below which that is.
    pub origin: usize,
    /// Request headers before signing.
    pub request_headers: Arc<HeaderMap>,
    /// Request body as sent, `remote_data` merged.
    pub request_body: Option<Bytes>,
    /// Whether this request carries the call.
    pub primary: bool,
    /// Whether it can change something at the vendor: in an operation that writes, each that is not a `GET`.
    pub writes: bool,
    /// The vendor's answer, once its headers have arrived.
    pub answer: Option<VendorAnswer>,
    /// Whether it certainly never left: the connection was not made, or the host refused to send it.
    pub unsent: bool,
    /// Whether the vendor says that it turned the request away before it did anything.
    pub turned_away: bool,
    /// Whether the host sent the request again, so that the plugin never saw what came of this attempt.
    pub repeated: bool,
    /// Why there is no answer, or none with a usable body.
    pub error: Option<EgressError>,
    /// From sending to the end of the body, or to the failure.
    pub elapsed: Duration,
}

/// What became of a request that a plugin asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Decision {
    /// It was sent and answered.
    #[default]
    Allowed,
    /// It was to be sent, and there is no usable answer.
    Failed,
    /// The policy refused it.
    Refused,
    /// It was held back for the vendor's sake.
    Withheld,
    /// A dry run shows it.
    Planned,
}

impl Decision {
    /// The word in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Withheld => "withheld",
            Self::Planned => "planned",
        }
    }

    /// Whether the request was to leave.
    pub fn is_sent(self) -> bool {
        matches!(self, Self::Allowed | Self::Failed)
    }
}

impl Exchange {
    /// What became of it.
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
    /// The body; empty while it has not been read, and for streamed answers.
    pub body: Bytes,
}

/// The exchanges of one call, in order. Shared between the call and whoever asked for it, so that what was done is known
/// even when the call ends by its deadline; and between the sessions of the call, one after the other, which have its limits together.
///
/// Each attempt of a request that was repeated is an exchange.
#[derive(Debug, Clone, Default)]
pub struct Transcript(Arc<Record>);

#[derive(Debug, Default)]
struct Record {
    exchanges: Mutex<Vec<Exchange>>,
    /// How many of them belong to sessions that are over: what is asked about an answer is about those behind them.
    earlier: AtomicUsize,
    /// Requests of the guest that were not refused; each may have been sent several times.
    requests: AtomicUsize,
    budget: OnceLock<Budget>,
    credentials: Mutex<Option<Sealed>>,
    refused: AtomicU32,
}

/// An exchange in a few words, without bodies, headers and query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExchangeSummary {
    /// HTTP method.
    #[serde(serialize_with = "as_word")]
    pub method: Method,
    /// The vendor's host, and its port where it is an unusual one.
    pub host: String,
    /// The path, percent-encoded as it was sent; a longer one than 512 characters is cut off with `…`.
    pub path: String,
    /// The vendor's status; none without an answer.
    pub status: Option<u16>,
    /// From sending to the end of the body, or to the failure, in microseconds.
    pub us: u64,
    /// Why there is no answer, or none with a usable body.
    pub error: Option<String>,
    /// What became of it. Not among the members of its JSON.
    #[serde(skip)]
    pub decision: Decision,
}

fn as_word<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(method.as_str())
}

impl Transcript {
    /// The exchanges so far.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.lock().clone()
    }

    /// How many exchanges there are so far.
    #[allow(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// The last exchange of the latest session, if it has one.
    pub fn last(&self) -> Option<Exchange> {
        self.latest(|exchanges| exchanges.last().cloned())
    }

    /// The answer to the last attempt of the primary request, if there is one.
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

    /// Why the primary request has no usable answer, if that is so.
    pub fn primary_failure(&self) -> Option<EgressError> {
        self.latest(|exchanges| exchanges.iter().rfind(|e| e.primary).and_then(|e| e.error.clone()))
    }

    /// Why the host did not send the last request, where that was for the vendor's sake: a limit, or no token to sign with.
    pub fn withheld(&self) -> Option<EgressError> {
        self.last().and_then(|last| last.error).filter(EgressError::is_withholding)
    }

    /// The account's credentials by which the host signed in, if the call has waited for that: they may be newer than those that it
    /// began with.
    pub fn credentials(&self) -> Option<Sealed> {
        self.0.credentials.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_credentials(&self, credentials: Sealed) {
        *self.0.credentials.lock().unwrap_or_else(PoisonError::into_inner) = Some(credentials);
    }

    /// The latest answer with an error status that the plugin got to see: what its failure of kind `vendor` is about.
    pub fn last_error(&self) -> Option<VendorAnswer> {
        self.latest(|exchanges| {
            let mut seen = exchanges.iter().rev().filter(|e| !e.repeated).filter_map(|e| e.answer.as_ref());
            seen.find(|answer| answer.status.as_u16() >= 400).cloned()
        })
    }

    /// Whether the vendor may have changed something: not if every request that writes never left, or was turned away by the
    /// vendor itself before it did anything (401, 429, 503 with `retry-after`, 408 with the end of the connection).
    pub fn may_have_written(&self) -> bool {
        self.lock().iter().any(|e| e.writes && !e.unsent && !e.turned_away)
    }

    /// Whether the last request writes, and an earlier attempt to send it may have been carried out: what the vendor answers now can be
    /// about what that did. One that certainly never left, that the vendor refused to authenticate (401) or for which it had no time (429), was
    /// not.
    pub fn may_repeat_a_write(&self) -> bool {
        let exchanges = self.lock();
        let Some((last, before)) = exchanges.split_last() else { return false };
        let refused = [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS];
        let is_refused = |e: &Exchange| e.answer.as_ref().is_some_and(|answer| refused.contains(&answer.status));
        let mut earlier = before.iter().rev().take_while(|e| e.repeated);
        last.writes && earlier.any(|e| !e.unsent && !is_refused(e))
    }

    /// The exchanges so far, in a few words each.
    pub fn summaries(&self) -> Vec<ExchangeSummary> {
        self.lock().iter().map(Exchange::summary).collect()
    }

    /// Requests that the policy refused before they became exchanges.
    pub fn refused(&self) -> u32 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// Counts a refused request; how many there are now.
    pub(super) fn refuse(&self) -> u32 {
        self.0.refused.fetch_add(1, Ordering::Relaxed).saturating_add(1)
    }

    /// Requests of the plugin in all sessions so far that were not refused, without repetitions by the host.
    pub fn requests(&self) -> usize {
        self.0.requests.load(Ordering::Relaxed)
    }

    /// Counts a request of the plugin.
    pub(super) fn count(&self) {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Bytes that the answers of all sessions have brought, counted as [`vendor_total_bytes`](crate::config::Limits::vendor_total_bytes) is.
    pub fn received(&self) -> usize {
        self.0.budget.get().map_or(0, Budget::taken)
    }

    /// What all sessions of the call may receive together. The first one says how much that is.
    pub(super) fn budget(&self, whole: Size) -> Budget {
        self.0.budget.get_or_init(|| Budget::new(whole)).clone()
    }

    /// Ends the part of the call that the latest session was for. Its bodies are let go, unless `keeps_bodies`.
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

    /// Looks at the exchanges of the latest session.
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

/// One exchange in its transcript, for whoever learns what comes of it.
#[derive(Debug)]
pub(super) struct Entry {
    transcript: Transcript,
    number: usize,
}

impl Entry {
    /// Which exchange of the call it is, from 1 on.
    pub(super) fn number(&self) -> usize {
        self.number
    }

    /// Looks at the exchange, or changes it. A transcript only grows, so the exchange is there.
    pub(super) fn with(&self, edit: impl FnOnce(&mut Exchange)) {
        if let Some(exchange) = self.transcript.lock().get_mut(self.number.saturating_sub(1)) {
            edit(exchange);
        }
    }
}
