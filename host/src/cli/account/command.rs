//! The subcommands.

use anyhow::Result;
use clap::Subcommand;

use super::delete::Delete;
use super::list::List;
use super::show::Show;
use super::{check, write};
use crate::cli::run::block_on;

/// Integrated accounts: one customer's connection to one vendor
///
/// Works on the database, also while hosts serve from it: they see a change within 1 s. Only `check` asks a host that
/// serves.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AccountCommand {
    Create(write::Create),
    List(List),
    Show(Show),
    Set(write::Set),
    Check(check::Check),
    Delete(Delete),
}

impl AccountCommand {
    pub(in crate::cli) fn run(self) -> Result<()> {
        block_on(async {
            match self {
                Self::Create(command) => command.run().await,
                Self::List(command) => command.run().await,
                Self::Show(command) => command.run().await,
                Self::Set(command) => command.run().await,
                Self::Check(command) => command.run().await,
                Self::Delete(command) => command.run().await,
            }
        })
    }
}
