//! `mortise account create` and `set`: build the API's request from flags, and check it by the API's code.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::find::find;
use super::print::print;
use crate::account::{Account, Accounts, Status};
use crate::app::App;
use crate::cli::args::{ConfigArgs, pair};
use crate::cli::output::Json;
use crate::cli::secret::SecretArg;
use crate::config::{Config, ConfigError};
use crate::onboarding::{self, ChangeRefusal};
use crate::plugin::Generation;
use crate::unified::Failures;

/// The account's values for its integration.
#[derive(Debug, Args)]
pub(in crate::cli) struct Variables {
    /// A variable that is not secret. May be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    open: Vec<(String, String)>,
    /// A secret: asked for without echo, or read from a file (NAME=@FILE), a variable (NAME=env:VARIABLE) or standard input
    /// (NAME=-). May be repeated
    #[arg(long = "secret", value_name = "NAME")]
    secrets: Vec<String>,
}

/// Creates an account, with the checks of POST /integrated-account
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise account create acme --tenant customer-1 --secret api_token
  mortise account create acme --tenant customer-1 --set site=eu3 --secret api_token=@/run/secrets/acme
  pass show acme | mortise account create acme --tenant customer-1 --secret api_token=- --json

`mortise integration show acme` lists the variables. The integration must be granted.")]
pub(in crate::cli) struct Create {
    /// The integration
    #[arg(value_name = "INTEGRATION")]
    integration: String,
    /// Your own id for the customer
    #[arg(long, value_name = "TENANT")]
    tenant: String,
    #[command(flatten)]
    variables: Variables,
    /// Which of the integration's ways to authenticate: bearer, basic, … [default: the first whose variables are all
    /// there]
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// Refuse every write that is not a dry run
    #[arg(long)]
    sandbox: bool,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Create {
    pub(in crate::cli::account) async fn run(self) -> Result<()> {
        let create = async |config: &Config, accounts: &Accounts| {
            let generation = loaded(config, &self.integration).await?;
            let mut members = Map::new();
            members.insert("integration".to_owned(), self.integration.into());
            members.insert("tenant_id".to_owned(), self.tenant.into());
            members.extend(self.method.map(|method| ("authentication_method".to_owned(), method.into())));
            members.insert("is_sandbox".to_owned(), self.sandbox.into());
            let context = self.variables.read(&generation, &[]).await?;
            members.insert("context".to_owned(), context.into());
            let application = match onboarding::named(&members, None) {
                Some((integration, tenant)) => accounts.applications().for_account(integration, tenant).await?,
                None => None,
            };
            let new = onboarding::new_account(members, None, application.as_ref(), None, |_| Some(generation.clone()))
                .map_err(|failures| refused(&failures, &generation))?;
            Ok((accounts.create(new).await?, generation))
        };
        let (account, generation) = self.config.with_vault(create).await?;
        print(&account, Some(&generation), self.json)
    }
}

/// Changes an account, with the checks of PATCH /integrated-account/{id}. What you do not name stays
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise account set 6e92a185-7953-48c8-a4aa-0a2f629a7209 --secret api_token
  mortise account set 6e92a185-7953-48c8-a4aa-0a2f629a7209 --set site=eu4 --unset folder --sandbox true
  mortise account set 6e92a185-7953-48c8-a4aa-0a2f629a7209 --status active

New credentials make an account active again. If the vendor refused the validation of the account, so does any change of a
variable or of the method; `mortise account check` asks the vendor again.")]
pub(in crate::cli) struct Set {
    /// The account
    id: Uuid,
    /// Moves it to another tenant
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    #[command(flatten)]
    variables: Variables,
    /// Removes a variable, secret or not. May be repeated
    #[arg(long, value_name = "NAME")]
    unset: Vec<String>,
    /// Which of the integration's ways to authenticate: bearer, basic, …
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// Whether every write that is not a dry run is refused
    #[arg(long, value_name = "true|false")]
    sandbox: Option<bool>,
    /// active or needs_reauth
    #[arg(long)]
    status: Option<Status>,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Set {
    pub(in crate::cli::account) async fn run(self) -> Result<()> {
        let (id, json) = (self.id, self.json);
        let mut members = Map::new();
        let texts = [
            ("tenant_id", self.tenant),
            ("authentication_method", self.method),
            ("status", self.status.map(|status| status.to_string())),
        ];
        members.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text?.into()))));
        members.extend(self.sandbox.map(|sandbox| ("is_sandbox".to_owned(), sandbox.into())));
        let variables = !self.variables.is_empty() || !self.unset.is_empty();
        if members.is_empty() && !variables {
            return Err(ConfigError::Unusable("name what to change: see --help".to_owned()).into());
        }
        let set = async |config: &Config, accounts: &Accounts| {
            let account = find(accounts, id).await?;
            let mut generation = None;
            if variables || members.contains_key("authentication_method") {
                let loaded = loaded(config, &account.integration).await?;
                if variables {
                    members.insert("context".to_owned(), self.variables.read(&loaded, &self.unset).await?.into());
                }
                generation = Some(loaded);
            }
            let account = change(accounts, &account, members, generation.as_ref()).await?;
            Ok((account, generation))
        };
        let (account, generation) = self.config.with_vault(set).await?;
        print(&account, generation.as_deref(), json)
    }
}

/// Checks the change of an account and stores it.
async fn change(
    accounts: &Accounts,
    account: &Account,
    members: Map<String, Value>,
    generation: Option<&Arc<Generation>>,
) -> Result<Account> {
    let application = accounts.applications().for_account(&account.integration, &account.tenant_id).await?;
    let change = match onboarding::change(members, account, application.as_ref(), |_| generation.cloned()) {
        Ok(change) => change,
        Err(ChangeRefusal::Invalid(failures)) => return Err(refused(&failures, generation).into()),
        Err(ChangeRefusal::NotLoaded) => bail!("integration {} is not loaded", account.integration),
    };
    let changed = accounts.update(account.id, None, change).await?;
    changed.with_context(|| format!("there is no account {}", account.id))
}

impl Variables {
    fn is_empty(&self) -> bool {
        self.open.is_empty() && self.secrets.is_empty()
    }

    /// The `context` of a request. A variable of `unset` becomes null.
    pub(in crate::cli) async fn read(self, generation: &Generation, unset: &[String]) -> Result<Map<String, Value>> {
        let usage = |message: String| anyhow::Error::from(ConfigError::Unusable(message));
        // This reads the argument itself, because clap's errors would repeat a wrong value.
        let secrets: Vec<SecretArg> = self
            .secrets
            .iter()
            .map(|secret| secret.parse())
            .collect::<Result<_, _>>()
            .map_err(|message: String| usage(format!("--secret: {message}")))?;
        let mut names = BTreeSet::new();
        let all = self.open.iter().map(|(name, _)| name).chain(secrets.iter().map(|s| &s.name)).chain(unset);
        if let Some(twice) = all.into_iter().find(|name| !names.insert(name.as_str())) {
            return Err(usage(format!("the variable {twice} is named more than once")));
        }
        if secrets.iter().filter(|secret| secret.takes_stdin()).count() > 1 {
            return Err(usage("only one secret can be read from standard input".to_owned()));
        }
        let declared = |name: &str| generation.capabilities.variable(name);
        if let Some((name, _)) = self.open.iter().find(|(name, _)| declared(name).is_some_and(|v| v.secret)) {
            let message = format!("{name} is a secret: use --secret {name}, for arguments are visible to other users");
            return Err(usage(message));
        }
        let mut context = Map::new();
        for (name, value) in self.open {
            context.insert(name, value.into());
        }
        for secret in secrets {
            let value = secret.read().await?;
            context.insert(secret.name, Value::String(value.as_str().to_owned()));
        }
        for name in unset {
            context.insert(name.clone(), Value::Null);
        }
        Ok(context)
    }
}

/// The generation that a host with this configuration would serve.
pub(in crate::cli) async fn loaded(config: &Config, slug: &str) -> Result<Arc<Generation>> {
    let registry = App::integrations(config, Some(slug)).await?;
    let status = registry.status(slug).with_context(|| {
        let file = config.plugins_dir.join(format!("{slug}.wasm"));
        format!("there is no integration {slug}: {} does not exist", file.display())
    })?;
    match status.generation {
        Some(generation) => Ok(generation),
        None => bail!("integration {slug} is not loaded: {}", status.reason.unwrap_or_default()),
    }
}

/// Replaces the names of the API's members in a message by those of the flags.
pub(in crate::cli) fn refused<'a>(
    failures: &Failures,
    generation: impl Into<Option<&'a Arc<Generation>>>,
) -> ConfigError {
    let generation = generation.into();
    let flag = |path: &str| match path {
        "tenant_id" => "--tenant".to_owned(),
        "authentication_method" => "--method".to_owned(),
        "client_id" => "--client-id".to_owned(),
        "client_secret" => "--secret client_secret".to_owned(),
        "scopes" => "--scope".to_owned(),
        "redirect_url" => "--redirect-url".to_owned(),
        "target_url" => "the URL".to_owned(),
        "event_types" => "--event".to_owned(),
        _ => match path.strip_prefix("context.") {
            Some(name) => {
                let variable = generation.and_then(|generation| generation.capabilities.variable(name));
                format!("{} {name}", if variable.is_some_and(|v| v.secret) { "--secret" } else { "--set" })
            }
            None => path.to_owned(),
        },
    };
    let lines: Vec<_> = failures
        .entries()
        .map(|failure| match failure.message.strip_prefix(failure.path.as_str()) {
            Some(rule) => format!("{}{rule}", flag(&failure.path)),
            None => failure.message.clone(),
        })
        .collect();
    ConfigError::Unusable(lines.join("\n"))
}
