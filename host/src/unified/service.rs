//! What serving a call needs of the host.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use crate::account::{Accounts, Journal};
use crate::call::Calls;
use crate::config::Config;
use crate::egress::Egress;
use crate::observe::Metrics;
use crate::plugin::Registry;
use crate::quota::Quotas;

/// What unified calls, passthrough, validation and the connect flow share. The host makes one and hands it to each of them.
pub struct Service {
    /// What the operator set.
    pub config: Config,
    /// Integrated accounts and API tokens.
    pub accounts: Accounts,
    /// The integrations that are loaded.
    pub registry: Registry,
    /// The way out.
    pub egress: Egress,
    /// Runs calls in the sandbox.
    pub calls: Calls,
    /// Calls with an idempotency key, and exchanges of codes that vendors have sent people back with: they outlive their callers, and a
    /// shutdown waits for them.
    pub keyed_calls: TaskTracker,
    /// How often callers may ask.
    pub quotas: Quotas,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// The way into the log of calls.
    pub journal: Journal,
}
