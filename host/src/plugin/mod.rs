//! The plugin life cycle: read → inspect → compile → describe → check → grant → a generation in the registry.

pub mod capabilities;
mod check;
mod generation;
pub mod grants;
mod inspect;
mod load;
mod registry;

pub use capabilities::Capabilities;
pub use generation::Generation;
pub use load::{Candidate, Loader};
pub use registry::{Grants, PluginState, PluginStatus, Registry};
