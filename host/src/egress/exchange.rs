//! What happened between one call and its vendor, without credentials: the raw material of `remote_data`, of errors and of the
//! `debug` format.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

use super::EgressError;
use super::retry::refuses;
use crate::account::Sealed;

/// One vendor request and what came of it. Holds no credential: the request is recorded before it is signed, the answer
/// after it is scrubbed.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// HTTP method.
    pub method: Method,
    /// URL before signing.
    pub url: url::Url,
    /// Request headers before signing.
    pub request_headers: HeaderMap,
    /// Request body as sent, `remote_data` merged.
    pub request_body: Option<Bytes>,
    /// Whether this request carries the call.
    pub primary: bool,
    /// The vendor's answer, once its headers have arrived.
    pub answer: Option<VendorAnswer>,
    /// Why there is no answer, or none with a usable body.
    pub error: Option<EgressError>,
    /// From sending to the end of the body, or to the failure.
    pub elapsed: Duration,
    /// Whether the vendor may have got the request.
    pub sent: bool,
}

impl Exchange {
    /// Whether this is a write that the vendor may have carried out: it was sent, and the answer is not one by which the
    /// vendor turns requests away (401, 429, 503 with `Retry-After`).
    pub fn may_have_written(&self) -> bool {
        let refused = self.answer.as_ref().is_some_and(|answer| refuses(answer.status, &answer.headers));
        self.method != Method::GET && self.sent && !refused
    }
}

/// A vendor's answer, decompressed, scrubbed of credentials, headers by allow-list.
#[derive(Debug, Clone)]
pub struct VendorAnswer {
    /// HTTP status.
    pub status: StatusCode,
    /// Allowed headers.
    pub headers: HeaderMap,
    /// The body; empty while it has not been read, and for streamed answers.
    pub body: Bytes,
}

/// The exchanges of one call, in order. Shared between the call and whoever asked for it, so that what was done is known
/// even when the call ends by its deadline.
///
/// Each attempt of a request that was repeated is an exchange.
#[derive(Debug, Clone, Default)]
pub struct Transcript(Arc<Record>);

#[derive(Debug, Default)]
struct Record {
    exchanges: Mutex<Vec<Exchange>>,
    rotated: Mutex<Option<Sealed>>,
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

    /// Bytes of all answers so far.
    pub(super) fn bytes(&self) -> usize {
        self.lock().iter().filter_map(|e| e.answer.as_ref()).map(|answer| answer.body.len()).sum()
    }

    /// Whether a write of this call may have reached its vendor. Where not, the call can be repeated without harm.
    pub fn may_have_written(&self) -> bool {
        self.lock().iter().any(Exchange::may_have_written)
    }

    /// The answer to the last attempt of the primary request, if there is one.
    pub fn primary(&self) -> Option<VendorAnswer> {
        self.lock().iter().rfind(|e| e.primary).and_then(|e| e.answer.clone())
    }

    /// Why the primary request has no usable answer, if that is so.
    pub fn primary_failure(&self) -> Option<EgressError> {
        self.lock().iter().rfind(|e| e.primary).and_then(|e| e.error.clone())
    }

    /// Why the host did not send the last request, where that was for the vendor's sake: a limit, or no token to sign with.
    pub fn withheld(&self) -> Option<EgressError> {
        let last = self.lock().last().and_then(|e| e.error.clone());
        last.filter(EgressError::is_withholding)
    }

    /// The account's credentials, where signing in during this call replaced some of them.
    pub fn rotated(&self) -> Option<Sealed> {
        self.0.rotated.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_rotated(&self, credentials: Sealed) {
        *self.0.rotated.lock().unwrap_or_else(PoisonError::into_inner) = Some(credentials);
    }

    /// The latest answer with an error status: what a failure of kind `vendor` is about.
    pub fn last_error(&self) -> Option<VendorAnswer> {
        self.lock().iter().rev().filter_map(|e| e.answer.as_ref()).find(|a| a.status.as_u16() >= 400).cloned()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.0.exchanges.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
