//! Writing a cassette's file.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use mortise_files as files;

/// Writes the text of a cassette, whole or not at all, and makes its folder if it does not exist.
///
/// # Errors
/// Errors of the file system.
pub fn write(file: &Path, text: &str) -> Result<()> {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name().and_then(|name| name.to_str())) else {
        bail!("{} is not a file name", file.display());
    };
    let failed = || format!("cannot write {}", file.display());
    fs::create_dir_all(folder).with_context(failed)?;
    let dir = Dir::open_ambient_dir(folder, ambient_authority()).with_context(failed)?;
    files::write_atomic(&dir, name, text.as_bytes(), 0o644).with_context(failed)
}
