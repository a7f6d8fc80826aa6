//! `mortise app`: the operator's OAuth applications, in the database of the host.

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::account::{loaded, refused};
use super::args::ConfigArgs;
use super::output::{Json, Yes, listed, or_dash, print_json, print_members, print_table, time};
use super::run::block_on;
use super::secret::SecretArg;
use crate::account::{Accounts, CLIENT_ID, CLIENT_SECRET, OAuthApplication, Outdated, Removed};
use crate::config::{Config, ConfigError};
use crate::onboarding::{self, NO_APPLICATION};

/// OAuth applications: your clients at vendors, for accounts that have no client of their own
///
/// Works on the database, also while hosts serve from it: they see a change within 1 s.
#[derive(Debug, Subcommand)]
pub(super) enum AppCommand {
    Set(Set),
    List(List),
    Show(Show),
    Remove(Remove),
}

impl AppCommand {
    pub(super) fn run(self) -> Result<()> {
        block_on(async {
            match self {
                Self::Set(command) => command.run().await,
                Self::List(command) => command.run().await,
                Self::Show(command) => command.run().await,
                Self::Remove(command) => command.run().await,
            }
        })
    }
}

/// Whose application it is: the integration, and the tenant if it is for one only.
#[derive(Debug, Args)]
struct Whose {
    /// The integration
    #[arg(value_name = "INTEGRATION")]
    integration: String,
    /// The one tenant whose accounts get it [default: every tenant that has none of its own]
    #[arg(long, value_name = "TENANT", value_parser = tenant)]
    tenant: Option<String>,
}

fn tenant(text: &str) -> Result<String, &'static str> {
    onboarding::check_tenant(text).map(|()| text.to_owned())
}

/// Sets an integration's OAuth application, with the checks of PUT /app/{slug}
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise app set acme --client-id 3MVG9 --secret client_secret
  mortise app set acme --client-id 3MVG9 --secret client_secret=@/run/secrets/acme --scope users.read
  mortise app set acme --tenant customer-1 --client-id 5KXW2 --secret client_secret=-

The command replaces the whole application. What you do not name is unset, except the secret of a client that stays the same.
Another --client-id is another application: accounts keep the old one until they are connected again, and the command counts
them. The integration must be granted.")]
pub(super) struct Set {
    #[command(flatten)]
    whose: Whose,
    /// The client's identifier at the vendor
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// The client's secret: asked for without echo, or read from a file (client_secret=@FILE), a variable
    /// (client_secret=env:VARIABLE) or standard input (client_secret=-)
    #[arg(long, value_name = "client_secret")]
    secret: Option<String>,
    /// A scope to ask for, in place of those that the integration declares. May be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Where the vendor sends people back to, as it is registered there
    #[arg(long, value_name = "URL")]
    redirect_url: Option<String>,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Set {
    async fn run(self) -> Result<()> {
        let Self { whose: Whose { integration, tenant }, client_id, secret, scopes, redirect_url, json, config } = self;
        let set = async |config: &Config, accounts: &Accounts| {
            let generation = loaded(config, &integration).await?;
            if !generation.capabilities.takes_application() {
                bail!("{integration}: {NO_APPLICATION}");
            }
            let mut members = Map::new();
            members.insert(CLIENT_ID.to_owned(), client_id.into());
            if let Some(secret) = &secret {
                members.insert(CLIENT_SECRET.to_owned(), client_secret(secret).await?);
            }
            members.insert("scopes".to_owned(), scopes.into());
            members.extend(redirect_url.map(|url| ("redirect_url".to_owned(), url.into())));
            let applications = accounts.applications();
            let current = applications.get(&integration, tenant.as_deref()).await?;
            let new = onboarding::new_application(members, &generation.capabilities, tenant, current.as_ref())
                .map_err(|failures| refused(&failures, None))?;
            let application = applications.set(&new).await?;
            print(config, accounts, &application, json).await
        };
        config.with_vault(set).await
    }
}

/// Reads the value of `--secret client_secret…`. An error must not repeat it.
async fn client_secret(argument: &str) -> Result<Value> {
    let usage = |message: String| ConfigError::Unusable(format!("--secret: {message}"));
    let secret: SecretArg = argument.parse().map_err(usage)?;
    if secret.name != CLIENT_SECRET {
        return Err(usage(format!("an application has no secret but {CLIENT_SECRET}")).into());
    }
    Ok(Value::String(secret.read().await?.as_str().to_owned()))
}

/// Lists the applications that new accounts get
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise app list
  mortise app list --json")]
pub(super) struct List {
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl List {
    async fn run(self) -> Result<()> {
        let list = async |config: &Config, accounts: &Accounts| {
            Ok((accounts.applications().list(None).await?, config.connect.public_url.clone()))
        };
        let (applications, public_url) = self.config.with_database(list).await?;
        if self.json.json {
            let public_url = public_url.as_ref();
            let result: Vec<_> = applications.iter().map(|application| application.public(public_url, None)).collect();
            return print_json(&json!({ "result": result }));
        }
        print_table(
            &["INTEGRATION", "TENANT", "CLIENT", "SECRET", "UPDATED"],
            applications.iter().map(|application| {
                [
                    application.integration.clone(),
                    or_dash(application.tenant_id.clone()),
                    application.client_id.clone(),
                    or_dash(application.has_client_secret().then_some("stored")),
                    time(application.updated_at),
                ]
            }),
        )
    }
}

/// Shows one application without its secret, and how many accounts must be connected again
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise app show acme
  mortise app show acme --tenant customer-1 --json")]
pub(super) struct Show {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Show {
    async fn run(self) -> Result<()> {
        let show = async |config: &Config, accounts: &Accounts| {
            let application = find(accounts, &self.whose).await?;
            print(config, accounts, &application, self.json).await
        };
        self.config.with_database(show).await
    }
}

/// Removes an application, unless accounts have tokens of it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise app remove acme
  mortise app remove acme --tenant customer-1 --yes")]
pub(super) struct Remove {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Remove {
    async fn run(self) -> Result<()> {
        let Whose { integration, tenant } = &self.whose;
        let remove = async |_: &Config, accounts: &Accounts| {
            let application = find(accounts, &self.whose).await?;
            self.yes.or_ask(&format!("Remove the OAuth application {} of {integration}?", application.client_id))?;
            Ok(accounts.applications().remove(integration, tenant.as_deref()).await?)
        };
        match self.config.with_database(remove).await? {
            Removed::Gone(id) if self.json.json => print_json(&json!({ "id": id })),
            Removed::Gone(id) => {
                eprintln!("removed application {id}");
                Ok(())
            }
            Removed::Unknown => bail!("there is no OAuth application of {integration} any more"),
            Removed::InUse(accounts) => bail!(onboarding::in_use(accounts)),
        }
    }
}

async fn find(accounts: &Accounts, whose: &Whose) -> Result<OAuthApplication> {
    let Whose { integration, tenant } = whose;
    let found = accounts.applications().get(integration, tenant.as_deref()).await?;
    found.with_context(|| match tenant {
        None => format!("there is no OAuth application of {integration} for every tenant"),
        Some(tenant) => format!("there is no OAuth application of {integration} for tenant {}", tenant.escape_debug()),
    })
}

async fn print(config: &Config, accounts: &Accounts, application: &OAuthApplication, json: Json) -> Result<()> {
    let public_url = config.connect.public_url.as_ref();
    let outdated = accounts.applications().outdated(application).await?;
    if json.json {
        return print_json(&application.public(public_url, Some(&outdated)));
    }
    let Outdated { count, accounts } = &outdated;
    let ids: Vec<_> = accounts.iter().map(ToString::to_string).collect();
    print_members([
        ("id", Some(application.id.to_string())),
        ("integration", Some(application.integration.clone())),
        ("tenant", application.tenant_id.clone()),
        ("client id", Some(application.client_id.clone())),
        ("client secret", application.has_client_secret().then(|| "stored".to_owned())),
        ("scopes", listed(&application.scopes)),
        ("redirect url", application.redirect_url.clone()),
        ("callback url", application.callback_url(public_url)),
        ("to connect again", (*count > 0).then(|| format!("{count} accounts"))),
        ("accounts", listed(&ids)),
        ("created", Some(time(application.created_at))),
        ("updated", Some(time(application.updated_at))),
    ])
}
