//! Builds projects in any of the languages.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use mortise_terminal::progress::Progress;

use super::names::without_names;
use super::put::{open_dir, put};
use super::{BuiltComponent, Profile, javascript, python, rust};
use crate::project::{Language, Project, components_dir};
use crate::scaffold::sdk;

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

fn put_component(project: &Project, profile: Profile, wasm: &Path) -> Result<BuiltComponent> {
    let mut bytes = fs::read(wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    if profile == Profile::Release {
        bytes = without_names(&bytes).with_context(|| format!("{} is not a component", wasm.display()))?;
    }
    let path = profile.component(project);
    put(&open_dir(path.parent().unwrap_or(&project.root))?, &project.slug, &bytes, path)
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
