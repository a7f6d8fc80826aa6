//! The answer to whether a vendor takes an account. The host sends the vendor one cheap read, and keeps the vendor's
//! refusal with the account.
//!
//! If the integration declares a probe, the host sends that request itself. Otherwise the plugin lists one user, as in
//! every call. Both go through the egress, under the call's deadline. The API and the commands call [`validate()`] after
//! they stored an account, and when somebody asks for a verdict. The room knows no routes.

mod validate;
mod verdict;

pub use validate::{Occasion, validate};
pub use verdict::Verdict;
