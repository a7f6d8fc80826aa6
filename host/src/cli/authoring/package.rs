//! `mortise package`: packs an integration for shipping.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use mortise_authoring::build::{self, Profile};
use mortise_authoring::project::Project;
use mortise_files as files;
use serde_json::json;

use super::check::Review;
use crate::cli::args::DataArgs;
use crate::cli::output::{Json, print_json, print_line};
use crate::cli::run::block_on;
use crate::config::{Config, ConfigError};
use crate::package;

/// Packs an integration with its licence, its origins and the list of its parts (SBOM), to push or copy
///
/// The package is a folder that registries' tools read (OCI image layout). The same component makes the same bytes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise package
  mortise package plugins/acme --out acme-1.2.0
  mortise push acme-1.2.0 oci://registry.example.com/integrations/acme:1.2.0

Builds it for release first, and refuses what a host would refuse. Version, licence, repository and documentation are those of
Cargo.toml, package.json or pyproject.toml. The package has the time of SOURCE_DATE_EPOCH, or 1970 without it.")]
pub(in crate::cli) struct Package {
    /// The folder of an integration
    #[arg(value_name = "DIR", default_value = ".", hide_default_value = true)]
    dir: PathBuf,
    /// The package [default: target/plugins/packages/<slug>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: DataArgs,
}

impl Package {
    pub(super) fn run(self) -> Result<()> {
        let config = self.config.load()?;
        let (project, package) = pack(&config, &self.dir)?;
        let out = self.out.unwrap_or_else(|| project.base().join("target/plugins/packages").join(&project.slug));
        if let Some(folder) = out.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        package.write(&out)?;
        let integration = &package.integration;
        if self.json.json {
            return print_json(&json!({ "path": out, "manifest": package.digest(), "integration": integration }));
        }
        let (slug, version) = (&integration.slug, &integration.version);
        Ok(print_line(&format!("{slug} {version}  {}  {}", package.digest(), out.display()))?)
    }
}

/// The package of a project, built for release now, if a host would load the component. An earlier component may be
/// older than its sources.
pub(super) fn pack(config: &Config, dir: &Path) -> Result<(Project, package::Package)> {
    let project = Project::open(dir).map_err(|error| ConfigError::Unusable(error.to_string()))?;
    build::projects(std::slice::from_ref(&project), Profile::Release)?;
    let path = project.component();
    let candidate = block_on(Review::of_project(config, &project))?.accepted()?;
    let wasm = files::read(&path, config.limits.largest_component() as u64)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let package = package::Package::pack(&project, &candidate, wasm)?;
    Ok((project, package))
}
