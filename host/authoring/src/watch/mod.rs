//! Watches projects while their authors work, and reports whose sources, component or cassettes changed.
//!
//! A change is noted, not queued: however often files are saved while a reader is busy, one change waits for it
//! afterwards.

mod changes;
mod fingerprint;
mod mutex;
mod pending;
mod settled;
mod watcher;

pub use fingerprint::fingerprint;
pub use pending::Pending;
pub use settled::{QUIET, settled};
pub use watcher::Watch;
