//! `mortise grant`: the operator's consent to a plugin's origins, headers and signing.

use std::fmt::Write as _;

use anyhow::Result;
use clap::Args;
use mortise_policy::grant::Grant as Granted;
use serde_json::json;

use super::args::PluginArgs;
use super::output::{Json, Yes, print_json};
use super::run::block_on;
use crate::app::App;
use crate::config::Class;
use crate::egress::TokenExchange;
use crate::plugin::capabilities::Variable;
use crate::plugin::lock::Source;
use crate::plugin::{Candidate, LockFile};

/// Shows what a plugin asks for and, if you agree, lets `serve` load it
///
/// A grant is for exactly these bytes, origins and headers: grant a new build again. Whether callers may send requests
/// of their own to those origins (`/proxy/{path}`) stays as you granted it before, and is allowed at first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise grant acme
  mortise grant acme --yes
  mortise grant acme --no-passthrough
  mortise grant acme --json --yes

Reads plugins/acme.wasm (see --plugins-dir), runs it in an empty sandbox to ask what it wants, and writes mortise.lock.")]
pub(super) struct Grant {
    /// The integration, by the name of its component
    slug: String,
    /// Callers may not send requests of their own to this vendor: they may only do what the plugin does
    #[arg(long)]
    no_passthrough: bool,
    /// Callers may send requests of their own to these origins, with an account's credentials and without the plugin
    #[arg(long, conflicts_with = "no_passthrough")]
    passthrough: bool,
    #[command(flatten)]
    yes: Yes,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: PluginArgs,
}

impl Grant {
    pub(super) fn run(self) -> Result<()> {
        let chosen = self.passthrough.then_some(true).or(self.no_passthrough.then_some(false));
        let config = self.config.load()?;
        let candidate = block_on(App::candidate(&config, &self.slug))?;
        let lock = LockFile::load(&config.lock_file)?;
        let before = lock.plugins.get(&self.slug);
        let passthrough = chosen.unwrap_or_else(|| before.is_none_or(|before| before.passthrough));
        let asked = Granted { passthrough, ..candidate.asks() };
        let granted_before = before == Some(&asked);

        if self.json.json {
            let capabilities = &candidate.capabilities;
            let line = json!({
                "slug": self.slug,
                "digest": candidate.digest,
                "class": candidate.class(),
                "origins": capabilities.origins,
                "headers": capabilities.headers,
                "passthrough": passthrough,
                "variables": capabilities.variables,
                "auth": capabilities.auth,
                "limits": capabilities.limits,
                "operations": capabilities.operations,
                "probe": capabilities.probe,
                "evidence": capabilities.evidence,
                "granted_before": granted_before,
                "source": source_of(&candidate, lock.sources.get(&self.slug)),
            });
            print_json(&line)?;
        } else {
            eprint!("{}", request(&candidate, before, lock.sources.get(&self.slug))?);
            eprintln!("  passthrough {}", passthrough_words(passthrough, before));
        }
        if granted_before {
            eprintln!("{} is granted already: nothing changes", self.slug);
            return Ok(());
        }
        let headers = if asked.headers.is_empty() { "" } else { " and set these headers" };
        self.yes.or_ask(&format!("Let {} reach these origins{headers} with its accounts' credentials?", self.slug))?;
        // Other grants may have been given while the operator decided about this one.
        LockFile::update(&config.lock_file, |lock| drop(lock.plugins.insert(self.slug.clone(), asked)))?;
        eprintln!("granted {} in {}", self.slug, config.lock_file.display());
        Ok(())
    }
}

/// Whether callers may send requests of their own, and the difference to the earlier grant.
fn passthrough_words(passthrough: bool, before: Option<&Granted>) -> String {
    let words = if passthrough { "callers may send requests of their own" } else { "off" };
    let is_new = before.is_some_and(|before| before.passthrough != passthrough);
    format!("{words}{}", if is_new { "  (new)" } else { "" })
}

/// Where the component was pulled from, unless another one has replaced it since.
fn source_of<'a>(candidate: &Candidate, source: Option<&'a Source>) -> Option<&'a Source> {
    source.filter(|source| source.digest == candidate.digest)
}

/// The text that a person reads before the decision.
pub(super) fn request(candidate: &Candidate, before: Option<&Granted>, source: Option<&Source>) -> Result<String> {
    let capabilities = &candidate.capabilities;
    let mut text = format!("{} ({})\n  digest      {}\n", capabilities.label, capabilities.slug, candidate.digest);
    if let Some(before) = before.filter(|b| b.digest != candidate.digest) {
        writeln!(text, "  was         {}", before.digest)?;
    }
    if let Some(source) = source_of(candidate, source) {
        writeln!(text, "  from        {} ({})", source.reference, source.manifest)?;
    }
    if candidate.class() != Class::Ordinary {
        writeln!(text, "  class       {}: it has the limits of its class", candidate.class())?;
    }
    if let Some(evidence) = &capabilities.evidence {
        writeln!(text, "  evidence    {evidence}")?;
    }
    asked(&mut text, "origin", &capabilities.origins, before.map(|before| &before.origins))?;
    asked(&mut text, "header", &capabilities.headers, before.map(|before| &before.headers))?;
    for declared in &capabilities.variables {
        variable(&mut text, declared)?;
    }
    for scheme in &capabilities.auth {
        for (name, template) in &scheme.params {
            let at = scheme.origins.join(" ");
            let at = if at.is_empty() { at } else { format!("  (at {at} alone)") };
            writeln!(text, "  signs       {} {name}: {template}{at}", scheme.kind.as_str())?;
        }
        if let Some(exchange) = &scheme.exchange {
            token_exchange(&mut text, exchange, scheme.sign_in().is_some())?;
        }
    }
    for limit in &capabilities.limits {
        writeln!(text, "  limit       {} requests in {} s for each account", limit.requests, limit.seconds)?;
    }
    for operation in &capabilities.operations {
        writeln!(text, "  operation   {} {}", operation.category, operation.operation)?;
    }
    if let Some(target) = &capabilities.probe {
        writeln!(text, "  probe       GET {target}")?;
    }
    Ok(text)
}

/// The origins and headers that are granted, one a line, and how that differs from the grant before.
fn asked(text: &mut String, what: &str, asked: &[String], before: Option<&Vec<String>>) -> std::fmt::Result {
    for entry in asked {
        let is_new = before.is_some_and(|before| !before.contains(entry));
        writeln!(text, "  {what:<11} {entry}{}", if is_new { "  (new)" } else { "" })?;
    }
    for entry in before.into_iter().flatten().filter(|entry| !asked.contains(entry)) {
        writeln!(text, "  {what:<11} {entry}  (no longer asked for)")?;
    }
    Ok(())
}

/// One variable of an account, with what a form says of it.
fn variable(text: &mut String, variable: &Variable) -> std::fmt::Result {
    let mut marks = vec![if variable.required { "required" } else { "optional" }];
    if variable.secret {
        marks.push(if variable.shown { "secret, but shown in forms" } else { "secret" });
    }
    writeln!(text, "  variable    {}: {} ({})", variable.name, variable.label, marks.join(", "))?;
    if let Some(help) = &variable.help {
        writeln!(text, "    help      {help}")?;
    }
    if !variable.values.is_empty() {
        writeln!(text, "    values    {}", variable.values.join(", "))?;
    }
    Ok(())
}

/// The request by which the host gets a token, and the parts of the answer that it keeps.
fn token_exchange(text: &mut String, exchange: &TokenExchange, is_repeated: bool) -> std::fmt::Result {
    let method = exchange.method.as_str().to_ascii_uppercase();
    let what = if is_repeated { "signs in" } else { "trades code" };
    writeln!(text, "  {what:<11} {}: {method} {}", exchange.kind.as_str(), exchange.url)?;
    if let Some((user, password)) = &exchange.basic {
        writeln!(text, "    basic     {user}:{password}")?;
    }
    for (name, template) in &exchange.headers {
        writeln!(text, "    header    {name}: {template}")?;
    }
    for (name, template) in &exchange.fields {
        writeln!(text, "    {:<9} {name}: {template}", exchange.encoding.as_str())?;
    }
    if let Some(authorization) = &exchange.authorization {
        writeln!(text, "    consents  people are sent to {}", authorization.url)?;
    }
    for answer in &exchange.answers {
        let kind = match (answer.replaces, answer.secret) {
            (true, _) => "replaces the account's",
            (false, true) => "secret",
            (false, false) => "shown to the plugin",
        };
        writeln!(text, "    answer    {}: {} ({kind})", answer.name, answer.pointer)?;
    }
    Ok(())
}
