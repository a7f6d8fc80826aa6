//! The meaning of a sign-in's answer by its status and error codes: those of RFC 6749 §5.2 and those of vendors.
//!
//! Vendors invent codes, so a list cannot say who must act. A vendor's own code is about the account's credentials,
//! unless it asks to wait. A code that only repeats a status, or that carries no reason, is not about credentials. A
//! sentence that asks to wait counts before a vendor's own code.

mod meaning;
mod patience;
mod places;
mod rejected;

pub(super) use meaning::{Meaning, meaning};
pub(super) use places::names_error;
pub use rejected::Rejected;
