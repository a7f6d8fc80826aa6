//! `mortise docs`: writes the declaration of an integration into its page of documentation.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use clap::Args;
use mortise_authoring::build::{self, Profile};
use mortise_authoring::project::{self, Project};
use mortise_files::write_atomic;
use mortise_terminal::progress::Progress;

use super::check::Review;
use crate::cli::args::DataArgs;
use crate::cli::output::{Json, print_json, print_line};
use crate::cli::run::block_on;
use crate::config::ConfigError;
use crate::plugin::Capabilities;
use crate::reference::{index, markdown, prose};

/// The marks before and after the generated part of a page, each on a line of its own.
const BEGIN: &str = "<!-- generated: mortise docs -->";
const END: &str = "<!-- end of generated -->";

/// Writes what an integration declares into its page: origins, signing, variables, and the fields of each operation
///
/// The page is docs/integrations/<slug>.md of a checkout, which the command makes if it is missing, or README.md of a
/// project that stands alone. Only the text between its lines `<!-- generated: mortise docs -->` and `<!-- end of
/// generated -->` changes. Builds first. Writes nothing if one of several pages has no such lines. With all
/// integrations of a checkout, it also writes the tables of all of them in its README.md and
/// docs/integrations/README.md, if those have such lines.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise docs
  mortise docs plugins/acme plugins/zeta
  mortise docs --check

Prints the pages that it writes, or would write. Exit status: 0 done, 1 a page is out of date (--check), or cannot be read or
written, 2 a page has no place for the generated text.")]
pub(in crate::cli) struct Docs {
    /// Integrations, or a checkout with some in plugins/ [default: the working directory]
    #[arg(value_name = "DIR")]
    dirs: Vec<PathBuf>,
    /// Write nothing, and fail if a page is out of date
    #[arg(long)]
    check: bool,
    /// Read the components that were built last
    #[arg(long)]
    no_build: bool,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: DataArgs,
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
        let mut declared = Vec::new();
        for project in &projects {
            let capabilities = block_on(Review::of_project(&config, project))?.accepted()?.capabilities;
            changes.extend(Page::of(project, &capabilities)?.changed());
            declared.push(capabilities);
            progress.done(&project.slug);
        }
        if let Some(checkout) = Project::whole_checkout(&projects) {
            let all: Vec<_> = declared.iter().collect();
            for (path, part) in [
                ("README.md", index::by_name(&all, "docs/integrations/")),
                ("docs/integrations/README.md", index::by_evidence(&all)),
            ] {
                changes.extend(Page::of_all(checkout.join(path), &part)?.and_then(Page::changed));
            }
        }
        drop(progress);
        if !self.check {
            changes.iter().try_for_each(Page::write)?;
        }
        let paths: Vec<_> = changes.iter().map(|page| &page.path).collect();
        if self.json.json {
            print_json(&paths)?;
        } else {
            paths.iter().try_for_each(|path| print_line(&path.display().to_string()))?;
        }
        if self.check && !changes.is_empty() {
            bail!("{} of {} pages out of date: run `mortise docs`", changes.len(), projects.len());
        }
        Ok(())
    }
}

/// A page and its text.
struct Page {
    path: PathBuf,
    /// Its text in the file; `None` if there is no file.
    before: String,
    /// The text that it should have.
    after: String,
}

impl Page {
    fn of(project: &Project, capabilities: &Capabilities) -> Result<Self> {
        let path = project.page();
        let before = text_of(&path)?;
        let page = if before.is_empty() {
            format!("# {}\n\n{BEGIN}\n{END}\n", prose(&capabilities.label))
        } else {
            before.clone()
        };
        let after = renewed(&page, &markdown(capabilities)).ok_or_else(|| no_place(&path))?;
        Ok(Self { path, before, after })
    }

    /// A page about all integrations of a checkout; `None` if it is missing or has no place for the text.
    fn of_all(path: PathBuf, part: &str) -> Result<Option<Self>> {
        let before = text_of(&path)?;
        if !before.contains(BEGIN) && !before.contains(END) {
            return Ok(None);
        }
        let after = renewed(&before, part).ok_or_else(|| no_place(&path))?;
        Ok(Some(Self { path, before, after }))
    }

    /// The page, if it is out of date.
    fn changed(self) -> Option<Self> {
        (self.before != self.after).then_some(self)
    }

    fn write(&self) -> Result<()> {
        let write = || {
            // A symbolic link stays one, and a file keeps its permissions.
            let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
            let mode = fs::metadata(&path).map_or(0o644, |metadata| metadata.permissions().mode() & 0o777);
            let folder = path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            write_atomic(&Dir::open_ambient_dir(folder, ambient_authority())?, &name, self.after.as_bytes(), mode)
        };
        write().with_context(|| format!("cannot write {}", self.path.display()))
    }
}

fn no_place(path: &Path) -> ConfigError {
    let path = path.display();
    ConfigError::Unusable(format!(
        "{path} has no place for the generated text: add the lines `{BEGIN}` and `{END}`, each once and alone, outside of code blocks"
    ))
}

/// A page's text; `None` if there is no file.
fn text_of(path: &Path) -> Result<String> {
    match project::read_text(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        read => read.with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The page with another generated part. `None` if it does not have exactly one place for it: the two marks in their
/// order, each on a line of its own and outside of code blocks.
fn renewed(page: &str, part: &str) -> Option<String> {
    let (mut begin, mut end, mut is_code) = (None, None, false);
    let mut at = 0;
    for line in page.split_inclusive('\n') {
        match line.trim() {
            fence if fence.starts_with("```") || fence.starts_with("~~~") => is_code = !is_code,
            _ if is_code => {}
            BEGIN if begin.is_none() => begin = Some((at + line.len(), line)),
            END if end.is_none() && begin.is_some() => end = Some(at),
            BEGIN | END => return None,
            _ => {}
        }
        at += line.len();
    }
    let ((begin, mark), end) = (begin?, end?);
    // A page keeps its kind of line ends.
    let part = if mark.ends_with("\r\n") { part.replace('\n', "\r\n") } else { part.to_owned() };
    Some(format!("{}{part}{}", page.get(..begin)?, page.get(end..)?))
}
