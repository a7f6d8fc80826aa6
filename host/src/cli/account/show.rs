//! `mortise account show`.

use anyhow::Result;
use clap::Args;
use uuid::Uuid;

use super::find::find;
use super::print::print;
use crate::cli::args::ConfigArgs;
use crate::cli::output::Json;

/// Shows one account, without its secrets
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise account show 6e92a185-7953-48c8-a4aa-0a2f629a7209
  mortise account show 6e92a185-7953-48c8-a4aa-0a2f629a7209 --json")]
pub(in crate::cli) struct Show {
    /// The account
    id: Uuid,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Show {
    pub(super) async fn run(self) -> Result<()> {
        let account = self.config.with_database(async |_, accounts| find(accounts, self.id).await).await?;
        print(&account, None, self.json)
    }
}
