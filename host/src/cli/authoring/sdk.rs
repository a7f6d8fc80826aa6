//! `mortise sdk`: brings the SDK in a project to this version.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use mortise_authoring::project::Project;
use mortise_authoring::scaffold::sdk;

use crate::cli::output::print_line;

/// Brings the SDK of integrations, in .mortise/sdk, to the version of this command
///
/// `mortise new` puts it there, so that a project builds from its own files. The command overwrites what was changed in
/// it, and adds it if it is missing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise sdk
  mortise sdk ~/integrations/acme

Then build and test with `mortise test`. docs/contract.md says which hosts load the components of an SDK.")]
pub(in crate::cli) struct Sdk {
    /// Folders of integrations [default: that of the working directory]
    #[arg(value_name = "DIR")]
    dirs: Vec<PathBuf>,
}

impl Sdk {
    pub(super) fn run(self) -> Result<()> {
        for project in Project::find(&self.dirs)? {
            let before = sdk::update(&project)?;
            let before = before.map(|version| format!(", was {version}")).unwrap_or_default();
            print_line(&format!("{}: SDK {}{before}", project.slug, sdk::VERSION))?;
        }
        Ok(())
    }
}
