//! What benchmarks, and tests of what a call costs, share.

pub mod load;
pub mod memory;
pub mod native;
mod rooms;
mod served;
mod start;

pub use rooms::Rooms;
pub use served::Served;
pub use start::{Extent, start};

/// The one account's credential, as long as Dixa's.
pub const CREDENTIAL: &str = "bench-token-0123456789abcdef0123456789abcdef0123456789abcdef";
