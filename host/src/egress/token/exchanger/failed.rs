//! Failures that answer further calls for a moment.

use std::time::{Duration, Instant};

use super::super::super::EgressError;

/// How long a failed sign-in answers further calls, so that they do not ask the vendor again.
pub(in crate::egress) const PAUSE: Duration = Duration::from_secs(1);
/// The longest such time, if the vendor names one.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A failure that answers further calls for a moment.
pub(super) struct Failed {
    pub(super) error: EgressError,
    pub(super) until: Instant,
}
