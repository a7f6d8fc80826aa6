//! The plugin life cycle: describe → check → grant → registry of generations.

pub mod capabilities;
pub mod lock;

pub use capabilities::Capabilities;
pub use lock::LockFile;
