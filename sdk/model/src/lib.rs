//! The unified user and the shapes that the categories give it. Host and plugin SDK share this crate, so a field means the
//! same on both sides of the sandbox.

mod names;

pub use names::{Category, Operation, UnknownName};
