//! The host's egress: what all sessions share, and what opens them.

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

/// The host's egress: clients, limits and the vault's key to the credentials.
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
    /// Makes the egress. `accounts` keep what sign-ins bring; `transport` is the [`Network`](super::Network) but in benchmarks.
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

    /// Opens the account's credentials for one call, and signs in where its scheme needs that. The call's deadline begins here.
    ///
    /// # Errors
    /// [`EgressError::Credentials`] if the account does not fit the integration's origins or schemes,
    /// [`EgressError::Internal`] if its secrets cannot be opened; for a sign-in that fails [`EgressError::Refused`],
    /// [`EgressError::Unavailable`], [`EgressError::Unusable`] or [`EgressError::Timeout`]; [`EgressError::Deleted`] if the account is
    /// gone by then.
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

    /// Trades a code for what the account of its person carries. The code is sent to the declared address below a granted origin, at most
    /// once: after a failure the person has to consent again. Nothing is stored. The vendor may have spent the code when the future is
    /// dropped: run it, and what stores its outcome, in a task of its own.
    ///
    /// # Errors
    /// [`EgressError::Credentials`] before anything is sent, if a variable or the client does not fit the declaration, and afterwards, if
    /// what was captured does not fit the origins; [`EgressError::Refused`] if the vendor refuses the code or the client;
    /// [`EgressError::SignIn`] if its answer does not bring what the account needs; otherwise as for a sign-in.
    pub async fn redeem(&self, whom: Redeems<'_>, code: Code<'_>) -> Result<Redeemed, EgressError> {
        self.shared.exchanger.redeem(whom, code).await
    }

    /// Where [`redeem`](Self::redeem) sends the code of an account with these variables: for whoever remembers it from the beginning of a
    /// consent to its end. A variable that the redirect brings can change it then, within the granted origins.
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

    /// Waits for sign-ins that are under way, as long as one may take: a refresh token that a vendor has just replaced must not
    /// be lost with the process.
    pub async fn finish(&self) {
        self.shared.exchanger.finish().await;
    }
}

impl Shared {
    /// The bounds of each body of the call that this transcript tells of.
    pub(super) fn bounds(&self, transcript: &Transcript) -> Bounds {
        let size = |bytes, limit| Size { bytes, limit: Some(limit) };
        Bounds {
            size: size(self.limits.vendor_body_bytes, "vendor_body_bytes"),
            budget: transcript.budget(size(self.limits.vendor_total_bytes, "vendor_total_bytes")),
            idle: Duration::from_millis(self.limits.vendor_idle_ms),
        }
    }
}
