//! `mortise demo`: everything at once, against vendors that replay recordings.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use clap::Args;
use mortise_authoring::build::{self, Profile};
use mortise_authoring::project::{self, Project};
use mortise_files as files;

use super::cassettes;
use super::local::{Cassettes, LocalArgs, Schemes};
use crate::cli::run::block_on;
use crate::config::ConfigError;
use crate::plugin::Loader;

/// The folder in a release's `integrations.tar`.
const RELEASED: &str = "integrations";

/// Serves integrations on loopback, against vendors that replay recorded answers
///
/// Inside a checkout it builds the integrations first. From a release it takes the ones in `integrations.tar`, and needs no tools. Prints
/// a token, the account ids and curl lines to try, and serves until Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise demo
  mortise demo acme zeta
  mortise demo --all
  mortise demo --integrations /opt/mortise/integrations
  mortise demo --port 8080
  mortise demo --origin acme=https://sandbox.acme.example/v1
  mortise demo --json --data demo-data

It grants what the integrations declare. Credentials are placeholders. Each vendor replays recordings, unless --origin names
another address.")]
pub(in crate::cli) struct Demo {
    /// Integrations to serve, by slug [default: in a checkout the few that its Cargo.toml names, of a release all]
    #[arg(value_name = "SLUG", conflicts_with = "all")]
    slugs: Vec<String>,
    /// Serve all integrations; in a checkout this builds each of them first
    #[arg(long)]
    all: bool,
    /// Folder from a release's integrations.tar [default: the plugins of the checkout; outside of one, `integrations` beside this
    /// program]
    #[arg(long, value_name = "DIR")]
    integrations: Option<PathBuf>,
    #[command(flatten)]
    local: LocalArgs,
}

/// Integrations that are there to be served.
struct Offered {
    /// Slug and component of each.
    components: Vec<(String, PathBuf)>,
    cassettes: Cassettes,
    /// The demo's own directory, unless the command line names another.
    data: PathBuf,
}

impl Demo {
    pub(super) fn run(self) -> Result<()> {
        let here = std::env::current_dir().context("the working directory no longer exists")?;
        let wanted = Wanted { slugs: self.slugs, all: self.all };
        let offered = match (self.integrations, project::checkout(&here)) {
            (Some(folder), _) => released(&folder, &here, &wanted)?,
            (None, Some(checkout)) => built(&checkout, &wanted)?,
            (None, None) => released(&beside_this_program()?, &here, &wanted)?,
        };
        let Offered { components, cassettes, data } = offered;
        let served = served(&self.local.data(data.clone()), &components)?;
        block_on(async {
            let (local, listener) = self.local.start(data, served, cassettes, Schemes::First).await?;
            local.announce().await?;
            local.serve(listener).await
        })
    }
}

/// Which integrations the command line asks for.
struct Wanted {
    slugs: Vec<String>,
    all: bool,
}

impl Wanted {
    /// Those of these that are wanted; without an argument, the ones of `usual`.
    fn among<T>(&self, offered: Vec<T>, slug: impl Fn(&T) -> &str, usual: &[String]) -> Result<Vec<T>, ConfigError> {
        let wanted = if self.slugs.is_empty() { usual } else { &self.slugs };
        if self.all || wanted.is_empty() {
            return Ok(offered);
        }
        let there: BTreeSet<&str> = offered.iter().map(&slug).collect();
        if let Some(unknown) = wanted.iter().find(|wanted| !there.contains(wanted.as_str())) {
            return Err(ConfigError::Unusable(format!("there is no integration `{unknown}` here")));
        }
        Ok(offered.into_iter().filter(|one| wanted.iter().any(|wanted| wanted == slug(one))).collect())
    }
}

/// Integrations of a checkout, built now.
fn built(checkout: &Path, wanted: &Wanted) -> Result<Offered> {
    let projects = Project::find(&[checkout.to_owned()])?;
    let projects = wanted.among(projects, |project| &project.slug, &project::demonstrated(checkout))?;
    let built = build::projects(&projects, Profile::Release)?;
    let components: Vec<_> = built.into_iter().map(|component| (component.slug, component.path)).collect();
    let cassettes = recordings(&components, |slug| checkout.join("plugins").join(slug).join("cassettes"))?;
    Ok(Offered { components, cassettes, data: data(checkout) })
}

/// Integrations of a release: `plugins/<slug>.wasm`, and `cassettes/<slug>` with its recordings.
fn released(folder: &Path, here: &Path, wanted: &Wanted) -> Result<Offered> {
    let plugins = folder.join("plugins");
    let files = Dir::open_ambient_dir(&plugins, ambient_authority()).map_err(|error| {
        ConfigError::Unusable(format!(
            "the demo finds no integrations in {} ({error}): run it inside a clone of the repository, or unpack integrations.tar of the \
             release and name its folder with --integrations",
            folder.display()
        ))
    })?;
    let component = |file: String| Some((file.strip_suffix(Loader::EXTENSION)?.to_owned(), plugins.join(&file)));
    let components = Loader::files(&files)?.into_iter().filter_map(component).collect();
    let components = wanted.among(components, |(slug, _)| slug, &[])?;
    let cassettes = recordings(&components, |slug| folder.join("cassettes").join(slug))?;
    Ok(Offered { components, cassettes, data: data(here) })
}

fn recordings(components: &[(String, PathBuf)], folder: impl Fn(&str) -> PathBuf) -> Result<Cassettes> {
    cassettes::readable(components.iter().map(|(slug, _)| (slug.clone(), folder(slug))))
}

/// A folder of the data directory with copies of these components and no other, from which the host loads.
fn served(data: &Path, components: &[(String, PathBuf)]) -> Result<PathBuf> {
    let folder = data.join("served");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    files::create_private_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (slug, component) in components {
        let copy = folder.join(format!("{slug}{}", Loader::EXTENSION));
        files::copy(component, &copy).with_context(|| format!("cannot read {}", component.display()))?;
    }
    Ok(folder)
}

fn beside_this_program() -> Result<PathBuf> {
    let program = std::env::current_exe().context("the path of this executable is not known")?;
    Ok(program.with_file_name(RELEASED))
}

fn data(base: &Path) -> PathBuf {
    base.join(".mortise/demo")
}
