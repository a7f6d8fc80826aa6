//! The folder from which the host of `mortise dev` loads. Components are put there whole, so that the host never reads
//! a half-written one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use mortise_authoring::project::Project;
use mortise_files as files;

/// Two folders in the data directory: for components that serve, and for components under test.
pub(super) struct ComponentFolders {
    served: PathBuf,
    tried: PathBuf,
}

impl ComponentFolders {
    /// Makes the folders, or empties them: components of an earlier run may not match the sources now.
    pub(super) fn clear(data: &Path) -> Result<Self> {
        let [served, tried] = ["dev/served", "dev/tried"].map(|name| data.join(name));
        for folder in [&served, &tried] {
            files::create_private_dir(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
                let path = entry?.path();
                if path.extension().is_some_and(|ending| ending == "wasm") {
                    fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
                }
            }
        }
        Ok(Self { served, tried })
    }

    /// The folder that the host loads from.
    pub(super) fn served(&self) -> &Path {
        &self.served
    }

    /// Copies a component of a project aside for a test, and returns the copy's path.
    pub(super) fn aside(&self, project: &Project, component: &Path) -> Result<PathBuf> {
        let copy = self.tried.join(name(project));
        files::copy(component, &copy).with_context(|| format!("cannot read {}", component.display()))?;
        Ok(copy)
    }

    /// Moves the copy into the folder from which the host loads components.
    pub(super) fn put(&self, project: &Project) -> Result<()> {
        let (copy, place) = (self.tried.join(name(project)), self.served.join(name(project)));
        fs::rename(copy, &place).with_context(|| format!("cannot write {}", place.display()))
    }
}

fn name(project: &Project) -> String {
    format!("{}.wasm", project.slug)
}
