//! The rate limits of vendors for one account: the windows that an integration declares, and the pauses that a vendor
//! asks for. This process counts for itself.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use moka::sync::Cache;
use serde::Serialize;
use tokio::time::Instant;
use uuid::Uuid;

use super::EgressError;

/// Accounts whose requests the host counts.
const MAX_ACCOUNTS: u64 = 100_000;
/// How long the host remembers an unused account: the longest window that can be declared, 31 days.
const IDLE: Duration = Duration::from_secs(31 * 86_400);
/// The longest pause that a vendor can cause, 1 h. After it the host asks the vendor again.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// A window of a vendor's rate limit. It holds for each account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RateLimit {
    /// Requests in the window.
    pub requests: NonZeroU32,
    /// Length of the window in seconds.
    pub seconds: NonZeroU32,
}

/// The request counts of all accounts.
pub(super) struct Quotas {
    accounts: Cache<Uuid, Arc<Account>>,
    clock: DefaultClock,
}

struct Account {
    /// The declaration of these windows. Another generation may declare others.
    declared: Arc<[RateLimit]>,
    /// The shortest window first. If a longer one refuses a request, the shorter ones have counted it, and forget it
    /// soon.
    windows: Vec<(RateLimit, DefaultDirectRateLimiter)>,
    paused_until: Mutex<Option<Instant>>,
}

impl Quotas {
    pub(super) fn new() -> Self {
        let accounts = Cache::builder().max_capacity(MAX_ACCOUNTS).time_to_idle(IDLE).build();
        Self { accounts, clock: DefaultClock::default() }
    }

    /// Waits until the account may send one more request, at most until `until`.
    ///
    /// # Errors
    /// [`EgressError::Quota`] or [`EgressError::Paused`], with the time that is missing.
    pub(super) async fn admit(
        &self,
        account: Uuid,
        declared: &Arc<[RateLimit]>,
        until: Instant,
    ) -> Result<(), EgressError> {
        let known = self.accounts.get(&account);
        // The usual case: the integration declares no window, and the vendor has asked for no pause.
        if declared.is_empty() && known.is_none() {
            return Ok(());
        }
        let quota = self.quota(account, declared);
        if let Some(end) = quota.paused_until() {
            wait_for(end.saturating_duration_since(Instant::now()), until)
                .await
                .map_err(|retry_after| EgressError::Paused { retry_after })?;
        }
        for (limit, window) in &quota.windows {
            while let Err(full) = window.check() {
                let missing = full.wait_time_from(self.clock.now());
                wait_for(missing, until)
                    .await
                    .map_err(|retry_after| EgressError::Quota { limit: *limit, retry_after })?;
            }
        }
        Ok(())
    }

    /// Records that the vendor wants no request of this account for this time.
    pub(super) fn pause(&self, account: Uuid, declared: &Arc<[RateLimit]>, time: Duration) {
        let end = Instant::now() + time.min(LONGEST_PAUSE);
        let quota = self.quota(account, declared);
        let mut paused_until = quota.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
        *paused_until = Some(paused_until.map_or(end, |known| known.max(end)));
    }

    fn quota(&self, account: Uuid, declared: &Arc<[RateLimit]>) -> Arc<Account> {
        let make = || Arc::new(Account::new(declared.clone()));
        let quota = self.accounts.get_with(account, make);
        if quota.declared == *declared {
            return quota;
        }
        let other = make();
        self.accounts.insert(account, other.clone());
        other
    }
}

impl Account {
    fn new(declared: Arc<[RateLimit]>) -> Self {
        let mut windows: Vec<_> = declared.iter().filter_map(|limit| Some((*limit, limit.window()?))).collect();
        windows.sort_unstable_by_key(|(limit, _)| limit.seconds);
        Self { declared, windows, paused_until: Mutex::default() }
    }

    fn paused_until(&self) -> Option<Instant> {
        *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RateLimit {
    /// A bucket of `requests` that fills evenly within `seconds`. `None` if the limit allows any number of requests.
    fn window(self) -> Option<DefaultDirectRateLimiter> {
        let each = Duration::from_secs(u64::from(self.seconds.get())) / self.requests.get();
        Some(RateLimiter::direct(Quota::with_period(each)?.allow_burst(self.requests)))
    }
}

/// Waits. If the time goes beyond `until`, returns it at once as an error.
async fn wait_for(time: Duration, until: Instant) -> Result<(), Duration> {
    if Instant::now() + time >= until && !time.is_zero() {
        return Err(time);
    }
    tokio::time::sleep(time).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(windows: &[(u32, u32)]) -> Arc<[RateLimit]> {
        let limit = |&(requests, seconds): &(u32, u32)| RateLimit {
            requests: NonZeroU32::new(requests).unwrap(),
            seconds: NonZeroU32::new(seconds).unwrap(),
        };
        windows.iter().map(limit).collect()
    }

    #[tokio::test]
    async fn all_windows_hold_for_each_account() {
        let (quotas, now) = (Quotas::new(), Instant::now());
        let (declared, one, other) = (limits(&[(5, 3_600), (3, 60)]), Uuid::new_v4(), Uuid::new_v4());
        for account in [one, other] {
            for _ in 0..3 {
                quotas.admit(account, &declared, now).await.unwrap();
            }
            let refused = quotas.admit(account, &declared, now).await.unwrap_err();
            let EgressError::Quota { limit, retry_after } = refused else { panic!("{refused:?}") };
            assert_eq!((limit.requests.get(), limit.seconds.get()), (3, 60));
            assert!((19..=20).contains(&retry_after.as_secs()), "{retry_after:?}");
        }
        // Another generation declares another window.
        quotas.admit(one, &limits(&[(1, 60)]), now).await.unwrap();
        assert!(quotas.admit(one, &limits(&[(1, 60)]), now).await.is_err());
    }

    #[tokio::test]
    async fn what_fits_is_waited_for() {
        let (quotas, account, declared) = (Quotas::new(), Uuid::new_v4(), limits(&[(20, 1)]));
        let until = Instant::now() + Duration::from_secs(10);
        let begun = Instant::now();
        for _ in 0..23 {
            quotas.admit(account, &declared, until).await.unwrap();
        }
        assert!(begun.elapsed() >= Duration::from_millis(145), "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn a_pause_holds_for_its_account_and_is_never_shortened() {
        let (quotas, none, account) = (Quotas::new(), limits(&[]), Uuid::new_v4());
        let now = Instant::now();
        quotas.pause(account, &none, Duration::from_secs(86_400));
        quotas.pause(account, &none, Duration::from_secs(1));
        let refused = quotas.admit(account, &none, now).await.unwrap_err();
        let EgressError::Paused { retry_after } = refused else { panic!("{refused:?}") };
        assert!((3_590..=3_600).contains(&retry_after.as_secs()), "{retry_after:?}");
        quotas.admit(Uuid::new_v4(), &none, now).await.unwrap();
    }
}
