//! Quotas of requests: one for each API token and one for each integrated account.
//!
//! Each host counts for itself: behind a balancer, several hosts together admit more. A shared count would put a write
//! to the database in front of every request, for a number that need not be exact.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use moka::sync::Cache;
use uuid::Uuid;

use crate::config::Limits;
use crate::observe::Metrics;

/// Tokens, or accounts, that the host counts at a time. Beyond this number, those with the oldest last request start
/// again with a full quota.
const MAX_KEYS: u64 = 100_000;

/// The subject of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Requests with one API token, on every route that asks for one.
    Token,
    /// Unified calls for one integrated account.
    Account,
}

impl Counted {
    /// The label in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Account => "account",
        }
    }
}

/// The caller asked more often than the host allows (429). The host sent nothing to the vendor.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} in {window_ms} ms: try again in {retry_after} s",
    match counted {
        Counted::Token => format!("this host takes {requests} requests with an API token (limits.token_requests)"),
        Counted::Account => format!("this host takes {requests} calls for an integrated account (limits.account_requests)"),
    }
)]
pub struct QuotaExceeded {
    /// The quota that is used up.
    pub counted: Counted,
    /// Whole seconds until the host takes the next request, at least 1.
    pub retry_after: u64,
    requests: u32,
    window_ms: u64,
}

/// The quotas of one host.
pub struct Quotas {
    metrics: Arc<Metrics>,
    tokens: Option<Keyed>,
    accounts: Option<Keyed>,
}

impl Quotas {
    /// The quotas of these limits; 0 is no quota.
    pub fn new(limits: &Limits, metrics: Arc<Metrics>) -> Self {
        let keyed = |counted, requests| Keyed::new(counted, requests, limits.quota_window_ms);
        Self {
            metrics,
            tokens: keyed(Counted::Token, limits.token_requests),
            accounts: keyed(Counted::Account, limits.account_requests),
        }
    }

    /// Counts a request with this token.
    ///
    /// # Errors
    /// If its quota is used up.
    pub fn token(&self, id: Uuid) -> Result<(), QuotaExceeded> {
        self.take(self.tokens.as_ref(), id)
    }

    /// Counts a call for this account. Count only calls of callers who may use the account: others could use up its
    /// quota.
    ///
    /// # Errors
    /// If its quota is used up.
    pub fn account(&self, id: Uuid) -> Result<(), QuotaExceeded> {
        self.take(self.accounts.as_ref(), id)
    }

    fn take(&self, quota: Option<&Keyed>, id: Uuid) -> Result<(), QuotaExceeded> {
        let Some(quota) = quota else { return Ok(()) };
        quota.take(id).inspect_err(|exceeded| self.metrics.quota_refusal(exceeded.counted.as_str()))
    }
}

/// One quota for each key: as many requests at once as the window allows, and from then on as many per window, evenly.
struct Keyed {
    counted: Counted,
    requests: NonZeroU32,
    window_ms: u64,
    quota: Quota,
    clock: DefaultClock,
    /// A key that was not seen for a whole window has its full quota again, like a new key.
    keys: Cache<Uuid, Arc<DefaultDirectRateLimiter>>,
}

impl Keyed {
    fn new(counted: Counted, requests: u32, window_ms: u64) -> Option<Self> {
        let requests = NonZeroU32::new(requests)?;
        let window = Duration::from_millis(window_ms);
        let quota = Quota::with_period(window / requests.get())?.allow_burst(requests);
        let keys = Cache::builder().max_capacity(MAX_KEYS).time_to_idle(window).build();
        Some(Self { counted, requests, window_ms, quota, clock: DefaultClock::default(), keys })
    }

    fn take(&self, key: Uuid) -> Result<(), QuotaExceeded> {
        let new = || Arc::new(RateLimiter::direct_with_clock(self.quota, self.clock.clone()));
        // `get_with` would allocate for a known key, too.
        let own = self.keys.get(&key).unwrap_or_else(|| self.keys.get_with(key, new));
        own.check().map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            // A part of a second counts as a whole one, because clients read whole seconds.
            let retry_after = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0)).max(1);
            let Self { counted, requests, window_ms, .. } = *self;
            QuotaExceeded { counted, retry_after, requests: requests.get(), window_ms }
        })
    }
}
