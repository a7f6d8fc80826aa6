//! `mortise serve`: the host.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::args::{ConfigArgs, ListenArgs, Origins, set};
use super::block_on;
use super::logging::{self, Style};
use crate::account::MasterKey;
use crate::api;
use crate::app::{Admission, App};
use crate::config::{AdminListen, Config, ConfigError, LogFormat};
use crate::descriptors;
use crate::observe::telemetry::Telemetry;
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
    /// Address and port of the operator's routes, or off [default: 127.0.0.1:8081] [env: MORTISE_ADMIN_LISTEN]
    #[arg(long, value_name = "ADDRESS:PORT")]
    admin_listen: Option<AdminListen>,
    /// How log lines are written [default: auto: for people on a terminal, JSON elsewhere] [env: MORTISE_LOG_FORMAT]
    #[arg(long, value_name = "FORMAT")]
    log_format: Option<LogFormat>,
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
        let Config { admin_listen, log_format, sources, .. } = &mut config;
        set(sources, "admin_listen", "--admin-listen", admin_listen, self.admin_listen);
        set(sources, "log_format", "--log-format", log_format, self.log_format);
        let telemetry =
            Telemetry::from_environment().map_err(|error| ConfigError::variable(error.variable, error.message))?;
        logging::start_with(Style::Service(config.log_format), telemetry.as_ref())?;
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
            let key = master_key(&config)?;
            let listener = listen(config.listen).await?;
            let admin = match config.admin_listen.0 {
                Some(address) => Some(listen(address).await.context(
                    "the operator's routes need an address of their own: set admin_listen to another one, or to off",
                )?),
                None => None,
            };
            let app = App::start(config, key, Admission::LockFile).await?;
            let shutdown = shutdown_signal()?;
            let admin_address = admin.as_ref().map(TcpListener::local_addr).transpose()?;
            tracing::info!(address = %listener.local_addr()?, admin_address = admin_address.map(display), "serving");
            // The operator can watch a host that finishes its calls.
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
            app.journal.flush().await;
            Ok(())
        });
        if let Some(telemetry) = telemetry {
            telemetry.shut_down();
        }
        served
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
