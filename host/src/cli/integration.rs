//! `mortise integration`: the integrations that a host with this configuration would serve.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use mortise_model::Level;
use serde_json::{Value, json};

use super::args::PluginArgs;
use super::output::{Json, listed, or_dash, print_json, print_line, print_members, print_table};
use super::run::block_on;
use crate::app::App;
use crate::egress::AuthScheme;
use crate::plugin::capabilities::FieldSupport;
use crate::plugin::{PluginStatus, short};

/// Integrations: the components of the plugins directory, and why one is refused
///
/// Loads them as `mortise serve` would, with the present grants, and serves nothing.
#[derive(Debug, Subcommand)]
pub(super) enum Integration {
    List(List),
    Show(Show),
}

impl Integration {
    pub(super) fn run(self) -> Result<()> {
        block_on(async {
            match self {
                Self::List(command) => command.run().await,
                Self::Show(command) => command.run().await,
            }
        })
    }
}

/// Lists the integrations and their states
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise integration list
  mortise integration list --plugins-dir /usr/lib/mortise/plugins --json")]
pub(super) struct List {
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: PluginArgs,
}

impl List {
    async fn run(self) -> Result<()> {
        let config = self.config.load()?;
        let plugins = App::integrations(&config, None).await?.list();
        if self.json.json {
            let result: Vec<Value> = plugins.iter().map(PluginStatus::to_json).collect();
            return print_json(&json!({ "result": result }));
        }
        let short = |plugin: &PluginStatus| plugin.digest.as_deref().map(|digest| short(digest).to_owned());
        print_table(
            &["SLUG", "STATE", "EVIDENCE", "DIGEST", "REASON"],
            plugins.iter().map(|plugin| {
                let evidence = plugin.generation.as_ref().and_then(|generation| generation.capabilities.evidence);
                [
                    plugin.slug.clone(),
                    plugin.state.to_string(),
                    or_dash(evidence.map(|evidence| evidence.kind.as_str().to_owned())),
                    or_dash(short(plugin)),
                    or_dash(plugin.reason.clone()),
                ]
            }),
        )
    }
}

/// Shows what an integration declares: its origins, variables and fields
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise integration show acme
  mortise integration show acme --json")]
pub(super) struct Show {
    /// The integration
    slug: String,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: PluginArgs,
}

impl Show {
    async fn run(self) -> Result<()> {
        let config = self.config.load()?;
        let registry = App::integrations(&config, Some(&self.slug)).await?;
        let Some(plugin) = registry.status(&self.slug) else {
            bail!("there is no integration {} in {}", self.slug, config.plugins_dir.display());
        };
        let capabilities = plugin.generation.as_ref().map(|generation| &generation.capabilities);
        if self.json.json {
            let mut shown = plugin.to_json();
            if let Some(members) = shown.as_object_mut() {
                members.insert("capabilities".to_owned(), serde_json::to_value(capabilities)?);
            }
            return print_json(&shown);
        }
        print_members([
            ("slug", Some(plugin.slug.clone())),
            ("label", capabilities.map(|c| c.label.clone())),
            ("state", Some(plugin.state.to_string())),
            ("reason", plugin.reason.clone()),
            ("digest", plugin.digest.clone()),
            ("sdk", plugin.generation.as_ref().and_then(|generation| generation.sdk_version.clone())),
            ("class", plugin.generation.as_ref().map(|generation| generation.admission.class().to_string())),
            ("evidence", capabilities.and_then(|c| c.evidence).map(|evidence| evidence.to_string())),
            ("origins", capabilities.map(|c| c.origins.join("  "))),
            ("headers", capabilities.and_then(|c| listed(&c.headers))),
            (
                "passthrough",
                plugin.generation.as_ref().map(|_| if plugin.passthrough { "on" } else { "off" }.to_owned()),
            ),
            ("accounts are checked by", capabilities.and_then(|c| c.asks_accounts_by()).map(|probe| probe.to_string())),
            ("methods", capabilities.map(|c| c.auth.iter().map(AuthScheme::method).collect::<Vec<_>>().join(", "))),
        ])?;
        let Some(capabilities) = capabilities else { return Ok(()) };
        print_line("")?;
        print_table(
            &["VARIABLE", "REQUIRED", "SECRET", "DEFAULT", "VALUES", "LABEL"],
            capabilities.variables.iter().map(|v| {
                let mark = |holds: bool| or_dash(holds.then_some("yes"));
                let values = or_dash((!v.values.is_empty()).then(|| v.values.join(", ")));
                let default = or_dash(v.default.clone());
                [v.name.clone(), mark(v.required), mark(v.secret), default, values, v.label.clone()]
            }),
        )?;
        print_line("")?;
        print_table(
            &["CATEGORY", "OPERATION", "REQUIRED", "WRITABLE", "IGNORED"],
            capabilities.operations.iter().map(|o| {
                let of = |level| names(o.query.iter().chain(&o.request), level);
                [o.category.to_string(), o.title(), of(Level::Required), of(Level::Writable), of(Level::Ignored)]
            }),
        )
    }
}

fn names<'a>(fields: impl Iterator<Item = &'a FieldSupport>, level: Level) -> String {
    let names: Vec<_> = fields.filter(|f| f.level == level).map(|f| f.field.as_str()).collect();
    or_dash((!names.is_empty()).then(|| names.join(", ")))
}
