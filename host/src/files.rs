//! Files that are replaced whole or not at all, and opened without waiting for anybody.

use std::fs::{File, FileType};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use rustix::fs::OFlags;

/// A named pipe waits for its other end unless it is opened with `O_NONBLOCK`; a terminal becomes the one of a process without
/// any unless it is opened with `O_NOCTTY`. Regular files take no notice of either.
const NO_WAITING: OFlags = OFlags::NONBLOCK.union(OFlags::NOCTTY);

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

/// Removes what [`write_atomic`] left of `name`, and of names that go on behind a dot, in processes that were killed. The caller sees to it
/// that nobody writes them now.
///
/// # Errors
/// Whatever the file system reports.
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

/// Opens a regular file for reading. It is opened first and looked at then, so that what was looked at is what is read, and
/// whatever else stands in its place, such as a named pipe, makes nobody wait. For every file that an operator or an author gives.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] for anything but a regular file, or whatever the file system reports.
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

/// Copies a regular file to `to`, which is made or overwritten.
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
        // What `open` says of a socket, and of a device that nothing stands behind.
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
