//! wasmtime: one configuration, an engine for each class of guests, the epoch clock and the compiled components.

pub mod cache;
mod clock;
pub mod compile;
mod configuration;
mod engines;
mod pool;
mod space;
mod target;
mod trial;

pub use clock::Guest;
pub use engines::{Engine, TICK};
pub use pool::KEPT_MEMORY;
pub use space::{AddressSpace, NoRoom, room};
pub use target::{Effort, Target};
pub use trial::trial;
