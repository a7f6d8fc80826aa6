//! `mortise token`: API tokens.

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use super::args::ConfigArgs;
use super::output::{Json, Yes, or_dash, print_json, print_line, print_table, time};
use super::run::block_on;
use crate::account::{self, Accounts, TokenRecord};
use crate::config::Config;
use crate::onboarding;

/// API tokens
///
/// Works on the database, also while hosts serve from it: they see a change within 1 s.
#[derive(Debug, Subcommand)]
pub(super) enum Token {
    Create(Create),
    List(List),
    Revoke(Revoke),
}

/// Makes an API token and prints it once: the database keeps only its hash
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise token create --scope admin --expires 30d
  mortise token create --scope call --tenant acme --name billing --expires 2027-01-01T00:00:00Z
  TOKEN=$(mortise token create --scope call)

Only the token goes to standard output.")]
pub(super) struct Create {
    /// What it may do
    #[arg(long)]
    scope: Scope,
    /// Restricts it to the accounts of one tenant
    #[arg(long, value_name = "TENANT", value_parser = tenant)]
    tenant: Option<String>,
    /// When it ends: a duration from now (`30d`, `12h`) or a time (RFC 3339) [default: never]
    #[arg(long, value_name = "WHEN", value_parser = expiry)]
    expires: Option<Timestamp>,
    /// A name for the list of tokens
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Scope {
    /// Unified routes, and reading of capabilities and accounts
    Call,
    /// Everything
    Admin,
}

impl Token {
    pub(super) fn run(self) -> Result<()> {
        block_on(async {
            match self {
                Self::Create(command) => command.run().await,
                Self::List(command) => command.run().await,
                Self::Revoke(command) => command.run().await,
            }
        })
    }
}

/// A tenant's id, by the rule for accounts: a token of another tenant would find no account.
fn tenant(text: &str) -> Result<String, &'static str> {
    onboarding::check_tenant(text).map(|()| text.to_owned())
}

/// Reads `30d` or `2027-01-01T00:00:00Z`, in the future.
fn expiry(text: &str) -> Result<Timestamp, String> {
    let now = Timestamp::now();
    let at = match text.parse::<Span>() {
        // Days and months have a fixed length only in a calendar.
        Ok(span) => now.to_zoned(TimeZone::UTC).checked_add(span).map(|z| z.timestamp()).map_err(|e| e.to_string())?,
        Err(_) => text
            .parse::<Timestamp>()
            .map_err(|_| "expected a duration such as `30d` or an RFC 3339 time such as `2027-01-01T00:00:00Z`")?,
    };
    if at <= now {
        return Err(format!("{at} is not in the future"));
    }
    Ok(at)
}

impl Create {
    async fn run(self) -> Result<()> {
        let scope = match self.scope {
            Scope::Call => account::Scope::Call,
            Scope::Admin => account::Scope::Admin,
        };
        let create = async |_: &Config, accounts: &Accounts| {
            let tokens = accounts.tokens();
            Ok(tokens.create(scope, self.tenant.as_deref(), self.name.as_deref(), self.expires).await?)
        };
        let (token, record) = self.config.with_database(create).await?;
        let token = token.expose_secret();
        if self.json.json {
            let line = json!({
                "token": token,
                "id": record.id,
                "scope": record.scope.as_str(),
                "tenant_id": record.tenant_id,
                "name": record.name,
                "expires_at": record.expires_at,
            });
            print_json(&line)?;
        } else {
            print_line(token)?;
            eprintln!("keep this token: it is not shown again");
            let ends = record.expires_at.map_or("never".to_owned(), |at| format!("at {at}"));
            eprintln!(
                "scope {}, tenant {}, ends {ends}",
                record.scope.as_str(),
                record.tenant_id.as_deref().unwrap_or("any")
            );
        }
        Ok(())
    }
}

/// Lists every token that was ever made, the oldest first, without its text
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise token list
  mortise token list --json")]
pub(super) struct List {
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl List {
    async fn run(self) -> Result<()> {
        let tokens = self.config.with_database(async |_, accounts| Ok(accounts.tokens().list().await?)).await?;
        if self.json.json {
            return print_json(&json!({ "result": tokens }));
        }
        let now = Timestamp::now();
        print_table(
            &["ID", "HINT", "NAME", "SCOPE", "TENANT", "CREATED", "EXPIRES", "STATE"],
            tokens.iter().map(|token| {
                [
                    token.id.to_string(),
                    token.hint.clone(),
                    or_dash(token.name.clone()),
                    token.scope.to_string(),
                    or_dash(token.tenant_id.clone()),
                    time(token.created_at),
                    or_dash(token.expires_at.map(time)),
                    state(token, now).to_owned(),
                ]
            }),
        )
    }
}

fn state(token: &TokenRecord, now: Timestamp) -> &'static str {
    if token.revoked_at.is_some() {
        "revoked"
    } else if token.expires_at.is_some_and(|at| at <= now) {
        "expired"
    } else {
        "valid"
    }
}

/// Revokes a token for good. Every host refuses it within 1 s
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise token revoke 0d2f9a9b-5d2c-4a43-9a3b-5f0d3c1f7c11
  mortise token revoke 0d2f9a9b-5d2c-4a43-9a3b-5f0d3c1f7c11 --yes

`mortise token list` shows the ids. Revoking a revoked token is not an error.")]
pub(super) struct Revoke {
    /// The token's id; the token itself is not an id
    id: Uuid,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Revoke {
    async fn run(self) -> Result<()> {
        let revoke = async |_: &Config, accounts: &Accounts| {
            let tokens = accounts.tokens();
            let Some(token) = tokens.get(self.id).await? else { bail!("there is no token {}", self.id) };
            if token.revoked_at.is_none() {
                let name = token.name.as_deref().map(|name| format!(" {}", name.escape_debug())).unwrap_or_default();
                self.yes.or_ask(&format!("Revoke the token{name} {}… for good?", token.hint))?;
                tokens.revoke(self.id).await?;
            }
            Ok(tokens.get(self.id).await?)
        };
        let token = self.config.with_database(revoke).await?;
        if self.json.json {
            return print_json(&token);
        }
        eprintln!("revoked token {}", self.id);
        Ok(())
    }
}
