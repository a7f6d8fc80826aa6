//! The running host: its accounts, recordings and output.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::accounts::{Callable, Recorded, TENANT, recorded};
use super::introduction::introduction;
use super::{Cassettes, Schemes};
use crate::account::{Account, AccountChange, AccountFilter, Authenticates, NewAccount, Status};
use crate::api;
use crate::app::App;
use crate::cassette::{Cassette, ReplayingVendor};
use crate::cli::output::print_line;
use crate::cli::serve::shutdown_signal;
use crate::plugin::Generation;

/// A host on loopback with everything granted, a token, and vendors that replay.
pub(in crate::cli::authoring) struct Local {
    /// The host itself.
    pub(in crate::cli::authoring) app: Arc<App>,
    /// The replaying vendor.
    pub(in crate::cli::authoring) vendor: ReplayingVendor,
    pub(super) base_url: String,
    pub(super) token: SecretString,
    pub(super) cassettes: Mutex<Cassettes>,
    pub(super) schemes: Schemes,
    pub(super) json: bool,
}

impl Local {
    /// Makes the accounts and prints what a person, or a script, needs to call.
    pub(in crate::cli::authoring) async fn announce(&self) -> Result<()> {
        let cassettes = self.cassettes.lock().await;
        let mut accounts = Vec::new();
        for status in self.app.service.registry.list() {
            let Some(generation) = self.app.service.registry.get(&status.slug) else {
                tracing::warn!("{} is not served: {}", status.slug, status.reason.unwrap_or_default());
                continue;
            };
            let recordings = cassettes.get(&status.slug).map_or(&[][..], Vec::as_slice);
            accounts.extend(self.accounts(&status.slug, &generation, None, recordings).await?);
        }
        let (base_url, token) = (&self.base_url, self.token.expose_secret());
        print_line(&match self.json {
            true => self.machine_readable(&accounts).to_string(),
            false => introduction(base_url, token, &accounts)?,
        })?;
        Ok(())
    }

    /// The output for a script.
    fn machine_readable(&self, accounts: &[Callable<'_>]) -> Value {
        let mut first = BTreeMap::new();
        let mut by_method = BTreeMap::<_, BTreeMap<_, _>>::new();
        for account in accounts {
            first.entry(&account.slug).or_insert(account.id);
            if let Some(method) = &account.method {
                by_method.entry(&account.slug).or_default().insert(method, account.id);
            }
        }
        let mut line = json!({ "base_url": self.base_url, "token": self.token.expose_secret(), "accounts": first });
        if let (Some(line), Schemes::Each) = (line.as_object_mut(), self.schemes) {
            line.insert("accounts_by_method".to_owned(), json!(by_method));
        }
        line
    }

    /// Makes the accounts of an integration again after its component or its cassettes have changed, and returns the
    /// first. Credentials of variables that the generation `before` did not declare count as new. `None` if the
    /// integration is not served.
    pub(in crate::cli::authoring) async fn renew(
        &self,
        slug: &str,
        before: Option<&Generation>,
    ) -> Result<Option<Uuid>> {
        let Some(generation) = self.app.service.registry.get(slug) else { return Ok(None) };
        let cassettes = self.cassettes_of(slug).await;
        Ok(self.accounts(slug, &generation, before, &cassettes).await?.first().map(|account| account.id))
    }

    /// The recordings of an integration.
    pub(in crate::cli::authoring) async fn cassettes_of(&self, slug: &str) -> Vec<Cassette> {
        self.cassettes.lock().await.get(slug).cloned().unwrap_or_default()
    }

    /// Replays these recordings of an integration from now on.
    pub(in crate::cli::authoring) async fn replay(&self, slug: &str, cassettes: Vec<Cassette>) {
        let mut all = self.cassettes.lock().await;
        all.insert(slug.to_owned(), cassettes);
        self.vendor.replace(&all);
    }

    /// The accounts of an integration, at least one: those of an earlier run, or new ones.
    async fn accounts<'c>(
        &self,
        slug: &str,
        generation: &Arc<Generation>,
        before: Option<&Generation>,
        cassettes: &'c [Cassette],
    ) -> Result<Vec<Callable<'c>>> {
        let filter = AccountFilter {
            tenant_id: Some(TENANT.to_owned()),
            integration: Some(slug.to_owned()),
            ..AccountFilter::default()
        };
        let existing = self.app.service.accounts.list(filter).await?.result;
        let mut wanted = recorded(&generation.capabilities, cassettes);
        if self.schemes == Schemes::First {
            wanted.truncate(1);
        }
        let mut accounts = Vec::new();
        for Recorded { account, calls } in wanted {
            let method = account.authentication_method.clone();
            let id = match existing.iter().find(|existing| existing.authentication_method == method) {
                Some(existing) => {
                    let integration: Arc<dyn Authenticates> = generation.clone();
                    let change =
                        AccountChange { integration: Some(integration), ..self.change(existing, account, before) };
                    self.app.service.accounts.update(existing.id, None, change).await?;
                    existing.id
                }
                None => self.app.service.accounts.create(account).await?.id,
            };
            accounts.push(Callable { slug: slug.to_owned(), id, method, calls });
        }
        Ok(accounts)
    }

    /// The change of an account of an earlier run. A replaying vendor needs the recorded values. Against another vendor
    /// an account keeps what somebody set, and gets a placeholder for each variable that the integration declares
    /// newly.
    fn change(&self, existing: &Account, new: NewAccount, before: Option<&Generation>) -> AccountChange {
        let slug = &existing.integration;
        let origin = self.app.service.config.integrations.get(slug).and_then(|settings| settings.origin.as_ref());
        let is_replayed = origin == Some(&self.vendor.origin(slug));
        let is_new = |name: &str| before.is_some_and(|before| before.capabilities.variable(name).is_none());
        let context = new.context.into_iter().filter(|(name, _)| is_replayed || !existing.context.contains_key(name));
        let secrets = new.secrets.into_iter().filter(|(name, _)| is_replayed || is_new(name));
        AccountChange {
            // In an earlier run, a real vendor may have refused the placeholders.
            status: Some(Status::Active),
            context: Some(context.collect()),
            secrets: Some(secrets.map(|(name, secret)| (name, Some(secret))).collect()),
            ..AccountChange::default()
        }
    }

    /// Serves until Ctrl-C.
    pub(in crate::cli::authoring) async fn serve(&self, listener: TcpListener) -> Result<()> {
        api::serve(self.app.clone(), listener, shutdown_signal()?).await;
        Ok(())
    }
}
