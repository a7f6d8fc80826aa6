//! Log lines on standard error.

use std::env::{self, VarError};
use std::io::{self, IsTerminal};

use anyhow::{Context, Result, anyhow};
use mortise_terminal::progress::LogWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{ConfigError, LogFormat};
use crate::observe::lines::json_lines;
use crate::observe::log::{LogFlush, LogQueue};
use crate::observe::telemetry::Telemetry;

/// The filter's variable.
const VARIABLE: &str = "MORTISE_LOG";

/// Who reads the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// A service.
    Service(LogFormat),
    /// A service that a person started to look at: plain lines, coloured on a terminal.
    #[cfg_attr(
        not(feature = "authoring"),
        expect(dead_code, reason = "the demo and the tools of authors are such services")
    )]
    Console,
    /// A command that prints its own messages: plain lines, errors only.
    Command,
}

/// Starts to write log lines. Call it once, and keep the result to the end of the command: it waits for the last lines.
pub(super) fn start(style: Style) -> Result<Option<LogFlush>> {
    start_with(style, None)
}

/// [`start`], and starts to export traces.
pub(super) fn start_with(style: Style, telemetry: Option<&Telemetry>) -> Result<Option<LogFlush>> {
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
    // Requests do not wait for a reader of the log.
    let queue = || LogQueue::start(LogWriter).context("cannot start to write the log");
    let for_people = || tracing_subscriber::fmt::layer().with_ansi(terminal);
    let (lines, flush) = match style {
        Style::Service(format) => {
            let (queue, flush) = queue()?;
            let for_programs = format == LogFormat::Json || (format == LogFormat::Auto && !terminal);
            let lines = if for_programs { json_lines(queue).boxed() } else { for_people().with_writer(queue).boxed() };
            (lines, Some(flush))
        }
        Style::Console => {
            let (queue, flush) = queue()?;
            (for_people().with_writer(queue).with_target(false).compact().boxed(), Some(flush))
        }
        Style::Command => (for_people().with_writer(LogWriter).with_target(false).compact().boxed(), None),
    };
    let traces = telemetry.map(Telemetry::layer);
    tracing_subscriber::registry().with(traces).with(lines.with_filter(filter)).try_init().map_err(|e| anyhow!(e))?;
    if let Style::Service(_) = style {
        // A panic is a log line as well. If it were written to standard error directly, it would wait for the reader.
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(tracing::field::display);
            tracing::error!(place, "panic: {}", panic.payload_as_str().unwrap_or("no text"));
        }));
    }
    Ok(flush)
}
