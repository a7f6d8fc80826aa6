//! Files that are replaced whole or not at all.

use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt};

/// Writes `name` in `dir` so that a reader, or a crash, sees the old bytes or the new ones and never a part: a temporary file
/// beside it is filled, synchronised and renamed over it. `mode` holds the new file's permission bits.
///
/// # Errors
/// Whatever the file system reports; the old file is then untouched and the temporary one is gone.
pub fn write_atomic(dir: &Dir, name: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
    let temporary = format!(".{name}.{}", uuid::Uuid::new_v4().simple());
    let written = (|| {
        let mut file = dir.open_with(&temporary, OpenOptions::new().write(true).create_new(true).mode(mode))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        dir.rename(&temporary, dir, name)?;
        // Without this a power cut could bring the old name back.
        dir.open(".")?.sync_all()
    })();
    if written.is_err() {
        // The first error is the one to report; a file that was never made is not there to remove.
        let _ = dir.remove_file(&temporary);
    }
    written
}

/// Reads `name` in `dir` where it is at most `limit` bytes long.
///
/// # Errors
/// [`io::ErrorKind::FileTooLarge`] beyond the limit, or whatever the file system reports.
pub fn read_bounded(dir: &Dir, name: impl AsRef<Path>, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    dir.open(name)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("the file is larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// Makes a new file's name last through a power cut.
///
/// # Errors
/// Whatever the file system reports.
pub fn sync_directory_of(file: &Path) -> io::Result<()> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(parent)?.sync_all()
}

/// Makes a directory and those above it; the new ones with mode 0700. One that exists is left as it is.
///
/// # Errors
/// Whatever the file system reports.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// A directory of this process alone, mode 0700, that is removed with everything in it when this is dropped.
#[derive(Debug)]
pub struct TemporaryDir(PathBuf);

impl TemporaryDir {
    /// Makes one where this machine keeps such files.
    ///
    /// # Errors
    /// Whatever the file system reports.
    pub fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("mortise-{}", uuid::Uuid::new_v4().simple()));
        create_private_dir(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryDir {
    fn drop(&mut self) {
        // What cannot be removed is left to the machine, which clears this place.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
