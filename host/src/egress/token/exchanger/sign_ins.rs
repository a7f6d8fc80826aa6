//! The sign-ins of all accounts in this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use moka::sync::Cache;
use tokio_util::task::TaskTracker;

use super::super::super::EgressError;
use super::super::super::client::Transport;
use super::super::super::opened::Credentials;
use super::super::endpoint::time;
use super::super::request::SignIn;
use super::database_error::database;
use super::ended::Ended;
use super::failed::{Failed, LONGEST_PAUSE};
use super::flight::Flight;
use super::sign_in_key::SignInKey;
use super::{Brought, Subject};
use crate::account::{Accounts, Sealed, Vault};
use crate::config::Limits;
use crate::observe::Metrics;

/// Accounts whose failures the host remembers.
const MAX_FAILURES: u64 = 10_000;

/// Signs in for accounts.
pub(in crate::egress) struct Exchanger {
    pub(super) metrics: Arc<Metrics>,
    pub(super) accounts: Accounts,
    pub(super) vault: Arc<Vault>,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) limits: Limits,
    pub(super) flights: Mutex<HashMap<SignInKey, Flight>>,
    pub(super) tasks: TaskTracker,
    pub(super) failures: Cache<SignInKey, Arc<Failed>>,
}

impl Exchanger {
    pub(in crate::egress) fn new(
        limits: &Limits,
        accounts: Accounts,
        vault: Arc<Vault>,
        transport: Arc<dyn Transport>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            metrics,
            accounts,
            vault,
            transport,
            limits: limits.clone(),
            flights: Mutex::default(),
            tasks: TaskTracker::new(),
            failures: Cache::builder().max_capacity(MAX_FAILURES).time_to_live(LONGEST_PAUSE).build(),
        }
    }

    /// The token for this account's requests: the stored one or that of a new sign-in. `refused` is a token that the
    /// vendor did not take. Waits until `deadline`.
    pub(in crate::egress) async fn obtain(
        self: &Arc<Self>,
        subject: &Arc<Subject>,
        credentials: &Credentials,
        refused: Option<&Sealed>,
        deadline: tokio::time::Instant,
    ) -> Result<Brought, EgressError> {
        let SignIn { fingerprint, sensitive, .. } = SignIn::new(&subject.exchange, &subject.endpoints, credentials)?;
        let key = SignInKey { account: subject.account, fingerprint };
        let tokens = self.accounts.exchanged_tokens();
        let known = match refused {
            None => tokens.recent(subject.account).await,
            Some(_) => tokens.get(subject.account).await.map(|row| row.token),
        };
        let known = known.map_err(|error| database(&error))?;
        let failed = self.failures.get(&key).filter(|failed| failed.until > Instant::now());
        if let Some(token) = known
            && let Some(payload) = self.usable(subject.account, &token, &key.fingerprint, refused)
        {
            if Timestamp::now() >= token.refresh_at && failed.is_none() {
                drop(self.flight(&key, subject, None, true));
            }
            return Ok(payload.brought(&token, None, sensitive));
        }
        if let Some(failed) = failed {
            return Err(failed.error.clone());
        }
        loop {
            let mut flight = self.flight(&key, subject, refused, false);
            let ended = tokio::time::timeout_at(deadline, flight.wait_for(Option::is_some)).await;
            let ended = ended.map_err(|_| {
                EgressError::Timeout("signing in at the vendor took longer than a call may take".into())
            })?;
            match ended.ok().and_then(|ended| ended.clone()) {
                // That sign-in began before the vendor refused this token, or another process does it: begin a new
                // one.
                Some(Ok(Ended::LeftToOthers)) => {}
                Some(Ok(Ended::Token(signed))) if refused == Some(&signed.token.sealed) => {}
                Some(Ok(Ended::Token(signed))) => {
                    let payload = self.open(subject.account, &signed.token).ok_or(EgressError::Internal)?;
                    let sensitive = sensitive.into_iter().chain(signed.sensitive.clone()).collect();
                    return Ok(payload.brought(&signed.token, Some(signed.credentials.clone()), sensitive));
                }
                Some(Err(error)) => return Err(error),
                None => return Err(EgressError::Internal),
            }
        }
    }

    /// The transport to vendors.
    pub(in crate::egress::token) fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    /// The limits of a sign-in.
    pub(in crate::egress::token) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The longest that a sign-in at the vendor may take.
    pub(super) fn time(&self) -> Duration {
        time(&self.limits)
    }

    /// Waits for running sign-ins, at most as long as one may take.
    pub(in crate::egress) async fn finish(&self) {
        self.tasks.close();
        if tokio::time::timeout(self.time(), self.tasks.wait()).await.is_err() {
            tracing::warn!("sign-ins were still under way at the end of the shutdown");
        }
    }
}
