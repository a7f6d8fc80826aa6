//! What becomes known of a unified call as it goes on, for those who record it when it has ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::account::Account;
use crate::egress::Transcript;
use crate::observe::Stopwatch;
use crate::plugin::Generation;

/// The record of one call. Clones are the same record; when the last one is dropped, it is told to whoever began it. So a call
/// is recorded once, when nobody can add to it any more: after the last byte of a stream, and also where it was given up.
#[derive(Clone)]
pub struct CallRecord(Arc<Inner<dyn FnMut(Known) + Send>>);

struct Inner<F: FnMut(Known) + ?Sized> {
    has_bodies: bool,
    known: Mutex<Known>,
    tell: Mutex<F>,
}

/// What is known of a call.
#[derive(Debug, Default)]
pub struct Known {
    /// The account that it is for.
    pub account: Option<Arc<Account>>,
    /// The generation that serves it, or would have.
    pub generation: Option<Arc<Generation>>,
    /// Why a newer version of the integration does not serve it, where there is one.
    pub stale: Option<String>,
    /// Its vendor requests; none where it did not get as far as to a plugin.
    pub transcript: Option<Transcript>,
    /// The fields of the plugin's answer that were left out because it does not declare them.
    pub undeclared: Vec<String>,
    /// Time spent waiting for vendors; none where it did not get as far as to a plugin.
    pub vendor: Option<Stopwatch>,
    /// Time that the guest computed; none where it did not run to an end.
    pub guest: Option<Duration>,
    /// What came of it where its answer does not say so: the error that a kept answer was made of, or that the answer was kept.
    pub outcome: Option<&'static str>,
    /// How it ended; none where the caller went away.
    pub ended: Option<Ended>,
    /// Bytes of the answer's body.
    pub bytes_out: u64,
}

/// How a call ended for its caller.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// `ok`, or the kind of error in one word.
    pub outcome: &'static str,
    /// The answer's status.
    pub status: u16,
}

impl CallRecord {
    /// Begins a record, to be told to `tell`.
    pub fn new(tell: impl FnMut(Known) + Send + 'static) -> Self {
        Self(Arc::new(Inner { has_bodies: false, known: Mutex::default(), tell: Mutex::new(tell) }))
    }

    /// The same, and every vendor request is told with its bodies, whatever the call itself needs of them.
    pub fn with_bodies(tell: impl FnMut(Known) + Send + 'static) -> Self {
        Self(Arc::new(Inner { has_bodies: true, known: Mutex::default(), tell: Mutex::new(tell) }))
    }

    /// Whether every vendor request is to be told with its bodies.
    pub fn has_bodies(&self) -> bool {
        self.0.has_bodies
    }

    /// Adds to what is known.
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
