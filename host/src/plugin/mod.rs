//! The plugin life cycle: describe → check → grant → registry of generations.

pub mod capabilities;

pub use capabilities::Capabilities;
