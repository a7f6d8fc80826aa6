//! `mortise account delete`.

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;
use uuid::Uuid;

use super::find::find;
use crate::account::Accounts;
use crate::cli::args::ConfigArgs;
use crate::cli::output::{Json, Yes, print_json};
use crate::config::Config;

/// Deletes an account and its credentials, for good
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise account delete 6e92a185-7953-48c8-a4aa-0a2f629a7209
  mortise account delete 6e92a185-7953-48c8-a4aa-0a2f629a7209 --yes")]
pub(in crate::cli) struct Delete {
    /// The account
    id: Uuid,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Delete {
    pub(super) async fn run(self) -> Result<()> {
        let delete = async |_: &Config, accounts: &Accounts| {
            let account = find(accounts, self.id).await?;
            let (tenant, integration) = (&account.tenant_id, &account.integration);
            self.yes.or_ask(&format!(
                "Delete the {integration} account {} of tenant {} and its credentials?",
                self.id,
                tenant.escape_debug()
            ))?;
            Ok(accounts.delete(self.id, None).await?)
        };
        if !self.config.with_database(delete).await? {
            bail!("there is no account {}", self.id);
        }
        if self.json.json {
            return print_json(&json!({ "id": self.id }));
        }
        eprintln!("deleted account {}", self.id);
        Ok(())
    }
}
