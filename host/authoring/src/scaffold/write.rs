//! Files of new projects.

use std::fs;
use std::path::Path;

use super::ScaffoldError;

/// Writes a file, and makes its folder.
pub(super) fn write(path: &Path, text: &str) -> Result<(), ScaffoldError> {
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|source| ScaffoldError::Write { path: path.to_owned(), source })
}
