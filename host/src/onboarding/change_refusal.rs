//! The refusal of a request to change an account.

use crate::unified::Failures;

/// The reason why an account is not changed.
#[derive(Debug)]
pub enum ChangeRefusal {
    /// The request concerns the integration's variables, and the integration is not loaded.
    NotLoaded,
    /// The request breaks these rules.
    Invalid(Failures),
}
