//! `mortise webhook`: the URLs to which the host sends events of accounts, in the database of the host.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use uuid::Uuid;

use super::account::refused;
use super::args::ConfigArgs;
use super::output::{Json, Yes, listed, or_dash, print_json, print_line, print_members, print_table, time};
use super::run::block_on;
use crate::account::{
    Accounts, Changed, DeliveryStatus, MAX_WEBHOOKS, NO_DELIVERY, Replay, Replayed, Webhook, WebhookChange,
};
use crate::config::{Config, ConfigError};
use crate::egress::{Network, SystemResolver};
use crate::onboarding;
use crate::webhook::Courier;

/// Deliveries that were given up, of which `show` prints this many.
const SHOWN: u32 = 50;

/// Webhooks: tell your application when accounts are connected, need new credentials, or are deleted
///
/// Works on the database, also while hosts serve from it: a host sends what is due within 1 s.
#[derive(Debug, Subcommand)]
pub(super) enum WebhookCommand {
    Add(Add),
    List(List),
    Show(Show),
    Set(Set),
    Rotate(Rotate),
    Test(Test),
    Replay(ReplayCommand),
    Remove(Remove),
}

impl WebhookCommand {
    pub(super) fn run(self) -> Result<()> {
        block_on(async {
            match self {
                Self::Add(command) => command.run().await,
                Self::List(command) => command.run().await,
                Self::Show(command) => command.run().await,
                Self::Set(command) => command.run().await,
                Self::Rotate(command) => command.run().await,
                Self::Test(command) => command.run().await,
                Self::Replay(command) => command.run().await,
                Self::Remove(command) => command.run().await,
            }
        })
    }
}

/// Adds a webhook and prints its secret once: the database keeps it encrypted
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise webhook add https://app.example.com/hooks/mortise
  mortise webhook add https://app.example.com/hooks --event integrated_account:active
  SECRET=$(mortise webhook add https://app.example.com/hooks)

Only the secret goes to standard output. If the address of a receiver is not public, allow it in mortise.toml:
  [webhook]
  allow_private = [\"https://hooks.internal:8443\"]")]
pub(super) struct Add {
    /// Where the host sends events: a whole https URL
    #[arg(value_name = "URL")]
    target_url: String,
    /// An event to send [default: all]. May be repeated
    #[arg(long = "event", value_name = "EVENT")]
    events: Vec<String>,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Add {
    async fn run(self) -> Result<()> {
        let members = [("target_url", json!(self.target_url)), ("event_types", json!(self.events))];
        let members = members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        let add = async |config: &Config, accounts: &Accounts| {
            let new = onboarding::new_webhook(members, &config.webhook).map_err(|failures| refused(&failures, None))?;
            Ok(accounts.webhooks().create(&new).await?)
        };
        let Some((secret, webhook)) = self.config.with_vault(add).await? else {
            bail!("there are {MAX_WEBHOOKS} webhooks, which is the most: remove one first")
        };
        told(&webhook, &secret, self.json)
    }
}

/// Lists the webhooks, with what waits for them and what was given up
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise webhook list
  mortise webhook list --json")]
pub(super) struct List {
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl List {
    async fn run(self) -> Result<()> {
        let webhooks = self.config.with_database(async |_, accounts| Ok(accounts.webhooks().list().await?)).await?;
        if self.json.json {
            return print_json(&json!({ "result": webhooks }));
        }
        print_table(
            &["ID", "URL", "STATE", "WAITING", "DEAD", "CREATED"],
            webhooks.iter().map(|webhook| {
                [
                    webhook.id.to_string(),
                    webhook.target_url.clone(),
                    state(webhook),
                    webhook.waiting.to_string(),
                    webhook.dead.to_string(),
                    time(webhook.created_at),
                ]
            }),
        )
    }
}

/// Shows one webhook without its secret, and the latest deliveries that were given up
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise webhook show 019a3c1e-7d7e-7a44-9a3b-5f0d3c1f7c11
  mortise webhook show 019a3c1e-7d7e-7a44-9a3b-5f0d3c1f7c11 --json")]
pub(super) struct Show {
    /// The webhook's id
    id: Uuid,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Show {
    async fn run(self) -> Result<()> {
        let read = async |_: &Config, accounts: &Accounts| {
            let webhook = find(accounts, self.id).await?;
            let dead = accounts.webhooks().deliveries(self.id, Some(DeliveryStatus::Dead), None, SHOWN).await?;
            Ok((webhook, dead))
        };
        let (webhook, dead) = self.config.with_database(read).await?;
        if self.json.json {
            let mut shown = json!(webhook);
            if let Some(members) = shown.as_object_mut() {
                members.insert("dead_deliveries".to_owned(), json!(dead));
            }
            return print_json(&shown);
        }
        print(&webhook)?;
        if dead.is_empty() {
            return Ok(());
        }
        print_line("")?;
        print_table(
            &["EVENT", "WHAT", "ACCOUNT", "ATTEMPTS", "STATUS", "HAPPENED", "WHY"],
            dead.iter().map(|delivery| {
                [
                    delivery.event_id.to_string(),
                    delivery.event.clone(),
                    delivery.integrated_account_id.to_string(),
                    delivery.attempts.to_string(),
                    or_dash(delivery.last_status.map(|status| status.to_string())),
                    time(delivery.created_at),
                    or_dash(delivery.last_error.clone()),
                ]
            }),
        )
    }
}

/// Changes a webhook; what you do not name stays
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise webhook set 019a3c1e-7d7e-7a44-9a3b-5f0d3c1f7c11 --active true
  mortise webhook set 019a3c1e-7d7e-7a44-9a3b-5f0d3c1f7c11 --url https://app.example.com/hooks --all-events

--active true also switches on a webhook that a host has switched off. A host gives up deliveries that wait for a webhook that
is switched off; they can be replayed.")]
pub(super) struct Set {
    /// The webhook's id
    id: Uuid,
    /// Where the host sends events
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// An event to send, in place of the earlier ones. May be repeated
    #[arg(long = "event", value_name = "EVENT", conflicts_with = "all_events")]
    events: Vec<String>,
    /// Sends every event
    #[arg(long)]
    all_events: bool,
    /// Whether the host sends events
    #[arg(long, value_name = "BOOL")]
    active: Option<bool>,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Set {
    async fn run(self) -> Result<()> {
        let events = (self.all_events || !self.events.is_empty()).then_some(self.events);
        if self.url.is_none() && events.is_none() && self.active.is_none() {
            return Err(ConfigError::Unusable("name what to change: see --help".to_owned()).into());
        }
        let members =
            [("target_url", json!(self.url)), ("event_types", json!(events)), ("is_active", json!(self.active))];
        let members = members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        let set = async |config: &Config, accounts: &Accounts| {
            let change =
                onboarding::webhook_change(members, &config.webhook).map_err(|failures| refused(&failures, None))?;
            Ok(accounts.webhooks().change(self.id, &change).await?)
        };
        let (_, webhook) = done(self.id, self.config.with_database(set).await?)?;
        if self.json.json { print_json(&webhook) } else { print(&webhook) }
    }
}

/// Gives a webhook another secret and prints it once; the previous one signs, too, for 24 h
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise webhook rotate 019a3c1e-7d7e-7a44-9a3b-5f0d3c1f7c11
  SECRET=$(mortise webhook rotate 019a3c1e-7d7e-7a44-9a3b-5f0d3c1f7c11)

Only the secret goes to standard output. You can rotate it again when the previous one has ended.")]
pub(super) struct Rotate {
    /// The webhook's id
    id: Uuid,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Rotate {
    async fn run(self) -> Result<()> {
        let change = WebhookChange { rotate_secret: true, ..WebhookChange::default() };
        let rotate = async |_: &Config, accounts: &Accounts| Ok(accounts.webhooks().change(self.id, &change).await?);
        let (secret, webhook) = done(self.id, self.config.with_vault(rotate).await?)?;
        told(&webhook, &secret.context("the webhook got no secret")?, self.json)
    }
}

/// Sends an event `test` to a webhook from this machine, once, and prints the result
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise webhook test 019a3c1e-7d7e-7a44-9a3b-5f0d3c1f7c11")]
pub(super) struct Test {
    /// The webhook's id
    id: Uuid,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Test {
    async fn run(self) -> Result<()> {
        let test = async |config: &Config, accounts: &Accounts| {
            let webhook = find(accounts, self.id).await?;
            let network = Network::new(&config.limits, &config.egress, Arc::new(SystemResolver))?;
            Ok(Courier::new(accounts.webhooks(), Arc::new(network), config).test(&webhook).await)
        };
        let sent = self.config.with_vault(test).await?;
        if self.json.json {
            let (status, error) = match &sent {
                Ok(status) => (Some(*status), None),
                Err(refused) => (refused.status, Some(&refused.error)),
            };
            print_json(&json!({ "delivered": sent.is_ok(), "status": status, "error": error }))?;
        }
        match sent {
            Ok(status) => eprintln!("the receiver accepted it: HTTP {status}"),
            Err(refused) => bail!("{}", mortise_terminal::plain(&refused.error)),
        }
        Ok(())
    }
}

/// Sends deliveries again, with the same id and body
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise webhook replay 019a3c1e-7d7e-7a44-9a3b-5f0d3c1f7c11 --event-id 019a3c20-0c4f-7d11-8a5e-0d6f2b1c9e77
  mortise webhook replay 019a3c1e-7d7e-7a44-9a3b-5f0d3c1f7c11 --since 2027-01-01T00:00:00Z
  mortise webhook replay 019a3c1e-7d7e-7a44-9a3b-5f0d3c1f7c11 --since 2027-01-01T00:00:00Z --until 2027-01-02T00:00:00Z

--event-id sends one event again, whatever became of it. --since and --until send those of that time that were given up. A host
sends them.")]
pub(super) struct ReplayCommand {
    /// The webhook's id
    id: Uuid,
    /// The one event to send again
    #[arg(long, value_name = "ID", conflicts_with_all = ["since", "until"], required_unless_present = "since")]
    event_id: Option<Uuid>,
    /// Events from this time on (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Events before this time (RFC 3339) [default: now]
    #[arg(long, value_name = "TIME", requires = "since")]
    until: Option<Timestamp>,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl ReplayCommand {
    async fn run(self) -> Result<()> {
        let which = match (self.event_id, self.since) {
            (Some(event), _) => Replay::Event(event),
            (None, Some(since)) => Replay::Dead { since, until: self.until },
            (None, None) => return Err(ConfigError::Unusable("name --event-id or --since".to_owned()).into()),
        };
        let replay = async |_: &Config, accounts: &Accounts| Ok(accounts.webhooks().replay(self.id, which).await?);
        match self.config.with_database(replay).await? {
            Replayed::Waiting(count) if self.json.json => print_json(&json!({ "replayed": count })),
            Replayed::Waiting(count) => {
                eprintln!("{count} {} due now", if count == 1 { "delivery is" } else { "deliveries are" });
                Ok(())
            }
            Replayed::Unknown => bail!(missing(self.id)),
            Replayed::UnknownEvent => bail!(NO_DELIVERY),
            Replayed::Inactive => bail!("the webhook is switched off: `mortise webhook set {} --active true`", self.id),
        }
    }
}

/// Removes a webhook, and the deliveries that wait for it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise webhook remove 019a3c1e-7d7e-7a44-9a3b-5f0d3c1f7c11
  mortise webhook remove 019a3c1e-7d7e-7a44-9a3b-5f0d3c1f7c11 --yes")]
pub(super) struct Remove {
    /// The webhook's id
    id: Uuid,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Remove {
    async fn run(self) -> Result<()> {
        let remove = async |_: &Config, accounts: &Accounts| {
            let webhook = find(accounts, self.id).await?;
            let url = webhook.target_url.escape_debug();
            self.yes.or_ask(&format!("Remove the webhook {url} and what waits for it?"))?;
            Ok(accounts.webhooks().remove(self.id).await?)
        };
        self.config.with_database(remove).await?;
        if self.json.json {
            return print_json(&json!({ "id": self.id }));
        }
        eprintln!("removed webhook {}", self.id);
        Ok(())
    }
}

async fn find(accounts: &Accounts, id: Uuid) -> Result<Webhook> {
    accounts.webhooks().get(id).await?.with_context(|| missing(id))
}

fn done(id: Uuid, changed: Changed) -> Result<(Option<SecretString>, Webhook)> {
    match changed {
        Changed::Done(secret, webhook) => Ok((secret, webhook)),
        Changed::Unknown => bail!(missing(id)),
        Changed::Overlaps(until) => {
            bail!("the secret was rotated already: the previous one signs until {until}, rotate again after that")
        }
    }
}

fn missing(id: Uuid) -> String {
    format!("there is no webhook {id}")
}

/// Prints a secret that is shown once.
fn told(webhook: &Webhook, secret: &SecretString, json: Json) -> Result<()> {
    if json.json {
        let mut shown = json!(webhook);
        if let Some(members) = shown.as_object_mut() {
            members.insert("secret".to_owned(), Value::from(secret.expose_secret()));
        }
        return print_json(&shown);
    }
    print_line(secret.expose_secret())?;
    eprintln!("keep this secret: it is not shown again");
    eprintln!("webhook {}", webhook.id);
    Ok(())
}

fn print(webhook: &Webhook) -> Result<()> {
    let events: Vec<_> = webhook.event_types.iter().map(ToString::to_string).collect();
    print_members([
        ("id", Some(webhook.id.to_string())),
        ("url", Some(webhook.target_url.clone())),
        ("events", Some(listed(&events).unwrap_or_else(|| "all".to_owned()))),
        ("state", Some(state(webhook))),
        ("waiting", Some(webhook.waiting.to_string())),
        ("dead", Some(webhook.dead.to_string())),
        ("secret before signs until", webhook.previous_secret_until.map(time)),
        ("created", Some(time(webhook.created_at))),
        ("updated", Some(time(webhook.updated_at))),
    ])
}

fn state(webhook: &Webhook) -> String {
    match (webhook.is_active, &webhook.disabled_reason) {
        (true, _) => "active".to_owned(),
        (false, None) => "switched off".to_owned(),
        (false, Some(reason)) => format!("switched off: {reason}"),
    }
}
