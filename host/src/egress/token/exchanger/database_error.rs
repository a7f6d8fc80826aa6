//! The failure of the host's own database during a sign-in.

use super::super::super::EgressError;
use super::PAUSE;
use crate::account::AccountError;

pub(super) fn database(error: &AccountError) -> EgressError {
    tracing::error!(error = format!("{error:#}"), "the database failed while the host was to sign in");
    EgressError::unavailable("the host's database does not answer", PAUSE)
}
