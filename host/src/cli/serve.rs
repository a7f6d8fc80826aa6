//! `mortise serve`: the host.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::args::{ConfigArgs, Origins, set};
use super::block_on;
use crate::account::MasterKeys;
use crate::api;
use crate::app::{Admission, App};
use crate::config::Config;

/// Serves the API with every granted plugin, until SIGINT or SIGTERM; calls in flight are finished first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise serve
  mortise serve --listen 0.0.0.0:8080 --data-dir /var/lib/mortise
  mortise serve --origin acme=http://127.0.0.1:4010/v1

Before the first start: `mortise key init`, then `mortise grant <slug>` for each plugin, then `mortise token create`.
A configuration file, mortise.toml:
  listen = \"0.0.0.0:8080\"
  [limits]
  call_deadline_ms = 20000
  [integrations.acme]
  origin = \"https://sandbox.acme.example/v1\"
Each limit is also a variable, such as MORTISE_LIMITS_CALL_DEADLINE_MS.")]
pub(super) struct Serve {
    /// Address and port of the API [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT", env = "MORTISE_LISTEN")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    origins: Origins,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Serve {
    pub(super) fn run(self) -> Result<()> {
        let mut config = self.config.load()?;
        set(&mut config.listen, self.listen);
        self.origins.apply(&mut config);
        let keys = master_keys(&config)?;
        block_on(async {
            let listener = listen(config.listen).await?;
            let app = App::start(config, keys, Admission::LockFile).await?;
            tracing::info!(address = %listener.local_addr()?, "serving");
            api::serve(app, listener, shutdown_signal()?).await;
            Ok(())
        })
    }
}

/// The keys from the environment, or else from their file.
pub(super) fn master_keys(config: &Config) -> Result<MasterKeys> {
    match MasterKeys::from_env()? {
        Some(keys) => Ok(keys),
        None => Ok(MasterKeys::load(&config.master_key_path())?),
    }
}

/// Binds the API's address.
pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}

/// Ends with the first SIGINT or SIGTERM.
pub(super) fn shutdown_signal() -> Result<impl Future<Output = ()> + Send + 'static> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("shutting down: calls in flight are finished");
    })
}
