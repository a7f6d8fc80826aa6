//! Running a command: its exit status and what it prints if it fails.

use std::io;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use mortise_terminal::{plain, progress};

#[cfg(feature = "authoring")]
use super::authoring;
use super::command::Cli;
use crate::account::{AccountError, KeyError};
use crate::config::{ConfigError, ConfigErrors};
use crate::dumps;
use crate::engine::cache::CacheError;
use crate::plugin::lock::LockError;
use crate::preflight::Refused;

/// Something went wrong that another command line would not change.
const FAILURE: u8 = 1;

/// The command line or the configuration must change. Also clap's own exit code.
const USAGE: u8 = 2;

/// Parses the command line of this process and runs the command.
pub fn run() -> ExitCode {
    let command = Cli::parse().command;
    let outcome = dumps::forbid().context("cannot switch off core dumps").and_then(|()| command.run());
    progress::settle();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // A reader that has gone, as in `mortise token list | head`, needs no message.
        Err(error) if error.chain().any(is_broken_pipe) => ExitCode::from(FAILURE),
        Err(error) => {
            let text = format!("{error:#}");
            if error.chain().any(authoring::is_build) {
                // The compiler's own lines stay as they are.
                eprintln!("error: {text}");
            } else {
                text.lines().for_each(|line| eprintln!("error: {}", plain(&line.replace('\t', " "))));
            }
            ExitCode::from(if error.chain().any(is_configuration) { USAGE } else { FAILURE })
        }
    }
}

/// Whether the operator must change something before another attempt can succeed.
fn is_configuration(cause: &(dyn std::error::Error + 'static)) -> bool {
    let key_exists_or_io =
        |e: &KeyError| matches!(e, KeyError::Exists(_) | KeyError::Busy(_) | KeyError::Io { .. } | KeyError::Random);
    authoring::is_configuration(cause)
        || cause.is::<ConfigError>()
        || cause.is::<ConfigErrors>()
        || cause.is::<CacheError>()
        || cause.downcast_ref().is_some_and(|e: &Refused| e.configuration)
        || cause.downcast_ref().is_some_and(|e| !key_exists_or_io(e))
        || cause.downcast_ref().is_some_and(|e| matches!(e, LockError::Invalid { .. }))
        || cause.downcast_ref().is_some_and(|e| matches!(e, AccountError::Url(_) | AccountError::BadCursor))
}

fn is_broken_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

/// Without the commands for authors there are none of their errors.
#[cfg(not(feature = "authoring"))]
mod authoring {
    use std::error::Error;

    pub(super) fn is_build(_: &(dyn Error + 'static)) -> bool {
        false
    }

    pub(super) fn is_configuration(_: &(dyn Error + 'static)) -> bool {
        false
    }
}

/// Runs a command's asynchronous part to its end.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(work)
}
