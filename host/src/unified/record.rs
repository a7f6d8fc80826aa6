//! Collects the facts about a unified call while it runs, for the records after its end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::account::Account;
use crate::egress::Transcript;
use crate::observe::Stopwatch;
use crate::plugin::Generation;

/// The record of one call. Clones are the same record. When the last clone is dropped, the facts go to the function
/// that began the record. So a call is recorded once, after its last byte, also if it was cancelled.
#[derive(Clone)]
pub struct CallRecord(Arc<Inner<dyn FnMut(Known) + Send>>);

struct Inner<F: FnMut(Known) + ?Sized> {
    has_bodies: bool,
    known: Mutex<Known>,
    tell: Mutex<F>,
}

/// The facts about a call.
#[derive(Debug, Default)]
pub struct Known {
    /// The account of the call.
    pub account: Option<Arc<Account>>,
    /// The generation that serves the call, or would have served it.
    pub generation: Option<Arc<Generation>>,
    /// Why a newer version of the integration does not serve the call, if there is one.
    pub stale: Option<String>,
    /// Its vendor requests. `None` if it did not reach a plugin.
    pub transcript: Option<Transcript>,
    /// The fields of the plugin's answer that were left out because the plugin does not declare them.
    pub undeclared: Vec<String>,
    /// Time that the call waited for vendors. `None` if it did not reach a plugin.
    pub vendor: Option<Stopwatch>,
    /// CPU time of the guest. `None` if the guest did not run to its end.
    pub guest: Option<Duration>,
    /// The outcome, if the answer does not have it: the error from which a kept answer was made, or the fact that the
    /// answer was kept.
    pub outcome: Option<&'static str>,
    /// The end of the call. `None` if the caller went away.
    pub ended: Option<Ended>,
    /// Bytes of the answer's body.
    pub bytes_out: u64,
}

/// The end of a call for its caller.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// `ok`, or the kind of error as one word.
    pub outcome: &'static str,
    /// The answer's status.
    pub status: u16,
}

impl CallRecord {
    /// Begins a record whose facts go to `tell`.
    pub fn new(tell: impl FnMut(Known) + Send + 'static) -> Self {
        Self(Arc::new(Inner { has_bodies: false, known: Mutex::default(), tell: Mutex::new(tell) }))
    }

    /// Begins a record that gets every vendor request with its bodies, even if the call itself drops them.
    pub fn with_bodies(tell: impl FnMut(Known) + Send + 'static) -> Self {
        Self(Arc::new(Inner { has_bodies: true, known: Mutex::default(), tell: Mutex::new(tell) }))
    }

    /// Whether the record gets every vendor request with its bodies.
    pub fn has_bodies(&self) -> bool {
        self.0.has_bodies
    }

    /// Adds facts.
    pub fn note(&self, add: impl FnOnce(&mut Known)) {
        add(&mut self.0.lock());
    }
}

impl<F: FnMut(Known) + ?Sized> Inner<F> {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: FnMut(Known) + ?Sized> Drop for Inner<F> {
    fn drop(&mut self) {
        let known = std::mem::take(&mut *self.lock());
        (self.tell.get_mut().unwrap_or_else(PoisonError::into_inner))(known);
    }
}

impl std::fmt::Debug for CallRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CallRecord").field(&self.0.lock()).finish()
    }
}
