//! `mortise token`: API tokens.

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use secrecy::ExposeSecret;
use serde_json::json;

use super::args::ConfigArgs;
use super::{block_on, print_line};
use crate::account::{self, Accounts};

/// API tokens
#[derive(Debug, Subcommand)]
pub(super) enum Token {
    Create(Create),
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
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// When it ends: a duration from now (`30d`, `12h`) or a time (RFC 3339) [default: never]
    #[arg(long, value_name = "WHEN", value_parser = expiry)]
    expires: Option<Timestamp>,
    /// What it is for, for the list of tokens
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Print a JSON object with the token and what is known of it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Scope {
    /// Unified routes, and reading capabilities and accounts
    Call,
    /// Everything
    Admin,
}

impl Token {
    pub(super) fn run(self) -> Result<()> {
        let Self::Create(create) = self;
        block_on(create.run())
    }
}

/// Reads `30d` or `2027-01-01T00:00:00Z`, in the future.
fn expiry(text: &str) -> Result<Timestamp, String> {
    let now = Timestamp::now();
    let at = match text.parse::<Span>() {
        // Days and months have a length only in a calendar.
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
        let config = self.config.load()?;
        let accounts = Accounts::connect(&config.database_url()?).await?;
        let scope = match self.scope {
            Scope::Call => account::Scope::Call,
            Scope::Admin => account::Scope::Admin,
        };
        let (token, record) =
            accounts.tokens().create(scope, self.tenant.as_deref(), self.name.as_deref(), self.expires).await?;
        let token = token.expose_secret();
        if self.json {
            let line = json!({
                "token": token,
                "id": record.id,
                "scope": record.scope.as_str(),
                "tenant_id": record.tenant_id,
                "name": record.name,
                "expires_at": record.expires_at,
            });
            print_line(&line.to_string())?;
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
        accounts.close().await;
        Ok(())
    }
}
