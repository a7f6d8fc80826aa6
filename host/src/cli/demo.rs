//! `mortise demo`: everything at once, against vendors that replay recordings.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use clap::Args;

use super::local::{Cassettes, LocalArgs, Schemes};
use super::{block_on, cassettes};
use crate::config::ConfigError;
use crate::plugin::Loader;
use crate::{build, project};

/// The folder in a release's `integrations.tar`.
const RELEASED: &str = "integrations";

/// Serves all integrations on loopback, against vendors that replay recorded answers
///
/// Inside a checkout it builds the plugins first. From a release it takes what `integrations.tar` holds, and needs no tools.
/// Prints a token, the account ids and curl lines to try, and serves until Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise demo
  mortise demo --integrations /opt/mortise/integrations
  mortise demo --port 8080
  mortise demo --origin acme=https://sandbox.acme.example/v1
  mortise demo --json --data demo-data

What the plugins declare is granted; credentials are placeholders, and every vendor is replaced by a replaying one unless
--origin names another.")]
pub(super) struct Demo {
    /// Folder from a release's integrations.tar [default: the plugins of the checkout; outside of one, `integrations` beside this
    /// program]
    #[arg(long, value_name = "DIR")]
    integrations: Option<PathBuf>,
    #[command(flatten)]
    local: LocalArgs,
}

/// What a demo serves.
struct Served {
    components: PathBuf,
    cassettes: Cassettes,
    /// Where the demo keeps its things, unless the command line says it.
    data: PathBuf,
}

impl Demo {
    pub(super) fn run(self) -> Result<()> {
        let here = std::env::current_dir().context("the working directory is gone")?;
        let served = match (self.integrations, project::checkout(&here)) {
            (Some(folder), _) => released(&folder, &here)?,
            (None, Some(checkout)) => built(&checkout)?,
            (None, None) => released(&beside_this_program()?, &here)?,
        };
        block_on(async {
            let Served { components, cassettes, data } = served;
            let (local, listener) = self.local.start(data, components, cassettes, Schemes::First).await?;
            local.announce().await?;
            local.serve(listener).await
        })
    }
}

/// The plugins of a checkout, built now.
fn built(checkout: &Path) -> Result<Served> {
    let slugs = build::plugins(checkout)?.into_iter().map(|component| component.slug);
    let cassettes = read(slugs, |slug| checkout.join("plugins").join(slug).join("cassettes"))?;
    Ok(Served { components: project::components_dir(checkout), cassettes, data: data(checkout) })
}

/// The integrations of a release: `plugins/<slug>.wasm`, and `cassettes/<slug>` with its recordings.
fn released(folder: &Path, here: &Path) -> Result<Served> {
    let components = folder.join("plugins");
    let files = Dir::open_ambient_dir(&components, ambient_authority()).map_err(|error| {
        ConfigError::Unusable(format!(
            "the demo finds no integrations in {} ({error}): run it inside a clone of the repository, or unpack integrations.tar of the \
             release and name its folder with --integrations",
            folder.display()
        ))
    })?;
    let files = Loader::files(&files)?;
    let slugs = files.iter().filter_map(|file| file.strip_suffix(Loader::EXTENSION)).map(str::to_owned);
    let cassettes = read(slugs, |slug| folder.join("cassettes").join(slug))?;
    Ok(Served { components, cassettes, data: data(here) })
}

fn read(slugs: impl Iterator<Item = String>, folder: impl Fn(&str) -> PathBuf) -> Result<Cassettes> {
    cassettes::readable(slugs.map(|slug| {
        let folder = folder(&slug);
        (slug, folder)
    }))
}

fn beside_this_program() -> Result<PathBuf> {
    let program = std::env::current_exe().context("the path of this executable is not known")?;
    Ok(program.with_file_name(RELEASED))
}

fn data(base: &Path) -> PathBuf {
    base.join(".mortise/demo")
}
