//! The command line, one file a subcommand.

mod account;
mod app;
mod args;
mod build;
mod call;
mod cassettes;
mod check;
mod check_config;
mod database;
mod demo;
mod dev;
mod docs;
mod grant;
mod integration;
mod key;
mod local;
mod logging;
mod new;
mod openapi;
mod output;
mod package;
mod pull;
mod push;
mod record;
mod sdk;
mod secret;
mod self_check;
mod serve;
mod serving;
mod test;
mod token;
mod vendor;
mod webhook;

use std::io;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::account::{AccountError, KeyError};
use crate::build::BuildFailed;
use crate::config::{ConfigError, ConfigErrors};
use crate::dumps;
use crate::engine::cache::CacheError;
use crate::engine::{AddressSpace, Effort, Target, compile};
use crate::package::RegistryError;
use crate::plugin::lock::LockError;
use crate::preflight::Refused;
use crate::progress;
use crate::project::ProjectError;
use crate::scaffold::ScaffoldError;
use crate::terminal::plain;

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
A first look, in a checkout or beside the integrations of a release:
  mortise demo

An integration of your own:
  mortise new acme
  mortise build acme

A host of your own:
  mortise key init
  mortise grant acme
  mortise self-check
  mortise check-config
  mortise serve

Accounts, and a call to a host that serves:
  mortise account create acme --tenant customer-1 --secret api_token
  export MORTISE_TOKEN=$(mortise token create --scope call)
  mortise call create ticketing --account <id> --data @user.json

Log filter: MORTISE_LOG, for example MORTISE_LOG=mortise=debug. Default: info for hosts, error for other commands.
Exit status: 0 done, 1 failed, 2 the command line or the configuration must change.";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    CheckConfig(check_config::CheckConfig),
    SelfCheck(self_check::SelfCheckArgs),
    Demo(demo::Demo),
    Dev(dev::Dev),
    New(new::New),
    Sdk(sdk::Sdk),
    Build(build::Build),
    Test(test::Test),
    Record(record::Record),
    Vendor(vendor::Vendor),
    Check(check::Check),
    Docs(docs::Docs),
    Package(package::Package),
    Push(push::Push),
    Pull(pull::Pull),
    Grant(grant::Grant),
    #[command(subcommand)]
    Integration(integration::Integration),
    #[command(subcommand)]
    Account(account::AccountCommand),
    #[command(subcommand)]
    App(app::AppCommand),
    #[command(subcommand)]
    Token(token::Token),
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    #[command(subcommand)]
    Key(key::Key),
    #[command(subcommand)]
    Call(call::Call),
    Openapi(openapi::OpenApi),
    Completions(Completions),
    /// Compiles standard input to standard output. The host itself starts this.
    #[command(name = compile::SUBCOMMAND, hide = true)]
    CompileComponent {
        /// Address space that the compilation may use.
        #[arg(long)]
        memory_bytes: u64,
        /// CPU time that the compilation may use.
        #[arg(long)]
        cpu_seconds: u64,
        /// The component is for a host whose own address space is scarce.
        #[arg(long)]
        scarce_address_space: bool,
        /// Optimizes the code as little as possible.
        #[arg(long)]
        least_effort: bool,
    },
}

/// Prints the completions of this command for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  mortise completions bash > /etc/bash_completion.d/mortise
  mortise completions zsh > \"${fpath[1]}/_mortise\"
  mortise completions fish > ~/.config/fish/completions/mortise.fish")]
struct Completions {
    shell: Shell,
}

impl Completions {
    fn run(self) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "mortise", &mut script);
        Ok(io::Write::write_all(&mut io::stdout().lock(), &script)?)
    }
}

impl Command {
    fn run(self) -> Result<()> {
        let _flush = match self {
            // The compiling child's standard error belongs to its parent. `serve` first reads from the configuration how to write lines.
            Self::CompileComponent { .. } | Self::Serve(_) => None,
            Self::Demo(_) | Self::Dev(_) | Self::Build(_) | Self::Docs(_) => logging::start(logging::Style::Console)?,
            _ => logging::start(logging::Style::Command)?,
        };
        match self {
            Self::CompileComponent { memory_bytes, cpu_seconds, scarce_address_space, least_effort } => {
                let space = if scarce_address_space { AddressSpace::Scarce } else { AddressSpace::Plenty };
                let effort = if least_effort { Effort::Least } else { Effort::Full };
                compile::child_main(memory_bytes, cpu_seconds, Target { space, effort })
            }
            Self::Serve(serve) => serve.run(),
            Self::CheckConfig(check) => check.run(),
            Self::SelfCheck(check) => check.run(),
            Self::Demo(demo) => demo.run(),
            Self::Dev(dev) => dev.run(),
            Self::New(new) => new.run(),
            Self::Sdk(sdk) => sdk.run(),
            Self::Build(build) => build.run(),
            Self::Test(test) => test.run(),
            Self::Record(record) => record.run(),
            Self::Vendor(vendor) => vendor.run(),
            Self::Check(check) => check.run(),
            Self::Docs(docs) => docs.run(),
            Self::Package(package) => package.run(),
            Self::Push(push) => push.run(),
            Self::Pull(pull) => pull.run(),
            Self::Grant(grant) => grant.run(),
            Self::Integration(integration) => integration.run(),
            Self::Account(account) => account.run(),
            Self::App(app) => app.run(),
            Self::Token(token) => token.run(),
            Self::Webhook(webhook) => webhook.run(),
            Self::Key(key) => key.run(),
            Self::Call(call) => call.run(),
            Self::Openapi(openapi) => openapi.run(),
            Self::Completions(completions) => completions.run(),
        }
    }
}

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
            if error.chain().any(|cause| cause.is::<BuildFailed>()) {
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
    cause.is::<ConfigError>()
        || cause.is::<ConfigErrors>()
        || cause.is::<ProjectError>()
        || cause.is::<CacheError>()
        || cause.downcast_ref().is_some_and(|e| !matches!(e, ScaffoldError::Write { .. }))
        || cause.downcast_ref().is_some_and(|e: &Refused| e.configuration)
        || cause.downcast_ref().is_some_and(|e| !key_exists_or_io(e))
        || cause.downcast_ref().is_some_and(|e| matches!(e, LockError::Invalid { .. }))
        || cause.downcast_ref().is_some_and(|e| matches!(e, RegistryError::Reference { .. }))
        || cause.downcast_ref().is_some_and(|e| matches!(e, AccountError::Url(_) | AccountError::BadCursor))
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

/// Writes one line to standard output, and fails if nobody reads it.
fn print_line(line: &str) -> io::Result<()> {
    use io::Write;
    progress::settle();
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

/// Reads an argument such as `name=value`.
fn pair(argument: &str) -> Result<(String, String), String> {
    match argument.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}
