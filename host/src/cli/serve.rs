//! `mortise serve`: the host.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::args::{ConfigArgs, HostArgs};
use super::logging::{self, Style};
use super::run::block_on;
use crate::account::MasterKeys;
use crate::app::{Admission, App};
use crate::config::{Config, ConfigError};
use crate::observe::telemetry::Telemetry;
use crate::preflight::Report;
use crate::{api, descriptors};

/// Serves the API with every granted plugin, until SIGINT or SIGTERM, and then finishes the calls in flight
///
/// SIGHUP loads the components whose bytes or grants have changed, without a restart. If a component cannot be served,
/// its last good version stays.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise serve
  mortise serve --listen 0.0.0.0:8080 --data-dir /var/lib/mortise
  mortise serve --origin acme=http://127.0.0.1:4010/v1

To load a newer plugin without a restart: replace its file, `mortise grant <slug>`, then `kill -HUP <pid>`, or
`POST /integration/<slug>/reload` with an admin token.
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
    host: HostArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Serve {
    pub(super) fn run(self) -> Result<()> {
        let mut config = self.config.load()?;
        self.host.apply(&mut config);
        let telemetry =
            Telemetry::from_environment().map_err(|error| ConfigError::variable(error.variable, error.message))?;
        let _flush = logging::start_with(Style::Service(config.log_format), telemetry.as_ref())?;
        // Before anything is opened.
        if let Err(error) = descriptors::raise() {
            tracing::warn!(%error, "the limit of open files could not be raised");
        }
        let served = block_on(async {
            let report = Report::of(&config).await;
            for warning in &report.warnings {
                tracing::warn!("{warning}");
            }
            report.verdict(false)?;
            let keys = master_keys(&config)?;
            let listener = listen(config.listen, "listen").await?;
            let admin = match config.admin_listen.0 {
                Some(address) => Some(listen(address, "admin_listen").await?),
                None => None,
            };
            // A SIGHUP that comes while plugins are loaded takes effect afterwards.
            let hangups = signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?;
            let app = App::start(config, keys, Admission::LockFile).await?;
            let _reloading = AbortOnDropHandle::new(tokio::spawn(reload(app.clone(), hangups)));
            let shutdown = shutdown_signal()?;
            let admin_address = admin.as_ref().map(TcpListener::local_addr).transpose()?;
            tracing::info!(address = %listener.local_addr()?, admin_address = admin_address.map(display), "serving");
            // The operator can watch a host while it finishes its calls.
            let drained = CancellationToken::new();
            let operators = async {
                if let Some(admin) = admin {
                    api::serve_admin(app.clone(), admin, drained.cancelled()).await;
                }
            };
            let callers = async {
                api::serve(app.clone(), listener, shutdown).await;
                drained.cancel();
            };
            tokio::join!(callers, operators);
            tokio::join!(app.service.egress.finish(), app.webhooks.finish());
            app.service.journal.flush().await;
            Ok(())
        });
        if let Some(telemetry) = telemetry {
            telemetry.shut_down();
        }
        served
    }
}

/// With each SIGHUP, loads the changes of the plugins directory and of the lock file.
async fn reload(app: Arc<App>, mut hangups: Signal) {
    while hangups.recv().await.is_some() {
        tracing::info!("SIGHUP: loading the components whose bytes or grants have changed");
        if let Err(error) = app.reload_all().await {
            tracing::error!("nothing was loaded: {error:#}");
        }
    }
}

/// The keys from the environment, or otherwise from their file.
pub(super) fn master_keys(config: &Config) -> Result<MasterKeys> {
    match MasterKeys::from_env()? {
        Some(keys) => Ok(keys),
        None => Ok(MasterKeys::load(&config.master_key_path())?),
    }
}

/// Binds the address of a setting.
///
/// # Errors
/// Names the setting, and what to do if the address is in use.
pub(super) async fn listen(address: SocketAddr, setting: &str) -> Result<TcpListener> {
    match TcpListener::bind(address).await {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!("{address} ({setting}) is in use: stop the process that listens there, or choose another address")
        }
        bound => {
            bound.with_context(|| format!("cannot listen on {address} ({setting}); choose an address of this machine"))
        }
    }
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
        tracing::info!("shutting down: finishing the calls in flight");
    })
}
