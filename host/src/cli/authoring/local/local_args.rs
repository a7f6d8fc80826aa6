//! The flags of a host on loopback, and its start.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use mortise_files as files;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use super::{Cassettes, Local, Schemes};
use crate::account::{MasterKey, MasterKeys, Scope};
use crate::app::{Admission, App, Surroundings};
use crate::cassette::ReplayingVendor;
use crate::cli::args::Origins;
use crate::cli::serve::listen;
use crate::config::{AdminListen, Config, ConfigError};
use crate::engine::Effort;

/// How long the token lasts.
const TOKEN_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// The flags of such a host, for `#[command(flatten)]`.
#[derive(Debug, Args)]
pub(in crate::cli::authoring) struct LocalArgs {
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
    pub(in crate::cli::authoring) json: bool,
}

impl LocalArgs {
    /// The data directory: from the command line, or this one.
    pub(in crate::cli::authoring) fn data(&self, default: PathBuf) -> PathBuf {
        self.data.clone().unwrap_or(default)
    }

    /// Starts the host on its data directory (`data` unless the command line names one) with these components, and with a replaying
    /// vendor for each integration that has an entry in `cassettes`. Nothing is served before [`Local::serve`].
    pub(in crate::cli::authoring) async fn start(
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

        let listener = listen(config.listen, "listen").await?;
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

/// The keys of an earlier run, or a new one.
fn master_keys(config: &Config) -> Result<MasterKeys> {
    let (directory, path) = (&config.data_dir, config.master_key_path());
    files::create_private_dir(directory)
        .with_context(|| format!("cannot make the directory {}", directory.display()))?;
    Ok(if path.exists() { MasterKeys::load(&path)? } else { MasterKey::generate_file(&path)?.into() })
}
