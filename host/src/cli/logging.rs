//! Log lines on standard error.

use std::env::{self, VarError};
use std::io::{self, IsTerminal};

use anyhow::{Result, anyhow};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{ConfigError, LogFormat};
use crate::observe::telemetry::Telemetry;
use crate::progress::LogWriter;

/// The filter's variable.
const VARIABLE: &str = "MORTISE_LOG";

/// Who reads the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A service.
    Service(LogFormat),
    /// A service that a person started to look at: plain lines, coloured on a terminal.
    Console,
    /// A command that says by itself what there is to say: plain lines, errors only.
    Command,
}

/// Starts to write log lines. Called once.
pub(super) fn start(style: Style) -> Result<()> {
    start_with(style, None)
}

/// Starts to write log lines and to export traces. Called once.
pub(super) fn start_with(style: Style, telemetry: Option<&Telemetry>) -> Result<()> {
    let filter = match env::var(VARIABLE) {
        Ok(text) => EnvFilter::try_new(&text).map_err(|e| e.to_string()),
        Err(VarError::NotPresent) => {
            let default = if style == Style::Command { "error" } else { "info" };
            EnvFilter::try_new(default).map_err(|e| e.to_string())
        }
        Err(e) => Err(e.to_string()),
    };
    let filter = filter.map_err(|message| ConfigError::variable(VARIABLE, message))?;
    let terminal = io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_ansi(terminal).with_writer(LogWriter);
    let lines = match style {
        Style::Service(format) if format == LogFormat::Json || (format == LogFormat::Auto && !terminal) => {
            lines.json().flatten_event(true).with_current_span(true).boxed()
        }
        Style::Service(_) => lines.boxed(),
        Style::Console | Style::Command => lines.with_target(false).compact().boxed(),
    };
    let traces = telemetry.map(Telemetry::layer);
    tracing_subscriber::registry().with(traces).with(lines.with_filter(filter)).try_init().map_err(|e| anyhow!(e))
}
