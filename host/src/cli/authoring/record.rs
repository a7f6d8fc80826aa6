//! `mortise record`: makes one call to the live vendor and keeps it as a cassette.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use clap::Args;
use mortise_authoring::build::{self, Profile};
use mortise_authoring::project::Project;
use mortise_model::{Category, Operation};
use mortise_policy::origin::Origin;
use mortise_terminal::plain;
use serde_json::{Map, Value, json};

use crate::cassette::record::{Kind, Recorder, Recording, Replaced, Wanted};
use crate::cassette::{self, Replay};
use crate::cli::account::{Variables, refused};
use crate::cli::args::{ConfigFile, pair};
use crate::cli::call::body;
use crate::cli::output::{Json, print_json, print_line};
use crate::cli::run::block_on;
use crate::config::{ConfigError, EgressConfig};
use crate::onboarding;

/// Makes one unified call to the live vendor and keeps it as a cassette
///
/// The call goes through the whole host, which signs it. The cassette is written from what the host recorded before it
/// signed. Secrets become placeholders. Names, e-mail addresses, telephone numbers, pictures, ids and the like become
/// invented ones, the same everywhere. They are found by the names of members: look at the file before you publish it.
/// docs/cassettes.md says what is left. The vendor is reached as the configuration says (`egress.proxy`,
/// `egress.ca_file`). The cassette is then played once; if it does not pass, the command prints the difference and the
/// exit status is 1.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise record plugins/acme --operation create-user --category ticketing --name create-agent --secret api_token --data @user.json
  mortise record --operation update-user --category crm --id 17 --name update-title --set site=eu3 \\
    --secret api_token=env:ACME_TOKEN --data '{\"title\": \"Engineer\"}'
  mortise record --operation create-user --category ticketing --name create-agent --secret api_token=@token \\
    --origin https://sandbox.acme.example/v1 --data @user.json --force
  mortise record --operation list-users --category ticketing --name list-first-page --secret api_token --param limit=2
  mortise record --operation list-users --category ticketing --name list-second-page --secret api_token --param limit=2 --cursor 2
  mortise record --operation delete-user --category ticketing --id 17 --name delete --secret api_token

The vendor carries out the call: use a test account.")]
pub(in crate::cli) struct Record {
    /// The integration's folder [default: the working directory]
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// create-user, update-user, get-user, list-users or delete-user
    #[arg(long)]
    operation: Operation,
    /// ticketing, user-directory or crm
    #[arg(long)]
    category: Category,
    /// The cassette's name: cassettes/NAME.json
    #[arg(long, value_name = "NAME", value_parser = file_name)]
    name: String,
    /// What it shows, for its readers [default: operation and category]
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The vendor's id of the user, for operations on one user
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// The user as JSON, to create or to update one: the text itself, @FILE, or - for standard input
    #[arg(long, value_name = "JSON")]
    data: Option<String>,
    /// Where a list continues: the vendor's cursor as the integration writes it, which its next request sends
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
    /// A unified query parameter, such as organization_id=9001. May be repeated
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = pair)]
    params: Vec<(String, String)>,
    #[command(flatten)]
    variables: Variables,
    /// Which of the integration's ways to authenticate [default: the first whose variables are all there]
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// Reach the vendor at another base URL than the declared ones: a sandbox, a test server
    #[arg(long, value_name = "URL")]
    origin: Option<String>,
    /// A value that looks personal and must stay, such as a word that is a name and a role. May be repeated
    #[arg(long, value_name = "VALUE")]
    keep: Vec<String>,
    /// Replace a cassette of that name
    #[arg(long)]
    force: bool,
    /// Use the component of the last build
    #[arg(long)]
    no_build: bool,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigFile,
}

/// A cassette's name, which is also that of its file.
fn file_name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let ok = !text.is_empty() && text.len() <= 100 && text.chars().all(fits) && !text.starts_with('-');
    if ok { Ok(text.to_owned()) } else { Err("expected lower-case letters, digits and hyphens".to_owned()) }
}

impl Record {
    pub(super) fn run(self) -> Result<()> {
        let egress = self.config.load()?.egress;
        let usage = |message: &str| anyhow!(ConfigError::Unusable(message.to_owned()));
        let operation = self.operation;
        if operation.has_id() != self.id.is_some() {
            return Err(usage("--id belongs to operations on one user, which need it"));
        }
        if operation.has_body() != self.data.is_some() {
            return Err(usage("--data belongs to create-user and update-user, which need it"));
        }
        if operation != Operation::ListUsers && self.cursor.is_some() {
            return Err(usage("--cursor belongs to list-users"));
        }
        if let Some(origin) = &self.origin {
            Origin::parse_override(origin).map_err(|error| usage(&format!("--origin: {error}")))?;
        }
        let Ok([project]) = <[Project; 1]>::try_from(Project::find(self.dir.as_slice())?) else {
            return Err(usage("a call is recorded for one integration: name its folder"));
        };
        let file = project.cassettes().join(format!("{}.json", self.name));
        if file.exists() && !self.force {
            return Err(usage(&format!("{} exists: choose another --name, or --force", file.display())));
        }
        let data = match &self.data {
            None => Map::new(),
            Some(data) => serde_json::from_slice::<Map<String, Value>>(&body(data)?)
                .map_err(|error| usage(&format!("--data: not a JSON object: {error}")))?,
        };
        if !self.no_build {
            build::projects(std::slice::from_ref(&project), Profile::Release)?;
        }
        block_on(self.record(&project, &file, data, &egress))
    }

    async fn record(
        self,
        project: &Project,
        file: &Path,
        data: Map<String, Value>,
        egress: &EgressConfig,
    ) -> Result<()> {
        let json = self.json.json;
        let how = Replay::new(project.compile_cache())?;
        let component = project.component();
        let Recording { cassette, replaced } = self.call(project, &how, data, egress).await?;
        // Through a value, so that bodies are indented like everything else.
        let mut text = serde_json::to_string_pretty(&serde_json::to_value(&cassette)?)?;
        text.push('\n');
        cassette::write(file, &text)?;
        if json {
            print_json(&json!({ "file": file, "replaced": replaced }))?;
        } else {
            print_line(&file.display().to_string())?;
            tell(&replaced);
        }
        let recorded = cassette::read(file)?;
        let report = cassette::replay(&component, &[recorded], &how).await?;
        match report.failed().next() {
            None => Ok(()),
            Some(outcome) => bail!("the cassette is written, but does not pass yet:\n{outcome}"),
        }
    }

    /// Makes the call to the vendor.
    async fn call(
        self,
        project: &Project,
        how: &Replay,
        data: Map<String, Value>,
        egress: &EgressConfig,
    ) -> Result<Recording> {
        let recorder = Recorder::start(&project.component(), how, egress, self.origin).await?;
        let generation = recorder.generation().clone();
        let mut members = Map::new();
        members.insert("integration".to_owned(), project.slug.clone().into());
        members.insert("tenant_id".to_owned(), "recording".into());
        members.extend(self.method.map(|method| ("authentication_method".to_owned(), method.into())));
        members.insert("context".to_owned(), self.variables.read(&generation, &[]).await?.into());
        let account = onboarding::new_account(members, None, None, None, |_| Some(generation.clone()))
            .map_err(|failures| refused(&failures, &generation))?;
        let replaces = generation.capabilities.auth.iter().filter_map(|scheme| scheme.exchange.as_ref());
        let replaced_credential = replaces.flat_map(|exchange| &exchange.answers).find(|answer| answer.replaces);
        let wanted = Wanted {
            description: self.description.unwrap_or_else(|| format!("{} in {}", self.operation, self.category)),
            category: self.category,
            operation: self.operation,
            id: self.id,
            query: self.params.into_iter().map(|(name, value)| (name, value.into())).collect::<BTreeMap<_, _>>(),
            cursor: self.cursor,
            body: data,
            kept: self.keep,
        };
        let recording = recorder.record(wanted, account).await;
        recorder.end().await;
        if let Some(answer) = replaced_credential {
            eprintln!(
                "note: a sign-in may have replaced {}: the value that you gave may no longer be valid",
                answer.name
            );
        }
        recording
    }
}

/// Tells the author which values became placeholders, and which kinds of values never do.
fn tell(replaced: &[Replaced]) {
    for one in replaced {
        let value = if one.kind == Kind::Secret { format!("secret {}", one.value) } else { one.value.clone() };
        eprintln!("replaced: {} -> {}", plain(&value), plain(&one.placeholder));
    }
    eprintln!(
        "look at the file before you publish it. Not replaced: what free text alone says, short ids, numbers and secrets, \
         towns and postal codes, companies, variables that are not secret, and whatever stands under a name that says nothing"
    );
}
