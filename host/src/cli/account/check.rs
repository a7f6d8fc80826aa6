//! `mortise account check`: asks vendors whether they take accounts, through a host that serves.

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use mortise_terminal::progress::{self, Progress};
use reqwest::{Client, RequestBuilder};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::account::MAX_PAGE;
use crate::cli::output::{Json, or_dash, print_json, print_table};
use crate::cli::serving::{self, ServingHost};

/// Pauses before one account, if the host asks for them.
const PAUSES: usize = 3;
/// The result of an account about which the host could not ask.
const FAILED: &str = "failed";

/// Asks the vendor whether it takes an account: POST /integrated-account/{id}/validate
///
/// A host that serves makes one cheap read for the account, and stores what the vendor says with the account. Needs a
/// token of scope admin. Results: valid, refused, unreachable (not known now, try again), unchecked (the integration
/// lists no users), and failed if the host could not ask. Exit status 1 if an account is refused or failed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  export MORTISE_TOKEN=$(mortise token create --scope admin --expires 1d)
  mortise account check 6e92a185-7953-48c8-a4aa-0a2f629a7209
  mortise account check --all
  mortise account check --all --integration acme --json

With --all, the host asks for one account after another.")]
pub(in crate::cli) struct Check {
    /// The account
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    id: Option<Uuid>,
    /// Every account that the token sees
    #[arg(long)]
    all: bool,
    /// Only this integration's
    #[arg(long, value_name = "SLUG", requires = "all")]
    integration: Option<String>,
    #[command(flatten)]
    host: ServingHost,
    #[command(flatten)]
    json: Json,
}

/// The result for one account.
#[derive(Debug, Serialize, Deserialize)]
struct Checked {
    result: String,
    message: Option<String>,
    integrated_account: Value,
}

#[derive(Debug, Deserialize)]
struct Page {
    result: Vec<Value>,
    next_cursor: Option<String>,
}

impl Check {
    pub(in crate::cli::account) async fn run(self) -> Result<()> {
        let client = self.host.client()?;
        let checked = match self.id {
            Some(id) => vec![self.check(&client, id).await?],
            None => self.check_all(&client).await?,
        };
        progress::settle();
        match (self.json.json, self.all, checked.as_slice()) {
            (true, false, [one]) => print_json(one)?,
            (true, ..) => print_json(&json!({ "result": checked }))?,
            (false, ..) => print(&checked)?,
        }
        let count = |result: &str| checked.iter().filter(|checked| checked.result == result).count();
        match (count("refused"), count(FAILED)) {
            (0, 0) => Ok(()),
            _ if !self.all => bail!("the vendor refuses the account"),
            (refused, failed) => bail!("of {} accounts {refused} are refused, {failed} failed", checked.len()),
        }
    }

    /// Asks for every account of the list. The list is read first, so that its length is known.
    async fn check_all(&self, client: &Client) -> Result<Vec<Checked>> {
        let accounts = self.accounts(client).await?;
        let progress = Progress::start("checking accounts", Some(accounts.len()));
        let mut all = Vec::with_capacity(accounts.len());
        for account in accounts {
            let id = account.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            progress.now(id.clone());
            let checked = match id.parse() {
                Ok(id) => self.check(client, id).await,
                Err(_) => Err(anyhow!("the host names an account without an id")),
            };
            let failed = |error: anyhow::Error| Checked {
                result: FAILED.to_owned(),
                message: Some(format!("{error:#}")),
                integrated_account: account,
            };
            let checked = checked.unwrap_or_else(failed);
            progress.done(&format!("{id}: {}", checked.result));
            all.push(checked);
        }
        Ok(all)
    }

    async fn accounts(&self, client: &Client) -> Result<Vec<Value>> {
        let (mut accounts, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut url = self.host.url(["integrated-account"])?;
            url.query_pairs_mut()
                .append_pair("limit", &MAX_PAGE.to_string())
                .extend_pairs(self.integration.iter().map(|slug| ("integration.name", slug)))
                .extend_pairs(cursor.iter().map(|cursor| ("next_cursor", cursor)));
            let page: Page = ask(|| client.get(url.clone())).await?;
            accounts.extend(page.result);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(accounts);
            }
        }
    }

    async fn check(&self, client: &Client, id: Uuid) -> Result<Checked> {
        let url = self.host.url(["integrated-account", &id.to_string(), "validate"])?;
        ask(|| client.post(url.clone())).await
    }
}

/// Sends a request until the host no longer asks for a pause, and reads its answer.
async fn ask<T: for<'de> Deserialize<'de>>(request: impl Fn() -> RequestBuilder) -> Result<T> {
    let mut pauses = 0..PAUSES;
    loop {
        let answer = serving::send(request()).await?;
        let (status, pause) = (answer.status(), serving::pause(&answer));
        let body = serving::whole(answer).await?;
        if status.is_success() {
            return serde_json::from_slice(&body).context("the answer is not one of this host's kind");
        }
        let Some(pause) = pause.filter(|_| pauses.next().is_some()) else {
            let error: Value = serde_json::from_slice(&body).unwrap_or_default();
            let message = error.get("message").and_then(Value::as_str).unwrap_or("the answer has no message");
            bail!("HTTP {status}: {message}");
        };
        tokio::time::sleep(pause).await;
    }
}

fn print(checked: &[Checked]) -> Result<()> {
    let heading = ["ID", "TENANT", "INTEGRATION", "STATUS", "RESULT", "MESSAGE"];
    print_table(
        &heading,
        checked.iter().map(|Checked { result, message, integrated_account }| {
            let text =
                |pointer: &str| integrated_account.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
            [
                text("/id"),
                text("/tenant_id"),
                text("/integration/name"),
                text("/status"),
                result.clone(),
                or_dash(message.clone()),
            ]
        }),
    )
}
