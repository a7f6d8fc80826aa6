//! The command line, one file a subcommand.

mod args;
mod demo;
mod grant;
mod key;
mod logging;
mod serve;
mod token;

use std::io;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::account::KeyError;
use crate::config::ConfigError;
use crate::engine::compile;

/// Something went wrong that another command line would not change.
const FAILURE: u8 = 1;

/// The command line or the configuration must change. Also clap's own exit code.
const USAGE: u8 = 2;

/// One users API over many SaaS vendors, each integration a sandboxed WebAssembly component.
#[derive(Debug, Parser)]
#[command(name = "mortise", version, propagate_version = true, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
A first look, in a checkout:
  mortise demo

A host of your own:
  mortise key init
  mortise grant acme
  mortise token create --scope admin --expires 30d
  mortise serve

Log filter: MORTISE_LOG, for example MORTISE_LOG=mortise=debug. Default: info.
Exit status: 0 done, 1 failed, 2 the command line or the configuration must change.";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Grant(grant::Grant),
    #[command(subcommand)]
    Token(token::Token),
    #[command(subcommand)]
    Key(key::Key),
    /// Compiles standard input to standard output. The host starts this itself.
    #[command(name = compile::SUBCOMMAND, hide = true)]
    CompileComponent {
        /// Address space that the compilation may use.
        #[arg(long)]
        memory_bytes: u64,
        /// CPU time that the compilation may use.
        #[arg(long)]
        cpu_seconds: u64,
    },
}

/// Parses the command line of this process and does what it says.
pub fn run() -> ExitCode {
    let result = match Cli::parse().command {
        Command::CompileComponent { memory_bytes, cpu_seconds } => compile::child_main(memory_bytes, cpu_seconds),
        Command::Serve(serve) => logging::start(logging::Style::Service).and_then(|()| serve.run()),
        Command::Demo(demo) => logging::start(logging::Style::Console).and_then(|()| demo.run()),
        Command::Grant(grant) => logging::start(logging::Style::Console).and_then(|()| grant.run()),
        Command::Token(token) => logging::start(logging::Style::Console).and_then(|()| token.run()),
        Command::Key(key) => logging::start(logging::Style::Console).and_then(|()| key.run()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // A reader that went away, as in `mortise token list | head`, is not worth a message.
        Err(error) if error.chain().any(is_broken_pipe) => ExitCode::from(FAILURE),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.chain().any(is_configuration) { USAGE } else { FAILURE })
        }
    }
}

/// Whether the operator must change something before another attempt can succeed.
fn is_configuration(cause: &(dyn std::error::Error + 'static)) -> bool {
    let key_exists_or_io =
        |e: &KeyError| matches!(e, KeyError::Exists(_) | KeyError::Busy(_) | KeyError::Io { .. } | KeyError::Random);
    cause.is::<ConfigError>() || cause.downcast_ref().is_some_and(|e| !key_exists_or_io(e))
}

fn is_broken_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

/// Runs a command's asynchronous part to its end.
fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")?;
    runtime.block_on(work)
}

/// Writes one line to standard output, and fails where nobody reads it.
fn print_line(line: &str) -> io::Result<()> {
    use io::Write;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}
