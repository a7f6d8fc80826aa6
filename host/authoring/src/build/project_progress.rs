//! Builds on the terminal.

use mortise_terminal::progress::Progress;

use crate::project::Project;

/// Shows the current step of a project's build.
pub(super) fn progress_of(progress: &Progress, project: &Project, what: &str) {
    progress.now(format!("{}: {what}", project.slug));
}
