//! JavaScript and TypeScript to a component: `esbuild` bundles the project, and `@bytecodealliance/componentize-js`
//! adds the interpreter. Both are packages of the project, so that its lock file pins them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use mortise_terminal::progress::Progress;
use serde::Deserialize;

use super::made::Made;
use super::project_progress::progress_of;
use super::tool::{self, Work};
use crate::project::{self, Project};

/// Runs the two packages.
const SCRIPT: &str = include_str!("javascript.mjs");

/// The file in which it says what it made the component of, if it made one.
const NEXT: &str = "made.next";

/// The text by which it says that a package is not installed.
const MISSING: i32 = 3;

#[derive(Deserialize)]
struct Package {
    #[serde(default = "default_main")]
    main: String,
}

fn default_main() -> String {
    "src/index.js".to_owned()
}

/// Builds the project, and returns its component. The component is the same in every profile: its function names are
/// worth more than the bytes that they take.
///
/// # Errors
/// If Node.js or one of the packages is missing, or if the build fails, with the whole output of the tools.
pub(super) fn build(project: &Project, progress: &Progress) -> Result<PathBuf> {
    let root = project.root.as_path();
    let manifest = root.join(project.language.manifest());
    let text = project::read_text(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    let Package { main } =
        serde_json::from_str(&text).with_context(|| format!("cannot read {}", manifest.display()))?;
    ensure!(
        root.join(&main).is_file(),
        "{} is missing: it is the main module of {} (\"main\")",
        root.join(&main).display(),
        manifest.display()
    );
    let work = Work::prepare(project, "javascript")?;
    progress_of(progress, project, "bundling, and adding the interpreter");
    let mut node = Command::new("node");
    node.args(["--input-type=module", "-", &format!("./{main}")]).arg(work.root()).arg(Made::of_host(SCRIPT).finish());
    let Some(ran) = tool::run(node, root, SCRIPT)? else {
        bail!("cannot run node: install Node.js 20.6 or later, with its package manager npm");
    };
    match ran.status.code() {
        Some(0) if ran.stderr.is_empty() => {}
        Some(0) => tracing::warn!("{}: {}", project.slug, String::from_utf8_lossy(&ran.stderr).trim_end()),
        Some(MISSING) => bail!(
            "a package is missing: {}\n{}",
            tool::how_to_install(project),
            String::from_utf8_lossy(&ran.stderr).trim_end()
        ),
        _ => return Err(tool::failed("node", root, &ran).into()),
    }
    let next = work.path(NEXT);
    if next.is_file() {
        let made = fs::read_to_string(&next).with_context(|| format!("cannot read {}", next.display()))?;
        let sdk = made.lines().last().context("the build left no version of the SDK")?;
        tool::stamp(&work.component(), sdk)?;
        work.keep(&made)?;
    }
    Ok(work.component())
}
