//! The plugin life cycle: read → inspect → compile → describe → check → grant → a generation in the registry.

pub mod capabilities;
mod check;
mod generation;
mod inspect;
mod load;
pub mod lock;
mod registry;

pub use capabilities::Capabilities;
pub use check::is_slug;
pub use generation::Generation;
pub use load::{Candidate, Loader};
pub use lock::LockFile;
pub use registry::{Grants, PluginState, PluginStatus, Registry};
