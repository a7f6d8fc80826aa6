//! The two kinds of builds.

use std::path::PathBuf;

use crate::project::Project;

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
