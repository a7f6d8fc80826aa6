//! Shared parts of the benchmarks, and of tests that measure the cost of a call.

pub mod load;
pub mod memory;
pub mod native;
mod rooms;
mod served;
mod start;

pub use rooms::Rooms;
pub use served::Served;
pub use start::{Extent, start};

/// The credential of the one account. It is as long as Dixa's.
pub const CREDENTIAL: &str = "bench-token-0123456789abcdef0123456789abcdef0123456789abcdef";
