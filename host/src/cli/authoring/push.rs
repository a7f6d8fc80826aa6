//! `mortise push`: puts a package into a registry.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::package::pack;
use crate::cli::args::DataArgs;
use crate::cli::output::{Json, print_json, print_line};
use crate::cli::run::block_on;
use crate::package::{Package, Registry};

/// Puts a package into a registry, for `mortise pull` and other tools for Wasm artifacts
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise push plugins/acme oci://registry.example.com/integrations/acme:1.2.0
  mortise push target/plugins/packages/acme oci://127.0.0.1:5000/acme:1.2.0

Builds and packs a folder of an integration first, for release. Credentials: MORTISE_REGISTRY_USER and
MORTISE_REGISTRY_PASSWORD for the registry that MORTISE_REGISTRY names (host[:port]), or those of `docker login`. Plain HTTP is
only for registries on this machine. After 15 minutes it gives up.")]
pub(in crate::cli) struct Push {
    /// The output of `mortise package`, or the folder of an integration
    #[arg(value_name = "PACKAGE|DIR")]
    package: PathBuf,
    /// The target: oci://<registry>/<repository>:<tag>
    #[arg(value_name = "REFERENCE")]
    reference: String,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: DataArgs,
}

impl Push {
    pub(super) fn run(self) -> Result<()> {
        let config = self.config.load()?;
        let registry = Registry::open(&self.reference, &config.egress)?;
        let package =
            if Package::is_at(&self.package) { Package::read(&self.package)? } else { pack(&config, &self.package)?.1 };
        block_on(registry.push(&package))?;
        if self.json.json {
            let integration = &package.integration;
            let pushed = json!({
                "reference": self.reference, "manifest": package.digest(), "integration": integration,
            });
            return print_json(&pushed);
        }
        let integration = &package.integration;
        let (slug, version) = (&integration.slug, &integration.version);
        Ok(print_line(&format!("pushed {slug} {version} to {} ({})", self.reference, package.digest()))?)
    }
}
