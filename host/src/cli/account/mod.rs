//! `mortise account`: integrated accounts, in the database of the host.

mod check;
mod write;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use super::args::ConfigArgs;
use super::output::{Json, Yes, or_dash, print_json, print_members, print_table, time};
use super::run::block_on;
#[cfg(feature = "authoring")]
pub(in crate::cli) use write::Variables;
pub(in crate::cli) use write::{loaded, refused};

use crate::account::{Account, AccountFilter, Accounts, MAX_PAGE, Status};
use crate::config::Config;
use crate::plugin::Generation;

/// Integrated accounts: one customer's connection to one vendor
///
/// Works on the database, also while hosts serve from it: they see a change within 1 s. Only `check` asks a host that
/// serves.
#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    Create(write::Create),
    List(List),
    Show(Show),
    Set(write::Set),
    Check(check::Check),
    Delete(Delete),
}

impl AccountCommand {
    pub(super) fn run(self) -> Result<()> {
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

/// Lists accounts, the newest first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise account list
  mortise account list --tenant acme --status needs_reauth
  mortise account list --all --json

If there are more accounts, standard error says how to continue; with --json, `next_cursor` is not null.")]
pub(super) struct List {
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
    async fn run(self) -> Result<()> {
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

/// Shows one account, without its secrets
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise account show 6e92a185-7953-48c8-a4aa-0a2f629a7209
  mortise account show 6e92a185-7953-48c8-a4aa-0a2f629a7209 --json")]
pub(super) struct Show {
    /// The account
    id: Uuid,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Show {
    async fn run(self) -> Result<()> {
        let account = self.config.with_database(async |_, accounts| find(accounts, self.id).await).await?;
        print(&account, None, self.json)
    }
}

/// Deletes an account and its credentials, for good
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise account delete 6e92a185-7953-48c8-a4aa-0a2f629a7209
  mortise account delete 6e92a185-7953-48c8-a4aa-0a2f629a7209 --yes")]
pub(super) struct Delete {
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
    async fn run(self) -> Result<()> {
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

async fn find(accounts: &Accounts, id: Uuid) -> Result<Account> {
    match accounts.get(id, None).await? {
        Some(account) => Ok(account),
        None => bail!("there is no account {id}"),
    }
}

/// Prints an account, with the facts of its integration if the command has loaded it.
fn print(account: &Account, generation: Option<&Generation>, json: Json) -> Result<()> {
    if json.json {
        return print_json(&generation.map_or_else(|| account.public(), |g| g.capabilities.shown(account)));
    }
    let error = |error: &Option<Value>| error.as_ref().map(Value::to_string);
    print_members([
        ("id", Some(account.id.to_string())),
        ("tenant", Some(account.tenant_id.clone())),
        ("integration", Some(account.integration.clone())),
        ("method", account.authentication_method.clone()),
        ("application", account.application_id.map(|id| id.to_string())),
        ("status", Some(account.status.to_string())),
        ("sandbox", account.is_sandbox.then(|| "yes".to_owned())),
        ("context", Some(Value::Object(account.context.clone()).to_string())),
        ("last error", error(&account.last_error)),
        ("last forbidden", error(&account.last_forbidden_error)),
        ("created", Some(time(account.created_at))),
        ("updated", Some(time(account.updated_at))),
    ])
}
