//! What changed and was not read yet.

use std::path::{Path, PathBuf};

use super::Pending;
use crate::project::Project;

/// The changes, each with its first file: at most three notes for each project.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) sources: Pending<PathBuf>,
    pub(super) components: Pending<PathBuf>,
    pub(super) cassettes: Pending<PathBuf>,
}

impl Changes {
    /// Notes the change of a file. Returns whether it is a folder of the project that must be watched, too.
    pub(super) fn note(&self, project: &Project, path: &Path) -> bool {
        let (slug, cassettes) = (&project.slug, project.cassettes());
        if path == project.component() {
            self.components.add(slug, path.to_owned());
        } else if path.starts_with(&cassettes) {
            self.cassettes.add(slug, path.to_owned());
            return path == cassettes && path.is_dir();
        } else if project.is_source(path) {
            self.sources.add(slug, path.to_owned());
            return project.is_source_folder(path);
        }
        false
    }
}
