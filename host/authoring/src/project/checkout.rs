//! A checkout: a Cargo workspace with integrations in `plugins/*`.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Project, ProjectError, manifest};

/// The root of the checkout that contains `from`: a Cargo workspace with the members `plugins/*`.
pub fn checkout(from: &Path) -> Option<PathBuf> {
    from.ancestors().find(|folder| manifest::is_checkout(folder)).map(Path::to_owned)
}

/// The integrations that the demo of a checkout shows, by slug: `demo` in `[workspace.metadata.mortise]` of its `Cargo.toml`. Empty if
/// that names none.
pub fn demonstrated(checkout: &Path) -> Vec<String> {
    manifest::demonstrated(checkout)
}

/// The folder with the components of a checkout or of a stand-alone project.
pub fn components_dir(base: &Path) -> PathBuf {
    base.join("target/plugins/components")
}

/// The projects of a checkout's `plugins/*`.
pub(super) fn plugins_of(checkout: &Path) -> Result<Vec<Project>, ProjectError> {
    let folder = checkout.join("plugins");
    let missing = |source| ProjectError::Missing { path: folder.clone(), source };
    let mut projects = Vec::new();
    for entry in fs::read_dir(&folder).map_err(missing)? {
        let path = entry.map_err(missing)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if hidden || !path.is_dir() {
            continue;
        }
        match Project::open(&path) {
            Ok(project) => projects.push(project),
            // Files that a removed integration left.
            Err(ProjectError::NoManifest(_)) => {}
            Err(error) => return Err(error),
        }
    }
    if projects.is_empty() {
        return Err(ProjectError::Empty(folder));
    }
    Ok(projects)
}
