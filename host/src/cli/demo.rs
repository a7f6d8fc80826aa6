//! `mortise demo`: all plugins of a checkout, against vendors that replay recordings.

use anyhow::{Context, Result};
use clap::Args;

use super::local::{LocalArgs, Schemes};
use super::{block_on, cassettes};
use crate::config::ConfigError;
use crate::{build, project};

/// Builds the plugins of a checkout and serves them on loopback, against vendors that replay recorded answers
///
/// Prints a token, the account ids and curl lines to try, and serves until Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise demo
  mortise demo --port 8080
  mortise demo --origin acme=https://sandbox.acme.example/v1
  mortise demo --json --data demo-data

Run it inside a checkout. It grants what the plugins declare. Credentials are placeholders. Each vendor replays recordings,
unless --origin names another address.")]
pub(super) struct Demo {
    #[command(flatten)]
    local: LocalArgs,
}

impl Demo {
    pub(super) fn run(self) -> Result<()> {
        let here = std::env::current_dir().context("the working directory no longer exists")?;
        let workspace = project::checkout(&here).ok_or_else(|| {
            ConfigError::Unusable(
                "the demo builds the plugins of a checkout: run it inside a clone of the repository".to_owned(),
            )
        })?;
        let folder = |slug: &str| workspace.join("plugins").join(slug).join("cassettes");
        let built = build::plugins(&workspace)?.into_iter();
        let cassettes = cassettes::readable(built.map(|component| (component.slug.clone(), folder(&component.slug))))?;
        block_on(async {
            let data = workspace.join(".mortise/demo");
            let components = project::components_dir(&workspace);
            let (local, listener) = self.local.start(data, components, cassettes, Schemes::First).await?;
            local.announce().await?;
            local.serve(listener).await
        })
    }
}
