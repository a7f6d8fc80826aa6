//! The opened credentials of one account. Only here do stored credentials become values of templates.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::EgressError;
use crate::account::{AccountError, Accounts, Client, Sealed, Vault};

/// The credentials of one account, opened for one call or one sign-in.
pub(super) struct Credentials {
    /// The account's own secrets. The host stores no other secrets with the account.
    pub(super) secrets: BTreeMap<String, SecretString>,
    pub(super) variables: BTreeMap<String, String>,
    /// The client of the operator's OAuth application, if the account has no client of its own.
    pub(super) client: Option<Client>,
}

impl Credentials {
    /// Opens the credentials of `account`, and the client of its `application`.
    pub(super) async fn open(
        vault: &Vault,
        accounts: &Accounts,
        account: Uuid,
        sealed: &Sealed,
        application: Option<Uuid>,
        variables: BTreeMap<String, String>,
    ) -> Result<Self, EgressError> {
        let secrets = vault.open(account, sealed).map_err(|error| {
            tracing::error!(%account, error = format!("{error:#}"), "the account's credentials cannot be opened");
            EgressError::Internal
        })?;
        let client = match application {
            None => None,
            Some(id) => Some(accounts.applications().client(id).await.map_err(|error| closed(account, &error))?),
        };
        Ok(Self { secrets, variables, client })
    }

    /// The variable's value. `None` if it is empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        // The client comes before the account's variables, which contain declared defaults for variables that the
        // account does not have.
        let client = self.client.as_ref().and_then(|client| client.value(name));
        client.or_else(|| self.own(name)).filter(|value| !value.is_empty())
    }

    /// The value that the account itself has for the variable.
    pub(super) fn own(&self, name: &str) -> Option<&str> {
        let secret = self.secrets.get(name).map(ExposeSecret::expose_secret);
        secret.or_else(|| self.variables.get(name).map(String::as_str)).filter(|value| !value.is_empty())
    }

    /// Every secret, for the scrubber.
    pub(super) fn sensitive(&self) -> impl Iterator<Item = Zeroizing<String>> {
        let of_client = self.client.iter().filter_map(|client| client.secret.as_ref());
        self.secrets.values().chain(of_client).map(|secret| Zeroizing::new(secret.expose_secret().to_owned()))
    }
}

fn closed(account: Uuid, error: &AccountError) -> EgressError {
    let text = format!("{error:#}");
    tracing::error!(%account, error = text, "the OAuth application of the account cannot be opened");
    match error.outage() {
        Some(_) => EgressError::unavailable("the host's database does not answer", super::token::PAUSE),
        None => EgressError::Internal,
    }
}
