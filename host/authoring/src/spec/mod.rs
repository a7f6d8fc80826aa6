//! Compares recorded exchanges with the vendor's own OpenAPI document: 3.1, 3.0 or Swagger 2.0.
//!
//! A document is often written by hand and wrong in places. Each difference is reported with both places, the
//! cassette's and the document's. It can be excepted with a reason ([`SpecException`]), in the cassette or for the whole
//! project.
//!
//! [`SpecException`]: crate::cassette::format::SpecException

mod document;
mod exceptions;
mod exchange;
mod exchanges;
mod finding;
mod findings;
mod objection;
mod operation;
mod schema;
mod translate;
mod typed;
mod vendor_spec;

pub(crate) use document::{Document, Operation};
pub use document::{SpecError, Version};
pub use exceptions::exceptions;
pub use exchanges::Exchanges;
pub use finding::{Exchange, Finding};
pub(crate) use operation::{Place, media_type, name};
pub use vendor_spec::Spec;
