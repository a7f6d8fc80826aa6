//! New integrations: small, complete projects that build, pass their own tests and serve a call as they are made.

mod blueprint;
mod dependency;
mod error;
mod made;
mod names;
pub mod sdk;
mod templates;
mod unfinished;
mod write;

pub use blueprint::Blueprint;
pub use error::ScaffoldError;
pub use made::Made;
