//! The plugin life cycle: read → inspect → compile → describe → check → grant → a generation in the registry.

pub mod capabilities;
mod check;
mod contract;
mod generation;
mod inspect;
pub mod listing;
mod load;
pub mod lock;
mod needs;
pub mod probe;
mod refusal;
mod registry;
mod reload;
#[cfg(feature = "authoring")]
pub mod review;
mod shape;
mod source;

pub use capabilities::Capabilities;
pub use generation::{Generation, short};
pub use load::{Candidate, Loader, read_component};
pub use lock::LockFile;
pub use refusal::ComponentRefusal;
pub use registry::{PluginState, PluginStatus, Registry};
pub use reload::{Outcome, Reloaded, one_line};
pub use source::Source;
