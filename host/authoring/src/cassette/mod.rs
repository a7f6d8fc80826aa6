//! Cassettes as files: their format, reading and writing them, and how their requests are compared with others.

mod answer;
mod call;
mod distance;
pub mod format;
mod load;
pub mod request;
mod write;

pub use format::Cassette;
pub use load::{LoadError, load_dir, load_some, read};
pub use write::write;
