//! `mortise dev`: a host that follows its author.

mod event;
mod workshop;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use self::workshop::Workshop;
use super::block_on;
use super::local::{Cassettes, LocalArgs};
use crate::cassette;
use crate::project::Project;

/// Serves integrations on loopback and rebuilds each as its sources change, without a restart
///
/// Prints a token, the account ids and calls to try, then a line for each change: the file, the time of the build and the generation that
/// serves now, or the compiler's errors. What cannot be built, or cannot be served, leaves the last good version in place. A component
/// that is replaced by hand is loaded as well. Ends with Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise dev
  mortise dev plugins/acme --port 8080
  mortise dev --test
  mortise dev --origin acme=https://sandbox.acme.example/v1

Every answer names the generation that gave it, `mortise-generation`, and where a newer one cannot serve, why:
`mortise-generation-stale`. GET /integration/<slug> has the reason in full. What the integrations declare is granted, and every vendor is
replaced by a replaying one unless --origin names another.")]
pub(super) struct Dev {
    /// Folders of integrations; a checkout stands for all of its plugins [default: that of the working directory]
    #[arg(value_name = "DIR")]
    dirs: Vec<PathBuf>,
    #[command(flatten)]
    local: LocalArgs,
}

impl Dev {
    pub(super) fn run(self) -> Result<()> {
        let projects = Project::find(&self.dirs)?;
        let mut cassettes = Cassettes::new();
        for project in &projects {
            cassettes.insert(project.slug.clone(), cassette::load_dir(&project.cassettes())?);
        }
        let first = projects.first().context("there is no integration")?;
        let data = self.local.data(first.base().join(".mortise/dev"));
        let components = workshop::Shelf::clear(&data.join("components"))?;
        block_on(async {
            let json = self.local.json;
            let (local, listener) = self.local.start(data, components.path().to_owned(), cassettes).await?;
            let workshop = Workshop::open(projects, components, local, json)?;
            workshop.build_all().await?;
            workshop.local().announce().await?;
            tokio::select! {
                served = workshop.local().serve(listener) => served,
                ended = workshop.follow() => ended.map(|never| match never {}),
            }
        })
    }
}
