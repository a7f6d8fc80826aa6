//! What a command shows to the person at a terminal: the progress of long work, and text of others.

#![cfg_attr(not(test), warn(clippy::too_many_lines))]

pub mod progress;
mod text;

pub use text::plain;
