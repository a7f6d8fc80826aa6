//! The command line, and the host's start.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use mortise_authoring::project::Project;

use super::super::cassettes;
use super::super::local::{LocalArgs, Schemes};
use super::components::ComponentFolders;
use super::rebuild::Rebuilder;
use crate::cassette::Replay;
use crate::cli::run::block_on;

/// Serves integrations on loopback and rebuilds each as its sources change, without a restart
///
/// Prints a token, an account for each auth scheme that the cassettes use, and calls to try. Then prints a line for
/// each change: the file, the time of the build and the generation that serves now, or the compiler's errors. If a
/// build fails, or a component cannot be served, the last good version stays. It also loads a component that you
/// replace by hand. Ctrl-C ends it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise dev
  mortise dev plugins/acme --port 8080
  mortise dev --test
  mortise dev --origin acme=https://sandbox.acme.example/v1

Every answer names the generation that gave it (`mortise-generation`) and, if a newer one cannot serve, the reason
(`mortise-generation-stale`). GET /integration/<slug> has the whole reason. The command grants what the integrations declare.
Each vendor replays recordings, unless --origin names another address.")]
pub(in crate::cli) struct Dev {
    /// Folders of integrations, or a checkout for all of its plugins [default: the working directory]
    #[arg(value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Play the cassettes against each new version before it serves, and keep the last good one if any fails
    #[arg(long)]
    test: bool,
    #[command(flatten)]
    local: LocalArgs,
}

impl Dev {
    pub(in crate::cli::authoring) fn run(self) -> Result<()> {
        let projects = Project::find(&self.dirs)?;
        let folders = projects.iter().map(|project| (project.slug.clone(), project.cassettes()));
        let cassettes = cassettes::readable(folders)?;
        let first = projects.first().context("there is no integration")?;
        let data = self.local.data(first.base().join(".mortise/dev"));
        let folders = ComponentFolders::clear(&data)?;
        // One compile cache for both, so that a component is compiled once.
        let test = self.test.then(|| Replay::new(data.clone())).transpose()?;
        block_on(async {
            let told = (test, self.local.json);
            let served = folders.served().to_owned();
            let (local, listener) = self.local.start(data, served, cassettes, Schemes::Each).await?;
            let rebuilder = Rebuilder::open(projects, folders, local, told)?;
            rebuilder.build_all().await?;
            rebuilder.local().announce().await?;
            tokio::select! {
                served = rebuilder.local().serve(listener) => served,
                ended = rebuilder.follow() => ended.map(|never| match never {}),
            }
        })
    }
}
