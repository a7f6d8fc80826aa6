//! `mortise serve`: the host.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::args::{ConfigArgs, ListenArgs, Origins};
use super::block_on;
use crate::account::MasterKey;
use crate::api;
use crate::app::{Admission, App};
use crate::config::Config;
use crate::descriptors;
use crate::preflight::Report;

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
    #[command(flatten)]
    listen: ListenArgs,
    #[command(flatten)]
    origins: Origins,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Serve {
    pub(super) fn run(self) -> Result<()> {
        let mut config = self.config.load()?;
        self.listen.apply(&mut config);
        self.origins.apply(&mut config);
        // Before anything is opened.
        if let Err(error) = descriptors::raise() {
            tracing::warn!(%error, "the limit of open files could not be raised");
        }
        block_on(async {
            let report = Report::of(&config).await;
            for warning in &report.warnings {
                tracing::warn!("{warning}");
            }
            report.verdict(false)?;
            let key = master_key(&config)?;
            let listener = listen(config.listen).await?;
            let app = App::start(config, key, Admission::LockFile).await?;
            tracing::info!(address = %listener.local_addr()?, "serving");
            api::serve(app, listener, shutdown_signal()?).await;
            Ok(())
        })
    }
}

/// The key from the environment, or else from its file.
pub(super) fn master_key(config: &Config) -> Result<MasterKey> {
    match MasterKey::from_env()? {
        Some(key) => Ok(key),
        None => Ok(MasterKey::load(&config.master_key_path())?),
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
