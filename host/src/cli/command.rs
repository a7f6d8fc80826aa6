//! The subcommands.

use anyhow::Result;
use clap::{Parser, Subcommand};

use super::{
    account, app, call, check_config, completions, grant, integration, key, logging, openapi, self_check, serve, token,
    webhook,
};
use crate::engine::{AddressSpace, Effort, Target, compile};

/// One users API over many SaaS vendors, each integration a sandboxed WebAssembly component.
#[derive(Debug, Parser)]
#[command(name = "mortise", version, propagate_version = true, after_help = examples())]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The end of the help: examples by task, and what holds for all commands.
fn examples() -> String {
    format!("{}{OF_OPERATORS}", if cfg!(feature = "authoring") { OF_AUTHORS } else { "" })
}

const OF_AUTHORS: &str = "\
A first look, in a checkout or beside the integrations of a release:
  mortise demo

An integration of your own:
  mortise new acme
  mortise build acme

";

const OF_OPERATORS: &str = "\
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
pub(super) enum Command {
    Serve(serve::Serve),
    CheckConfig(check_config::CheckConfig),
    SelfCheck(self_check::SelfCheckArgs),
    #[cfg(feature = "authoring")]
    #[command(flatten)]
    Authoring(super::authoring::AuthoringCommand),
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
    Completions(completions::Completions),
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

impl Command {
    pub(super) fn run(self) -> Result<()> {
        let _flush = match self {
            // The compiling child's standard error belongs to its parent. `serve` first reads from the configuration how to write lines.
            Self::CompileComponent { .. } | Self::Serve(_) => None,
            #[cfg(feature = "authoring")]
            Self::Authoring(ref command) if command.shows_progress() => logging::start(logging::Style::Console)?,
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
            #[cfg(feature = "authoring")]
            Self::Authoring(command) => command.run(),
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
