//! Cassettes: recorded exchanges between an integration and its vendor. They are a plugin's contract tests, and what the
//! demo's vendor replays.

pub mod format;
mod vendor;

pub use format::{Cassette, load_dir};
pub use vendor::{ReplayingVendor, router};
