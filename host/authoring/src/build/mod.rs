//! Sources to components. The tools of each language build [`Project`]s, and each component is put where
//! [`Profile::component`] says.
//!
//! Everything is under `target/plugins` of the checkout or the project, apart from any other build. The two builds
//! therefore never wait for each other's lock or spoil each other's cache. The same sources, tools and SDK make the
//! same bytes wherever the project is.

mod javascript;
mod made;
mod python;
mod rust;
mod shared;
mod tool;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use mortise_files as files;
use mortise_policy::grant::digest;
use mortise_terminal::progress::Progress;
use serde::Serialize;
use thiserror::Error;
use wasmparser::BinaryReader;

pub use self::rust::examples;
use crate::project::{Language, Project, components_dir};
use crate::scaffold::sdk;

/// The identifier of custom sections, in components as in modules.
const CUSTOM_SECTION: u8 = 0;

/// The purpose of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// For shipping: small, without function names and debug information.
    Release,
    /// For development: built fast, with the function names that back traces show. It is beside the component for
    /// shipping, which may be granted and serving.
    Dev,
}

impl Profile {
    /// Where a build puts the component of a project.
    pub fn component(self, project: &Project) -> PathBuf {
        match self {
            Self::Release => project.component(),
            Self::Dev => project.dev_component(),
        }
    }
}

/// A component on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuiltComponent {
    /// The integration's slug, or an example's name.
    pub slug: String,
    /// `<slug>.wasm`, absolute if the project's path was.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal: what an operator grants.
    pub digest: String,
}

/// A tool ran and made no component.
#[derive(Debug, Error)]
#[error("{tool} failed in {}:\n{said}", dir.display())]
pub struct BuildFailed {
    /// The tool.
    pub tool: &'static str,
    /// The folder in which it ran.
    pub dir: PathBuf,
    /// Its whole output.
    pub said: String,
}

/// Builds these projects, and returns their components in the order of the projects. It does not build again what is
/// unchanged. If a component has the same bytes as before, its file is not touched; otherwise it is replaced whole.
/// Blocks while the compilers run.
///
/// # Errors
/// A missing tool, with the command that installs it, and a failed build with the compiler's whole output. Components
/// of projects that were built before are then in place.
pub fn projects(projects: &[Project], profile: Profile) -> Result<Vec<BuiltComponent>> {
    projects.iter().try_for_each(look_for_sdk)?;
    let progress = Progress::start("building", Some(projects.len()));
    // Cargo builds the members of a checkout at once.
    let mut workspaces = BTreeMap::<_, Vec<&Project>>::new();
    for project in projects.iter().filter(|project| project.language == Language::Rust) {
        workspaces.entry(project.base()).or_default().push(project);
    }
    let mut built = BTreeMap::new();
    for (base, members) in workspaces {
        for (project, wasm) in members.iter().zip(rust::build(base, &members, profile, &progress)?) {
            built.insert(&project.root, put_component(project, profile, &wasm)?);
        }
    }
    for project in projects {
        let wasm = match project.language {
            Language::Rust => continue,
            Language::JavaScript => javascript::build(project, &progress)?,
            Language::Python => python::build(project, &progress)?,
        };
        built.insert(&project.root, put_component(project, profile, &wasm)?);
        progress.done(&project.slug);
    }
    Ok(projects.iter().filter_map(|project| built.remove(&project.root)).collect())
}

/// Builds all integrations of a checkout for shipping, and removes components whose sources are gone.
///
/// # Errors
/// As [`projects`], and if there is no integration.
pub fn plugins(checkout: &Path) -> Result<Vec<BuiltComponent>> {
    let found = Project::find(&[checkout.to_owned()])?;
    let built = projects(&found, Profile::Release)?;
    remove_stale(&components_dir(checkout), &built)?;
    Ok(built)
}

/// An error if a project's SDK is missing, or is not of this version.
fn look_for_sdk(project: &Project) -> Result<()> {
    let (slug, ours) = (&project.slug, sdk::VERSION);
    match sdk::version(project) {
        None if sdk::is_own(project) => {
            bail!("the SDK of {slug} is missing: run `mortise sdk` in {}", project.root.display())
        }
        Some(version) if version != ours => {
            tracing::warn!("{slug} is built with the SDK {version} of its .mortise/sdk: `mortise sdk` brings {ours}");
        }
        _ => {}
    }
    Ok(())
}

/// Shows the current step of a project's build.
fn progress_of(progress: &Progress, project: &Project, what: &str) {
    progress.now(format!("{}: {what}", project.slug));
}

fn put_component(project: &Project, profile: Profile, wasm: &Path) -> Result<BuiltComponent> {
    let mut bytes = fs::read(wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    if profile == Profile::Release {
        bytes = without_names(&bytes).with_context(|| format!("{} is not a component", wasm.display()))?;
    }
    let path = profile.component(project);
    put(&open_dir(path.parent().unwrap_or(&project.root))?, &project.slug, &bytes, path)
}

/// The component without the names of its parts that a linker added, which no language's tool leaves out.
fn without_names(component: &[u8]) -> wasmparser::Result<Vec<u8>> {
    let mut reader = BinaryReader::new(component, 0);
    let mut kept = reader.read_bytes(8)?.to_vec();
    while !reader.eof() {
        let start = reader.original_position();
        let (id, length) = (reader.read_u8()?, reader.read_var_u32()?);
        let content = reader.read_bytes(length as usize)?;
        let is_names = id == CUSTOM_SECTION && BinaryReader::new(content, 0).read_string()? == "component-name";
        if !is_names {
            kept.extend(component.get(start..reader.original_position()).unwrap_or_default());
        }
    }
    Ok(kept)
}

/// Writes the component of that slug to `path` in `dir` if its bytes are new, so that an unchanged one keeps its time
/// of change.
fn put(dir: &Dir, slug: &str, bytes: &[u8], path: PathBuf) -> Result<BuiltComponent> {
    let name = format!("{slug}.wasm");
    if files::read_in(dir, &name, bytes.len() as u64).ok().as_deref() != Some(bytes) {
        files::write_atomic(dir, &name, bytes, 0o644).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let digest = digest(bytes);
    Ok(BuiltComponent { slug: slug.to_owned(), path, bytes: bytes.len() as u64, digest })
}

fn open_dir(path: &Path) -> Result<Dir> {
    Dir::create_ambient_dir_all(path, ambient_authority())
        .and_then(|()| Dir::open_ambient_dir(path, ambient_authority()))
        .with_context(|| format!("cannot open {}", path.display()))
}

fn remove_stale(out: &Path, built: &[BuiltComponent]) -> Result<()> {
    let dir = open_dir(out)?;
    for entry in dir.entries()? {
        let name = entry?.file_name();
        let name = Path::new(&name);
        let stale = name.extension().is_some_and(|e| e == "wasm") && !built.iter().any(|b| b.path.ends_with(name));
        if stale {
            dir.remove_file(name).with_context(|| format!("cannot remove {}", name.display()))?;
        }
    }
    Ok(())
}
