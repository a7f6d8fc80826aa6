//! A host on loopback for the person at the terminal: the common part of `demo` and `dev`.

mod accounts;
mod script;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use uuid::Uuid;

use self::accounts::{Callable, Recorded, recorded};
use crate::account::{
    Account, AccountChange, AccountFilter, Authenticates, MasterKey, MasterKeys, NewAccount, Scope, Status,
};
use crate::api;
use crate::app::{Admission, App, Surroundings};
use crate::cassette::{Cassette, ReplayingVendor};
use crate::cli::args::Origins;
use crate::cli::output::print_line;
use crate::cli::serve::{listen, shutdown_signal};
use crate::config::{AdminListen, Config, ConfigError};
use crate::engine::Effort;
use crate::plugin::Generation;
use mortise_files as files;

/// Tenant of the accounts.
const TENANT: &str = "demo";

/// How long the token lasts.
const TOKEN_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// The integrations' recordings, by slug.
pub(super) type Cassettes = BTreeMap<String, Vec<Cassette>>;

/// For which auth schemes an integration gets an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Schemes {
    /// The first that its cassettes use.
    First,
    /// Each one that its cassettes use.
    Each,
}

/// The flags of such a host, for `#[command(flatten)]`.
#[derive(Debug, Args)]
pub(super) struct LocalArgs {
    /// Port of the API on 127.0.0.1; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Directory for its database and key [default: in .mortise of the checkout or project, or of the working directory]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    origins: Origins,
    /// Print one line {"base_url", "token", "accounts": {"<slug>": "<uuid>"}} instead, for scripts; `dev` adds
    /// {"accounts_by_method": {"<slug>": {"<method>": "<uuid>"}}}
    #[arg(long)]
    pub(super) json: bool,
}

/// A host on loopback with everything granted, a token, and vendors that replay.
pub(super) struct Local {
    /// The host itself.
    pub(super) app: Arc<App>,
    /// The replaying vendor.
    pub(super) vendor: ReplayingVendor,
    base_url: String,
    token: SecretString,
    cassettes: Mutex<Cassettes>,
    schemes: Schemes,
    json: bool,
}

impl LocalArgs {
    /// The data directory: from the command line, or this one.
    pub(super) fn data(&self, default: PathBuf) -> PathBuf {
        self.data.clone().unwrap_or(default)
    }

    /// Starts the host on its data directory (`data` unless the command line names one) with these components, and with a replaying
    /// vendor for each integration that has an entry in `cassettes`. Nothing is served before [`Local::serve`].
    pub(super) async fn start(
        self,
        data: PathBuf,
        plugins_dir: PathBuf,
        cassettes: Cassettes,
        schemes: Schemes,
    ) -> Result<(Local, TcpListener)> {
        if let Some(unknown) = self.origins.slugs().find(|slug| !cassettes.contains_key(*slug)) {
            return Err(ConfigError::Unusable(format!("--origin: there is no integration `{unknown}` here")).into());
        }
        let vendor = ReplayingVendor::start(&cassettes).await.context("cannot start the replaying vendor")?;
        let mut config = Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)),
            data_dir: self.data(data),
            plugins_dir,
            admin_listen: AdminListen(None),
            ..Config::with_limits_of(std::env::vars())?
        };
        for slug in cassettes.keys() {
            config.integrations.entry(slug.clone()).or_default().origin = Some(vendor.origin(slug));
        }
        self.origins.apply(&mut config);
        let keys = master_keys(&config)?;

        let listener = listen(config.listen).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let mut around = Surroundings::of_this_machine()?;
        around.compiling.effort = Effort::Least;
        let app = App::start_in(around, config, keys, Admission::AsDeclared).await?;
        let expires = Timestamp::now().checked_add(TOKEN_LASTS).context("the clock is past its end")?;
        let (token, _) = app.service.accounts.tokens().create(Scope::Admin, None, Some("demo"), Some(expires)).await?;
        let cassettes = Mutex::new(cassettes);
        Ok((Local { app, vendor, base_url, token, cassettes, schemes, json: self.json }, listener))
    }
}

impl Local {
    /// Makes the accounts and prints what a person, or a script, needs to call.
    pub(super) async fn announce(&self) -> Result<()> {
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
    pub(super) async fn renew(&self, slug: &str, before: Option<&Generation>) -> Result<Option<Uuid>> {
        let Some(generation) = self.app.service.registry.get(slug) else { return Ok(None) };
        let cassettes = self.cassettes_of(slug).await;
        Ok(self.accounts(slug, &generation, before, &cassettes).await?.first().map(|account| account.id))
    }

    /// The recordings of an integration.
    pub(super) async fn cassettes_of(&self, slug: &str) -> Vec<Cassette> {
        self.cassettes.lock().await.get(slug).cloned().unwrap_or_default()
    }

    /// Replays these recordings of an integration from now on.
    pub(super) async fn replay(&self, slug: &str, cassettes: Vec<Cassette>) {
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
    pub(super) async fn serve(&self, listener: TcpListener) -> Result<()> {
        api::serve(self.app.clone(), listener, shutdown_signal()?).await;
        Ok(())
    }
}

/// The keys of an earlier run, or a new one.
fn master_keys(config: &Config) -> Result<MasterKeys> {
    let (directory, path) = (&config.data_dir, config.master_key_path());
    files::create_private_dir(directory)
        .with_context(|| format!("cannot make the directory {}", directory.display()))?;
    Ok(if path.exists() { MasterKeys::load(&path)? } else { MasterKey::generate_file(&path)?.into() })
}

/// The output for a person, ending with calls to try.
fn introduction(base_url: &str, token: &str, accounts: &[Callable<'_>]) -> Result<String> {
    let mut text = format!("\nMortise serves on {base_url}\n\n  token     {token}  (admin, ends in 24 hours)\n");
    for Callable { slug, id, method, .. } in accounts {
        let is_one_of_several = accounts.iter().filter(|account| account.slug == *slug).count() > 1;
        let method = method.as_deref().filter(|_| is_one_of_several).map(|method| format!(", {method}"));
        writeln!(text, "  account   {id}  {slug}{}", method.unwrap_or_default())?;
    }
    let calls = script::calls(accounts);
    if !calls.is_empty() {
        writeln!(text, "\nThe vendors replay recordings and answer these calls. In another terminal:")?;
    }
    for (account, cassette) in calls {
        let line = script::curl(base_url, token, account.id, &cassette.call);
        writeln!(text, "\n# {}: {}\n{line}", account.slug, cassette.description)?;
    }
    write!(text, "\nCtrl-C ends it.")?;
    Ok(text)
}
