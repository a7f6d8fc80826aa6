//! The use of a call's limits, for calls that invoke a plugin several times.

use std::time::Duration;

/// The amounts of the limits that all parts of a call share: used, or allowed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Used {
    /// Vendor requests of the plugin.
    pub(super) requests: usize,
    /// Bytes of vendor answers.
    pub(super) bytes: usize,
    /// CPU time of guests.
    pub(super) computed: Duration,
    /// Time since the start of the call.
    pub(super) time: Duration,
}

impl Used {
    /// The difference to an earlier use.
    pub(super) fn since(self, then: Self) -> Self {
        Self {
            requests: self.requests.saturating_sub(then.requests),
            bytes: self.bytes.saturating_sub(then.bytes),
            computed: self.computed.saturating_sub(then.computed),
            time: self.time.saturating_sub(then.time),
        }
    }

    /// The larger amount of each limit.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            requests: self.requests.max(other.requests),
            bytes: self.bytes.max(other.bytes),
            computed: self.computed.max(other.computed),
            time: self.time.max(other.time),
        }
    }

    /// Whether the `limits` have room for `more`.
    pub(super) fn leaves(self, more: Self, limits: Self) -> bool {
        self.requests.saturating_add(more.requests) <= limits.requests
            && self.bytes.saturating_add(more.bytes) <= limits.bytes
            && self.computed.saturating_add(more.computed) <= limits.computed
            && self.time.saturating_add(more.time) <= limits.time
    }
}
