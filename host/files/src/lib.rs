//! Files that are replaced whole or not at all, and opened without waiting.

#![cfg_attr(not(test), warn(clippy::too_many_lines))]

use std::fs::{File, FileType};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use rustix::fs::OFlags;

/// A named pipe waits for its other end unless it is opened with `O_NONBLOCK`. A terminal becomes that of a process
/// without one unless it is opened with `O_NOCTTY`. Regular files ignore both.
const NO_WAITING: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY);

/// Writes `name` in `dir` so that a reader, or a crash, sees the old bytes or the new ones and never a part. It fills a
/// temporary file beside it, synchronises it and renames it over `name`. `mode` is the new file's permission bits.
///
/// # Errors
/// Errors of the file system. The old file is then unchanged and the temporary one is removed.
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
        // The first error is the one to report. A file that was never made need not be removed.
        let _ = dir.remove_file(&temporary);
    }
    written
}

/// Removes the files that [`write_atomic`] left in processes that were killed: of `name`, and of names that continue
/// `name` after a dot. The caller makes sure that nobody writes them now.
///
/// # Errors
/// Errors of the file system.
pub fn remove_unfinished(dir: &Dir, name: &str) -> io::Result<()> {
    let prefix = format!(".{name}.");
    for entry in dir.entries()? {
        let found = entry?.file_name();
        let unique = found.to_str().and_then(|found| found.strip_prefix(&prefix)?.rsplit('.').next());
        if unique.is_some_and(|unique| unique.len() == 32 && unique.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            dir.remove_file(&found)?;
        }
    }
    Ok(())
}

/// Opens a regular file for reading. It first opens the file and then checks its type, so that it reads the file that
/// it checked, and does not wait for anything else there, such as a named pipe. Use it for every file that an operator
/// or an author names.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] for anything but a regular file, or errors of the file system.
pub fn open_regular(path: &Path) -> io::Result<File> {
    regular(File::options().read(true).custom_flags(NO_WAITING.bits().cast_signed()).open(path))
}

/// [`open_regular`] for `name` in `dir`.
///
/// # Errors
/// As [`open_regular`].
pub fn open_regular_in(dir: &Dir, name: impl AsRef<Path>) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(NO_WAITING.bits().cast_signed());
    regular(dir.open_with(name, &options).map(cap_std::fs::File::into_std))
}

/// Reads a regular file of at most `limit` bytes.
///
/// # Errors
/// As [`open_regular`], and [`io::ErrorKind::FileTooLarge`] beyond the limit.
pub fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    bounded(open_regular(path)?, limit)
}

/// [`read`] for text.
///
/// # Errors
/// As [`read`], and [`io::ErrorKind::InvalidData`] if it is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read(path, limit)?)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}

/// [`read`] for `name` in `dir`.
///
/// # Errors
/// As [`read`].
pub fn read_in(dir: &Dir, name: impl AsRef<Path>, limit: u64) -> io::Result<Vec<u8>> {
    bounded(open_regular_in(dir, name)?, limit)
}

/// Copies a regular file to `to`, and makes or overwrites that.
///
/// # Errors
/// As [`open_regular`].
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    io::copy(&mut open_regular(from)?, &mut File::create(to)?).map(drop)
}

fn regular(opened: io::Result<File>) -> io::Result<File> {
    let not_regular =
        |what| io::Error::new(io::ErrorKind::InvalidInput, format!("it is not a regular file but {what}"));
    let file = opened.map_err(|error| match rustix::io::Errno::from_io_error(&error) {
        // The error of `open` for a socket, and for a device without a driver.
        Some(rustix::io::Errno::NXIO) => not_regular("a socket or a device"),
        _ => error,
    })?;
    let found = file.metadata()?.file_type();
    if found.is_file() { Ok(file) } else { Err(not_regular(kind(found))) }
}

fn kind(found: FileType) -> &'static str {
    if found.is_dir() {
        "a directory"
    } else if found.is_fifo() {
        "a named pipe"
    } else {
        "a device"
    }
}

fn bounded(file: File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("the file is larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// Makes a new file's name survive a power cut.
///
/// # Errors
/// Errors of the file system.
pub fn sync_directory_of(file: &Path) -> io::Result<()> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(parent)?.sync_all()
}

/// Makes a directory and those above it, the new ones with mode 0700. Does not change one that exists.
///
/// # Errors
/// Errors of the file system.
pub fn create_private_dir(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// A directory of this process alone, mode 0700. Dropping this removes it with everything in it.
#[derive(Debug)]
pub struct TemporaryDir(PathBuf);

impl TemporaryDir {
    /// Makes one in the machine's directory for temporary files.
    ///
    /// # Errors
    /// Errors of the file system.
    pub fn new() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("mortise-{}", uuid::Uuid::new_v4().simple()));
        create_private_dir(&path)?;
        Ok(Self(path))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryDir {
    fn drop(&mut self) {
        // The machine clears its temporary directory of what cannot be removed here.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
