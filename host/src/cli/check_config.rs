//! `mortise check-config`: what would keep a host from starting, and what is probably a mistake.

use anyhow::Result;
use clap::Args;
use mortise_terminal::plain;
use serde_json::{Value, json};

use super::args::{ConfigArgs, HostArgs};
use super::output::{Json, print_json, print_line, print_table};
use super::run::block_on;
use crate::config::{Config, ConfigError};
use crate::descriptors;
use crate::observe::telemetry::Telemetry;
use crate::preflight::Report;

/// Checks the configuration and what it points to, as `serve` does at its start. Changes nothing
///
/// Reads every setting, and compiles and runs nothing. `mortise self-check` tries whether this machine can run a host.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise check-config
  mortise check-config --show
  mortise check-config --config /etc/mortise/mortise.toml --strict --json

Reports all problems at once. Checks the settings (with file, line and key or the variable), directories, the compile cache,
the lock file, the certificate authorities, the master key and whether it is the database's, the database, and
whether a granted component is there. Warns of limits that are never reached, too few open files, and plugins that are not
granted or have changed. It compiles and runs no component, and does not check whether the address is free.
Exit status: 0 a host would start and serve something, 1 something around it does not work now, 2 the configuration must change.")]
pub(super) struct CheckConfig {
    /// Print every setting with its value and its source
    #[arg(long)]
    show: bool,
    /// Treat warnings as problems
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    host: HostArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

impl CheckConfig {
    pub(super) fn run(self) -> Result<()> {
        let config = self.config.load().map(|mut config| {
            self.host.apply(&mut config);
            config
        });
        let telemetry =
            Telemetry::from_environment().map_err(|error| ConfigError::variable(error.variable, error.message));
        let (config, mut report) = match config {
            Ok(config) => {
                let report = block_on(async {
                    let mut report = Report::of(&config).await;
                    report.plugins(&config);
                    Ok(report)
                })?;
                (Some(config), report)
            }
            Err(errors) => (None, Report::unreadable(errors)),
        };
        if let Err(error) = telemetry {
            report.wrong(error);
        }
        let verdict = report.verdict(self.strict);
        let shown = config.filter(|_| self.show);
        if self.json.json {
            let mut printed = report.to_json();
            if let (Some(config), Some(members)) = (&shown, printed.as_object_mut()) {
                members.insert("settings".to_owned(), settings(config));
                let open_files = json!({
                    "limit": descriptors::most(),
                    "needed": descriptors::needed(&config.limits),
                    "idle_connections": idle_connections(config),
                });
                members.insert("open_files".to_owned(), open_files);
            }
            print_json(&printed)?;
        } else if let Some(config) = &shown {
            let rows = config.settings().into_iter().map(|(key, value, source)| {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                [key, value, source.to_string()]
            });
            print_table(&["KEY", "VALUE", "SOURCE"], rows)?;
            let open_files = descriptors::most().map_or_else(|| "no limit".to_owned(), |most| most.to_string());
            let (needed, idle) = (descriptors::needed(&config.limits), idle_connections(config));
            print_line(&format!(
                "open files: {open_files}; calls may need {needed}; idle connections to vendors: at most {idle}"
            ))?;
        }
        if !self.strict {
            report.warnings.iter().for_each(|warning| eprintln!("warning: {}", plain(&warning.to_string())));
        }
        verdict?;
        if !self.json.json && shown.is_none() {
            print_line("a host would start with this configuration")?;
        }
        Ok(())
    }
}

/// The limit of `serve`, which raises its limit of open files first.
fn idle_connections(config: &Config) -> usize {
    descriptors::idle_connections(&config.limits, descriptors::most())
}

fn settings(config: &Config) -> Value {
    let rows = config.settings().into_iter();
    rows.map(|(key, value, source)| json!({ "key": key, "value": value, "source": source })).collect()
}
