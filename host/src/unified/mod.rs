//! The unified users API without its transport: parameters, validation, the canonical user, response formats, ignored
//! fields, and the meaning of every end of a call for the caller.

pub(crate) mod account;
pub mod addresses;
pub mod blank;
pub mod body;
mod document;
pub mod error;
pub mod failure;
pub mod idempotency;
pub mod list;
pub(crate) mod observed;
pub mod parameters;
mod plan;
pub(crate) mod probe;
mod probe_request;
pub mod query;
pub mod record;
mod request;
pub mod respond;
mod run;
pub mod schema;
pub mod serve;
pub mod service;
mod status;
mod used;
pub mod validate;
pub mod values;
mod vendor;

pub use error::{UnifiedError, VendorError};
pub use failure::{Failure, Failures, Place};
pub use record::CallRecord;
pub use request::UnifiedRequest;
pub use respond::{AnswerBody, UnifiedAnswer};
pub use serve::serve;
pub use service::Service;
