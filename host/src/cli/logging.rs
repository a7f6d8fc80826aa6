//! Log lines on standard error.

use std::env::{self, VarError};
use std::io::{self, IsTerminal};

use anyhow::{Result, anyhow};
use tracing_subscriber::EnvFilter;

use crate::config::ConfigError;
use crate::progress::LogWriter;

/// The filter's variable.
const VARIABLE: &str = "MORTISE_LOG";

/// Who reads the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A service: JSON lines, unless a person watches it on a terminal.
    Service,
    /// A service that a person started to look at: plain lines, coloured on a terminal.
    Console,
    /// A command that says by itself what there is to say: plain lines, errors only.
    Command,
}

/// Starts to write log lines. Called once.
pub(super) fn start(style: Style) -> Result<()> {
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
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(terminal).with_writer(LogWriter);
    let started = match style {
        Style::Service if !terminal => subscriber.json().flatten_event(true).with_current_span(true).try_init(),
        Style::Service => subscriber.try_init(),
        Style::Console | Style::Command => subscriber.with_target(false).compact().try_init(),
    };
    started.map_err(|e| anyhow!(e))
}
