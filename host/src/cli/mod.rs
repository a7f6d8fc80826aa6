//! The command line, one file a subcommand. Those for authors of integrations are in `authoring`.

mod account;
mod app;
mod args;
#[cfg(feature = "authoring")]
mod authoring;
mod call;
mod check_config;
mod command;
mod completions;
mod database;
mod grant;
mod integration;
mod key;
mod logging;
mod openapi;
mod output;
mod run;
mod secret;
mod self_check;
mod serve;
mod serving;
mod token;
mod webhook;

pub use run::run;
