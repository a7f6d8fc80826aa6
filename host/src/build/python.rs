//! Python sources to a component.

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::Profile;
use crate::progress::Progress;
use crate::project::Project;

/// Builds the project; the fresh component.
///
/// # Errors
/// Always: this host builds Rust only.
pub(super) fn build(project: &Project, _profile: Profile, _progress: &Progress) -> Result<PathBuf> {
    bail!("{}: this host cannot build Python projects", project.root.display())
}
