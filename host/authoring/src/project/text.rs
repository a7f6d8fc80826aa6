//! Text files of a project.

use std::io;
use std::path::Path;

use mortise_files as files;

/// Most bytes of a text file of a project. Manifests and pages have some KiB, lock files of package managers some MiB.
const MAX_TEXT: u64 = 16 << 20;

/// Reads a text file of a project, such as its manifest or its page: a regular file of at most 16 MiB. Never waits.
///
/// # Errors
/// As [`files::read_text`].
pub fn read_text(path: &Path) -> io::Result<String> {
    files::read_text(path, MAX_TEXT)
}
