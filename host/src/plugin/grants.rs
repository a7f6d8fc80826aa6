//! `mortise.lock`: what the operator granted. Read by `serve`, written by `grant`.

use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use mortise_policy::grant::{Grant, LockFile};

/// Reads the lock file. A missing file grants nothing.
///
/// # Errors
/// If it cannot be read or is not a lock file; the message names file, line and key.
pub fn read(path: &Path) -> Result<LockFile> {
    let (dir, name) = locate(path)?;
    match dir.read_to_string(&name) {
        Ok(text) => toml::from_str(&text).with_context(|| format!("{} is not a lock file", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(LockFile::default()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Adds or replaces one grant. The file changes whole or not at all.
///
/// # Errors
/// If the file cannot be read or written.
pub fn write(path: &Path, slug: &str, grant: Grant) -> Result<()> {
    let mut lock = read(path)?;
    lock.grants.insert(slug.to_owned(), grant);
    let text = toml::to_string_pretty(&lock).context("the lock file cannot be written")?;
    let (dir, name) = locate(path)?;
    let temporary = format!(".{name}.{}", uuid::Uuid::new_v4());
    let store = || -> std::io::Result<()> {
        let mut file = dir.open_with(&temporary, OpenOptions::new().write(true).create_new(true))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        dir.rename(&temporary, &dir, &name)
    };
    store()
        .inspect_err(|_| {
            let _ = dir.remove_file(&temporary);
        })
        .with_context(|| format!("{} cannot be written", path.display()))
}

fn locate(path: &Path) -> Result<(Dir, String)> {
    let name = path.file_name().and_then(|name| name.to_str()).with_context(|| format!("{} is not a file name", path.display()))?;
    let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let dir = Dir::open_ambient_dir(parent, ambient_authority())
        .with_context(|| format!("the directory {} cannot be opened", parent.display()))?;
    Ok((dir, name.to_owned()))
}
