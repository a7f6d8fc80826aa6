//! The unified users API, without its transport: parameters, validation, the canonical user, response formats, ignored
//! fields and what every end of a call means to the caller.

pub mod addresses;
pub mod blank;
pub mod body;
pub mod error;
pub mod failure;
pub mod idempotency;
pub mod list;
pub(crate) mod observed;
pub mod parameters;
pub(crate) mod probe;
mod probe_request;
pub mod query;
pub mod record;
pub mod respond;
mod run;
pub mod schema;
pub mod serve;
mod used;
pub mod validate;
pub mod values;
mod vendor;

pub use error::{UnifiedError, VendorError};
pub use failure::{Failure, Failures, Place};
pub use record::CallRecord;
pub use respond::{AnswerBody, UnifiedAnswer};
pub use serve::{UnifiedRequest, serve};
