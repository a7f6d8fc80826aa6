//! Placeholders for secrets and personal data. The same value has the same placeholder in the call, in every exchange
//! and in the answer.
//!
//! Personal data is found by its form (e-mail addresses) and by the names of its members (names, telephone numbers,
//! ids, pictures). In text that people wrote freely, only values that were found elsewhere are replaced.

mod document;
mod kind;
mod learn;
mod placeholders;
mod replace;
mod replaced;
mod secret;
mod shape;
#[cfg(test)]
mod tests;

pub use kind::Kind;
pub(super) use placeholders::Placeholders;
pub use replaced::Replaced;
