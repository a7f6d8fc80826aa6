//! `mortise build`: builds sources to components.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use mortise_authoring::build::{self, Profile};
use mortise_authoring::project::Project;

use crate::cli::output::{Json, print_json, print_table};

/// Builds integrations to components, in every language that they are written in
///
/// Prints the slug, the size in bytes and the digest of each. Puts a component into target/plugins/components of the
/// checkout, or of the project itself if it stands alone, and with --dev into target/plugins/dev. If the bytes are the
/// same as before, the file keeps its time of change.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise build
  mortise build plugins/acme plugins/zeta
  mortise build --dev
  mortise build --json | jq -r '.[].path'

Prints a compiler's errors whole. If a tool is missing, the message has the command that installs it.")]
pub(in crate::cli) struct Build {
    /// Folders of integrations, or a checkout for all of its plugins [default: the working directory]
    #[arg(value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Build faster, and keep the names of functions for back traces. This component is beside the one that you ship
    #[arg(long)]
    dev: bool,
    #[command(flatten)]
    json: Json,
}

impl Build {
    pub(super) fn run(self) -> Result<()> {
        let projects = Project::find(&self.dirs)?;
        let built = build::projects(&projects, if self.dev { Profile::Dev } else { Profile::Release })?;
        if self.json.json {
            return print_json(&built);
        }
        print_table(&["slug", "bytes", "digest"], built.into_iter().map(|c| [c.slug, c.bytes.to_string(), c.digest]))
    }
}
