//! The host's egress: the parts that all sessions share. It opens the sessions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::body::{Bounds, Size};
use super::client::Transport;
use super::credential::AuthScheme;
use super::delivery::{Delivery, RemoteInput, SessionAccount};
use super::error::EgressError;
use super::exchange::Transcript;
use super::opened::Credentials;
use super::profile::Profile;
use super::quota::Quotas;
use super::session::Session;
use super::token::{self, Code, Exchanger, Redeemed, Redeems};
use crate::account::{Accounts, Vault};
use crate::config::Limits;
use crate::observe::Metrics;

/// The host's egress: connections, limits, and the vault that opens credentials.
pub struct Egress {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) accounts: Accounts,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) vault: Arc<Vault>,
    pub(super) limits: Limits,
    pub(super) exchanger: Arc<Exchanger>,
    pub(super) quotas: Quotas,
}

impl Egress {
    /// Makes the egress. `accounts` store the tokens of sign-ins. `transport` is the [`Network`](super::Network),
    /// except in benchmarks.
    pub fn new(
        limits: Limits,
        vault: Arc<Vault>,
        accounts: Accounts,
        transport: Arc<dyn Transport>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let exchanger = Arc::new(Exchanger::new(&limits, accounts.clone(), vault.clone(), transport.clone(), metrics));
        Self { shared: Arc::new(Shared { accounts, transport, vault, limits, exchanger, quotas: Quotas::new() }) }
    }

    /// Opens the account's credentials for one call, and signs in if its scheme needs that. The call's deadline begins
    /// here.
    ///
    /// # Errors
    /// [`EgressError::Credentials`] if the account does not fit the integration's origins or schemes.
    /// [`EgressError::Internal`] if its secrets cannot be opened. [`EgressError::Refused`],
    /// [`EgressError::Unavailable`], [`EgressError::Unusable`] or [`EgressError::Timeout`] if a sign-in fails.
    /// [`EgressError::Deleted`] if the account has been deleted meanwhile.
    pub async fn session(
        &self,
        profile: &Profile,
        mut account: SessionAccount,
        remote: RemoteInput,
        delivery: Delivery,
    ) -> Result<Session, EgressError> {
        let Shared { vault, accounts, .. } = &*self.shared;
        let (variables, application) = (std::mem::take(&mut account.variables), account.application);
        let credentials =
            Credentials::open(vault, accounts, account.id, &account.sealed, application, variables).await?;
        Session::open(self.shared.clone(), profile, account, credentials, remote, delivery).await
    }

    /// Exchanges a person's code for tokens. Sends the code to the declared address below a granted origin, at most
    /// once: after a failure the person must consent again. Stores nothing. The vendor may have used the code up if the
    /// future is dropped, so run it, and the storing of its result, in a task of its own.
    ///
    /// # Errors
    /// [`EgressError::Credentials`] before anything is sent, if a variable or the client does not fit the declaration,
    /// and afterwards, if a captured value does not fit the origins. [`EgressError::Refused`] if the vendor refuses the
    /// code or the client. [`EgressError::SignIn`] if its answer lacks a value that the account needs. Otherwise as for
    /// a sign-in.
    pub async fn redeem(&self, whom: Redeems<'_>, code: Code<'_>) -> Result<Redeemed, EgressError> {
        self.shared.exchanger.redeem(whom, code).await
    }

    /// The address to which [`redeem`](Self::redeem) sends the code of an account with these variables. A caller can
    /// store it at the start of a consent and compare it at the end. A variable that the redirect brings may still
    /// change it, within the granted origins.
    ///
    /// # Errors
    /// [`EgressError::Credentials`] if the scheme declares no consent, or a variable does not fit.
    pub fn token_endpoint(
        &self,
        profile: &Profile,
        scheme: &AuthScheme,
        variables: &BTreeMap<String, String>,
    ) -> Result<Url, EgressError> {
        token::token_endpoint(profile, scheme, variables)
    }

    /// Waits for running sign-ins, at most as long as one may take. Otherwise a refresh token that a vendor has just
    /// replaced would be lost with the process.
    pub async fn finish(&self) {
        self.shared.exchanger.finish().await;
    }
}

impl Shared {
    /// The bounds of each body in the call of this transcript.
    pub(super) fn bounds(&self, transcript: &Transcript) -> Bounds {
        let size = |bytes, limit| Size { bytes, limit: Some(limit) };
        Bounds {
            size: size(self.limits.vendor_body_bytes, "vendor_body_bytes"),
            budget: transcript.budget(size(self.limits.vendor_total_bytes, "vendor_total_bytes")),
            idle: Duration::from_millis(self.limits.vendor_idle_ms),
        }
    }
}
