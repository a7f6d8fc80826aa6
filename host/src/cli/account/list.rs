//! `mortise account list`.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::account::{Account, AccountFilter, Accounts, MAX_PAGE, Status};
use crate::cli::args::ConfigArgs;
use crate::cli::output::{Json, or_dash, print_json, print_table, time};
use crate::config::Config;

/// Lists accounts, the newest first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise account list
  mortise account list --tenant acme --status needs_reauth
  mortise account list --all --json

If there are more accounts, standard error says how to continue; with --json, `next_cursor` is not null.")]
pub(in crate::cli) struct List {
    /// Only this tenant's
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// Only this integration's
    #[arg(long, value_name = "SLUG")]
    integration: Option<String>,
    /// Only in this status: active, needs_reauth or validation_error
    #[arg(long)]
    status: Option<Status>,
    /// Every account, however many there are
    #[arg(long, conflicts_with_all = ["limit", "cursor"])]
    all: bool,
    /// How many accounts to show
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_PAGE)))]
    limit: u32,
    /// Where to continue: `next_cursor` of the list before
    #[arg(long)]
    cursor: Option<String>,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl List {
    pub(super) async fn run(self) -> Result<()> {
        let mut filter = AccountFilter {
            tenant_id: self.tenant,
            integration: self.integration,
            status: self.status,
            limit: Some(if self.all { MAX_PAGE } else { self.limit }),
            cursor: self.cursor,
        };
        let list = async |_: &Config, accounts: &Accounts| {
            let mut page = accounts.list(filter.clone()).await?;
            while self.all && page.next_cursor.is_some() {
                filter.cursor = page.next_cursor.take();
                let next = accounts.list(filter.clone()).await?;
                page.result.extend(next.result);
                page.next_cursor = next.next_cursor;
            }
            Ok(page)
        };
        let page = self.config.with_database(list).await?;
        if let Some(cursor) = &page.next_cursor {
            eprintln!("there are more accounts: add --cursor {cursor}, or use --all");
        }
        if self.json.json {
            let result: Vec<_> = page.result.iter().map(Account::public).collect();
            return print_json(&json!({ "result": result, "next_cursor": page.next_cursor }));
        }
        let heading = ["ID", "TENANT", "INTEGRATION", "STATUS", "SANDBOX", "UPDATED"];
        print_table(
            &heading,
            page.result.iter().map(|account| {
                [
                    account.id.to_string(),
                    account.tenant_id.clone(),
                    account.integration.clone(),
                    account.status.to_string(),
                    or_dash(account.is_sandbox.then_some("yes")),
                    time(account.updated_at),
                ]
            }),
        )
    }
}
