//! `mortise docs`: what an integration declares, in its page of documentation.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use clap::Args;

use super::args::ConfigArgs;
use super::check::Review;
use super::output::{Json, print_json};
use super::{block_on, print_line};
use crate::build::{self, Profile};
use crate::config::{Config, ConfigError};
use crate::files::write_atomic;
use crate::progress::Progress;
use crate::project::Project;
use crate::reference::markdown;

/// What stands before and after the generated part of a page, each on a line of its own.
const BEGIN: &str = "<!-- generated: mortise docs -->";
const END: &str = "<!-- end of generated -->";

/// Writes what an integration declares into its page: origins, signing, variables, and the fields of each operation
///
/// The page is docs/integrations/<slug>.md of a checkout, which is made where it is missing, or README.md of a project that stands
/// alone. Only what is between its lines `<!-- generated: mortise docs -->` and `<!-- end of generated -->` changes. Builds first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise docs
  mortise docs plugins/acme plugins/zeta
  mortise docs --check

Prints the pages that it writes. Exit status: 0 done, 1 with --check if a page is out of date, 2 a page has no place for it.")]
pub(super) struct Docs {
    /// Integrations, or a checkout with some in plugins/ [default: the working directory]
    #[arg(value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Write nothing, and fail if a page is not as it would be written
    #[arg(long)]
    check: bool,
    /// Read the components that were built last
    #[arg(long)]
    no_build: bool,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: ConfigArgs,
}

impl Docs {
    pub(super) fn run(self) -> Result<()> {
        let config = self.config.load()?;
        let projects = Project::find(&self.dirs)?;
        if !self.no_build {
            build::projects(&projects, Profile::Release)?;
        }
        let progress = Progress::start("reading declarations", Some(projects.len()));
        let mut changes = Vec::new();
        for project in &projects {
            changes.extend(Page::of(&config, project)?.changed());
            progress.done(&project.slug);
        }
        drop(progress);
        let paths: Vec<_> = changes.iter().map(|page| &page.path).collect();
        if self.json.json {
            print_json(&paths)?;
        } else {
            paths.iter().try_for_each(|path| print_line(&path.display().to_string()))?;
        }
        if self.check && !changes.is_empty() {
            bail!("{} of {} pages out of date: run `mortise docs`", changes.len(), projects.len());
        }
        if !self.check {
            changes.iter().try_for_each(Page::write)?;
        }
        Ok(())
    }
}

/// A page and its text.
struct Page {
    path: PathBuf,
    /// As it is in the file; nothing where there is none.
    before: String,
    /// As it is to be.
    after: String,
}

impl Page {
    fn of(config: &Config, project: &Project) -> Result<Self> {
        let component = super::check::component(&project.root)?;
        let capabilities = block_on(Review::of(config, &component))?.accepted()?.capabilities;
        let path = project.page();
        let before = match fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            read => read.with_context(|| format!("cannot read {}", path.display()))?,
        };
        let page =
            if before.is_empty() { format!("# {}\n\n{BEGIN}\n{END}\n", capabilities.label) } else { before.clone() };
        let after = renewed(&page, &markdown(&capabilities)).ok_or_else(|| {
            let path = path.display();
            ConfigError::Unusable(format!("{path} has no place for it: give it the lines `{BEGIN}` and `{END}`, once"))
        })?;
        Ok(Self { path, before, after })
    }

    /// The page, if it is not as it is to be.
    fn changed(self) -> Option<Self> {
        (self.before != self.after).then_some(self)
    }

    fn write(&self) -> Result<()> {
        let write = || {
            let folder = self.path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            let name = self.path.file_name().unwrap_or_default().to_string_lossy();
            write_atomic(&Dir::open_ambient_dir(folder, ambient_authority())?, &name, self.after.as_bytes(), 0o644)
        };
        write().with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// The page with another generated part. None where it has not exactly one place for it.
fn renewed(page: &str, part: &str) -> Option<String> {
    let (head, rest) = page.split_once(&format!("{BEGIN}\n"))?;
    let (old, tail) = rest.split_once(&format!("{END}\n"))?;
    let once = !old.contains(BEGIN) && !tail.contains(BEGIN) && !tail.contains(END);
    once.then(|| format!("{head}{BEGIN}\n{part}{END}\n{tail}"))
}
