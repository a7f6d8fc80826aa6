//! The parts of the host that serving a call needs.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use crate::account::{Accounts, Journal};
use crate::call::Calls;
use crate::config::Config;
use crate::egress::Egress;
use crate::observe::Metrics;
use crate::plugin::Registry;
use crate::quota::Quotas;

/// The parts that unified calls, passthrough, validation and the connect flow share. The host makes one service and
/// passes it to each of them.
pub struct Service {
    /// The operator's settings.
    pub config: Config,
    /// Integrated accounts and API tokens.
    pub accounts: Accounts,
    /// The loaded integrations.
    pub registry: Registry,
    /// The only way to vendors.
    pub egress: Egress,
    /// Runs calls in the sandbox.
    pub calls: Calls,
    /// Tasks that outlive their callers: calls with an idempotency key, and exchanges of codes. A shutdown waits for
    /// them.
    pub keyed_calls: TaskTracker,
    /// The quotas of callers.
    pub quotas: Quotas,
    /// The host's counters.
    pub metrics: Arc<Metrics>,
    /// The log of calls.
    pub journal: Journal,
}
