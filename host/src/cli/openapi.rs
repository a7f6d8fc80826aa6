//! `mortise openapi`: the API's description, without a host that serves.

use anyhow::Result;
use clap::Args;

use super::args::PluginArgs;
use super::output::print_json;
use super::run::block_on;
use crate::app::App;
use crate::reference::Reference;

/// Prints the OpenAPI document (3.1) that a host with this configuration serves at /openapi.json
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise openapi > openapi.json
  mortise openapi --plugins-dir /usr/lib/mortise/plugins | jq .paths

The document describes the integrations that are granted.")]
pub(super) struct OpenApi {
    #[command(flatten)]
    config: PluginArgs,
}

impl OpenApi {
    pub(super) fn run(self) -> Result<()> {
        let config = self.config.load()?;
        let registry = block_on(App::integrations(&config, None))?;
        print_json(&Reference::of(&registry.list()).openapi())
    }
}
