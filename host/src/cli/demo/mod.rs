//! `mortise demo`: everything at once, against vendors that replay recordings.

mod script;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use super::args::Origins;
use super::serve::{listen, shutdown_signal};
use super::{block_on, print_line};
use crate::account::{AccountChange, AccountFilter, MasterKey, MasterKeys, Scope, Status};
use crate::app::{Admission, App};
use crate::cassette::{self, Cassette, ReplayingVendor};
use crate::config::{AdminListen, Config, ConfigError};
use crate::{api, build, files, project};

/// Tenant of the demo's accounts.
const TENANT: &str = "demo";

/// How long the demo's token lasts.
const TOKEN_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// The integrations' recordings, by slug.
type Cassettes = BTreeMap<String, Vec<Cassette>>;

/// Builds the plugins of a checkout and serves them on loopback, against vendors that replay recorded answers
///
/// Prints a token, the account ids and curl lines to try, and serves until Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise demo
  mortise demo --port 8080
  mortise demo --origin acme=https://sandbox.acme.example/v1
  mortise demo --json --data demo-data

Run it inside a checkout. What the plugins declare is granted; credentials are placeholders, and every vendor is
replaced by a replaying one unless --origin names another.")]
pub(super) struct Demo {
    /// Port of the API on 127.0.0.1; 0 picks a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Directory for the demo's database and key [default: .mortise/demo in the checkout]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    origins: Origins,
    /// Print one line {"base_url", "token", "accounts": {"<slug>": "<uuid>"}} instead, for scripts
    #[arg(long)]
    json: bool,
}

impl Demo {
    pub(super) fn run(self) -> Result<()> {
        let here = std::env::current_dir().context("the working directory is gone")?;
        let workspace = project::checkout(&here).ok_or_else(|| {
            ConfigError::Unusable(
                "the demo builds the plugins of a checkout: run it inside a clone of the repository".to_owned(),
            )
        })?;
        let mut cassettes = Cassettes::new();
        for component in build::plugins(&workspace)? {
            let recorded = cassette::load_dir(&workspace.join("plugins").join(&component.slug).join("cassettes"))?;
            cassettes.insert(component.slug, recorded);
        }
        if let Some(unknown) = self.origins.slugs().find(|slug| !cassettes.contains_key(*slug)) {
            return Err(
                ConfigError::Unusable(format!("--origin: there is no integration `{unknown}` in plugins/")).into()
            );
        }
        block_on(self.serve(&workspace, &cassettes))
    }

    async fn serve(self, workspace: &Path, cassettes: &Cassettes) -> Result<()> {
        let vendor = ReplayingVendor::start(cassettes).await.context("cannot start the replaying vendor")?;
        let mut config = Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, self.port)),
            data_dir: self.data.unwrap_or_else(|| workspace.join(".mortise/demo")),
            plugins_dir: project::components_dir(workspace),
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
        let accounts = accounts(&app, cassettes).await?;
        let expires = Timestamp::now().checked_add(TOKEN_LASTS).context("the clock is past its end")?;
        let (token, _) = app.accounts.tokens().create(Scope::Admin, None, Some("demo"), Some(expires)).await?;
        let token = token.expose_secret();

        print_line(&match self.json {
            true => json!({ "base_url": base_url, "token": token, "accounts": accounts }).to_string(),
            false => introduction(&base_url, token, &accounts, cassettes)?,
        })?;
        api::serve(app, listener, shutdown_signal()?).await;
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

/// One account of every loaded integration: that of an earlier run, or a new one with placeholders.
async fn accounts(app: &App, cassettes: &Cassettes) -> Result<BTreeMap<String, Uuid>> {
    let mut ids = BTreeMap::new();
    for status in app.registry.list() {
        let Some(generation) = status.generation else {
            tracing::warn!("{} is not served: {}", status.slug, status.reason.unwrap_or_default());
            continue;
        };
        let filter = AccountFilter {
            tenant_id: Some(TENANT.to_owned()),
            integration: Some(status.slug.clone()),
            ..AccountFilter::default()
        };
        let id = match app.accounts.list(filter).await?.result.first() {
            Some(account) => {
                // An earlier run against a real vendor may have found the placeholders wrong.
                let active = AccountChange { status: Some(Status::Active), ..AccountChange::default() };
                app.accounts.update(account.id, None, active).await?;
                account.id
            }
            None => {
                let recorded = |name: &str| {
                    let recordings = cassettes.get(&status.slug).into_iter().flatten();
                    recordings.filter_map(|c| c.call.variables.get(name)).next().cloned()
                };
                app.accounts.create(cassette::account(&generation.capabilities, TENANT, recorded)).await?.id
            }
        };
        ids.insert(status.slug, id);
    }
    Ok(ids)
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
