//! The plugin life cycle: read → inspect → compile → describe → check → grant → a generation in the registry.

pub mod capabilities;
mod check;
mod generation;
mod inspect;
mod load;
pub mod lock;
mod registry;
mod reload;
mod source;

pub use capabilities::Capabilities;
pub use check::is_slug;
pub use generation::Generation;
pub use load::{Candidate, Loader};
pub use lock::LockFile;
pub use registry::{PluginState, PluginStatus, Registry};
pub use reload::{Outcome, Reloaded};
pub use source::Source;
