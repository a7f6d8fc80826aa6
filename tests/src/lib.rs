//! Tools of the end-to-end tests: a vendor that misbehaves on command, name resolution from a script, canaries whose
//! leaks are found everywhere, a client that sends exactly the given bytes, and the hostile components.
//!
//! All servers run on loopback. Tests wait for events, never for a time to pass. A helper that cannot do its work
//! panics, and so fails its test.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test support fails its test by panicking"
)]

pub mod allocations;
pub mod alone;
pub mod author;
pub mod benchmark;
pub mod cable;
pub mod canary;
pub mod client;
pub mod components;
pub mod database;
pub mod dns;
pub mod fixtures;
pub mod host;
pub mod hostile;
mod http1;
pub mod logs;
pub mod measure;
pub mod proxy;
pub mod reference;
pub mod running;
pub mod signal;
pub mod spawned;
pub mod tls;
pub mod vendor;
mod wat;
pub mod workload;

use std::future::Future;
use std::time::Duration;

/// The longest time that a test waits for an event.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for `event`, at most [`PATIENCE`].
///
/// # Panics
/// If it does not happen in time. `what` names it.
pub async fn expect<T>(what: &str, event: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, event).await {
        Ok(value) => value,
        Err(_) => panic!("no {what} within {PATIENCE:?}"),
    }
}
