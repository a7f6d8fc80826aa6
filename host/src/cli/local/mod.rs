//! A host on loopback for the person at the terminal: what `demo` and `dev` share.

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
use serde_json::json;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::args::Origins;
use super::print_line;
use super::serve::{listen, shutdown_signal};
use crate::account::{AccountChange, AccountFilter, MasterKey, MasterKeys, Scope, Status};
use crate::app::{Admission, App};
use crate::cassette::{self, Cassette, ReplayingVendor};
use crate::config::{AdminListen, Config, ConfigError};
use crate::plugin::Generation;
use crate::{api, files};

/// Tenant of the accounts.
const TENANT: &str = "demo";

/// How long the token lasts.
const TOKEN_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// The integrations' recordings, by slug.
pub(super) type Cassettes = BTreeMap<String, Vec<Cassette>>;

/// How such a host serves, for `#[command(flatten)]`.
#[derive(Debug, Args)]
pub(super) struct LocalArgs {
    /// Port of the API on 127.0.0.1; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Directory for its database and key [default: in .mortise of the checkout or project]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    origins: Origins,
    /// Print one line {"base_url", "token", "accounts": {"<slug>": "<uuid>"}} instead, for scripts
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
    cassettes: Cassettes,
    json: bool,
}

impl LocalArgs {
    /// Where the host keeps its things: what the command line says, or this.
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
        let app = App::start(config, keys, Admission::AsDeclared).await?;
        let expires = Timestamp::now().checked_add(TOKEN_LASTS).context("the clock is past its end")?;
        let (token, _) = app.accounts.tokens().create(Scope::Admin, None, Some("demo"), Some(expires)).await?;
        Ok((Local { app, vendor, base_url, token, cassettes, json: self.json }, listener))
    }
}

impl Local {
    /// Makes the accounts and prints what a person, or a script, needs to call.
    pub(super) async fn announce(&self) -> Result<()> {
        let mut accounts = BTreeMap::new();
        for status in self.app.registry.list() {
            match self.account(&status.slug, None).await? {
                Some(id) => drop(accounts.insert(status.slug, id)),
                None => tracing::warn!("{} is not served: {}", status.slug, status.reason.unwrap_or_default()),
            }
        }
        let (base_url, token) = (&self.base_url, self.token.expose_secret());
        print_line(&match self.json {
            true => json!({ "base_url": base_url, "token": token, "accounts": accounts }).to_string(),
            false => introduction(base_url, token, &accounts, &self.cassettes)?,
        })?;
        Ok(())
    }

    /// The account of an integration: that of an earlier run, or a new one. It gets a placeholder for each variable that the integration
    /// declares newly, and keeps what somebody set; credentials count as new where the generation `before` did not declare
    /// them. None where the integration is not served.
    pub(super) async fn account(&self, slug: &str, before: Option<&Generation>) -> Result<Option<Uuid>> {
        let Some(generation) = self.app.registry.get(slug) else { return Ok(None) };
        let recorded = |name: &str| {
            let recordings = self.cassettes.get(slug).into_iter().flatten();
            recordings.filter_map(|c| c.call.variables.get(name)).next().cloned()
        };
        let new = cassette::account(&generation.capabilities, TENANT, recorded);
        let filter = AccountFilter {
            tenant_id: Some(TENANT.to_owned()),
            integration: Some(slug.to_owned()),
            ..AccountFilter::default()
        };
        let accounts = &self.app.accounts;
        let existing = accounts.list(filter).await?.result.into_iter().next();
        Ok(Some(match existing {
            Some(account) => {
                let mut context = new.context;
                context.extend(account.context);
                let is_new = |name: &str| before.is_some_and(|before| before.capabilities.variable(name).is_none());
                let secrets = new.secrets.into_iter().filter(|(name, _)| is_new(name));
                // An earlier run against a real vendor may have found the placeholders wrong.
                let change = AccountChange {
                    status: Some(Status::Active),
                    context: Some(context),
                    secrets: Some(secrets.map(|(name, secret)| (name, Some(secret))).collect()),
                    ..AccountChange::default()
                };
                accounts.update(account.id, None, change).await?;
                account.id
            }
            None => accounts.create(new).await?.id,
        }))
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

/// What a person reads, ending with calls to try.
fn introduction(
    base_url: &str,
    token: &str,
    accounts: &BTreeMap<String, Uuid>,
    cassettes: &Cassettes,
) -> Result<String> {
    let mut text = format!("\nMortise serves on {base_url}\n\n  token     {token}  (admin, ends in 24 hours)\n");
    for (slug, id) in accounts {
        writeln!(text, "  account   {id}  {slug}")?;
    }
    writeln!(text, "\nThe vendors are recordings: they know these calls. In another terminal:")?;
    for (slug, cassette) in script::calls(cassettes) {
        if let Some(account) = accounts.get(slug) {
            writeln!(
                text,
                "\n# {slug}: {}\n{}",
                cassette.description,
                script::curl(base_url, token, *account, &cassette.call)
            )?;
        }
    }
    write!(text, "\nCtrl-C ends it.")?;
    Ok(text)
}
