//! The master keys in use: one, and several while a key is rotated. Then the first seals, and every one opens.
//!
//! A key file holds one key a line. The host only replaces it as a whole, so that a crash at any point leaves a file
//! that opens everything in the database. See [`rotation`](super::rotation) for the steps.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use mortise_files as files;
use rustix::fs::{FlockOperation, flock};
use zeroize::Zeroizing;

use super::key::{KeyError, MasterKey};

/// Longest key file in bytes. It has room for the keys of several unfinished rotations.
const MAX_FILE: u64 = 4096;

/// The master keys. The first one seals. `Debug` shows only their ids.
#[derive(Debug)]
pub struct MasterKeys {
    keys: Vec<MasterKey>,
    file: Option<KeyFile>,
}

/// A key file and its state when the host read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyFile {
    path: PathBuf,
    stamp: Stamp,
}

/// The identity of a file, which differs from that of a file that replaced it.
type Stamp = (u64, u64, i64, i64);

fn stamp(metadata: &Metadata) -> Stamp {
    (metadata.dev(), metadata.ino(), metadata.mtime(), metadata.mtime_nsec())
}

impl KeyFile {
    /// The file's keys if the file was replaced since it was read, or the error if it cannot be read any more.
    pub(super) fn changed(&self) -> Option<Result<MasterKeys, KeyError>> {
        let same = std::fs::metadata(&self.path).is_ok_and(|metadata| stamp(&metadata) == self.stamp);
        (!same).then(|| MasterKeys::load(&self.path))
    }
}

impl MasterKeys {
    /// Reads a key file, which must be a regular file of this process's user, closed to all others.
    pub fn load(file: &Path) -> Result<Self, KeyError> {
        let failed = |source| KeyError::Io { action: "read", path: file.to_owned(), source };
        let opened = files::open_regular(file).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => KeyError::Missing(file.to_owned()),
            io::ErrorKind::InvalidInput => KeyError::NotAFile(file.to_owned()),
            _ => failed(error),
        })?;
        // The checks are made on the open file, so that they hold for the bytes that are read.
        let metadata = opened.metadata().map_err(failed)?;
        let mode = metadata.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed { path: file.to_owned(), mode });
        }
        let us = rustix::process::geteuid().as_raw();
        if metadata.uid() != us {
            return Err(KeyError::Owner { path: file.to_owned(), owner: metadata.uid(), us });
        }
        // Room for the whole file at once: a buffer that grows would leave copies in memory.
        let mut text = Zeroizing::new(Vec::with_capacity(MAX_FILE as usize));
        opened.take(MAX_FILE).read_to_end(&mut text).map_err(failed)?;
        let text = std::str::from_utf8(&text).unwrap_or_default();
        let keys = parse(text).ok_or_else(|| KeyError::Malformed { origin: file.display().to_string() })?;
        Ok(Self { keys, file: Some(KeyFile { path: file.to_owned(), stamp: stamp(&metadata) }) })
    }

    /// The keys in [`MORTISE_MASTER_KEY`](MasterKey::ENVIRONMENT); `None` if the variable is unset or empty.
    pub fn from_env() -> Result<Option<Self>, KeyError> {
        match std::env::var_os(MasterKey::ENVIRONMENT) {
            None => Ok(None),
            Some(text) if text.is_empty() => Ok(None),
            Some(text) => Self::from_text(&Zeroizing::new(text.to_string_lossy().into_owned())).map(Some),
        }
    }

    /// Reads the keys in an environment variable's text: each as [`MasterKey::from_text`] takes it, separated by commas
    /// or white space.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let malformed = || KeyError::Malformed { origin: MasterKey::ENVIRONMENT.to_owned() };
        Ok(Self { keys: parse(text).ok_or_else(malformed)?, file: None })
    }

    /// The keys' [ids](MasterKey::id). The first one is that of the key that seals.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(MasterKey::id)
    }

    /// Whether a rotation has begun and not ended.
    pub fn is_rotating(&self) -> bool {
        self.keys.len() > 1
    }

    /// Fails if none of the keys has this id, with which the database was sealed: they belong to another database.
    ///
    /// # Errors
    /// [`KeyError::Foreign`].
    pub fn must_hold(&self, sealed_with: &str) -> Result<(), KeyError> {
        if self.ids().any(|id| id == sealed_with) {
            return Ok(());
        }
        let key_id = self.ids().next().unwrap_or_default().to_owned();
        Err(KeyError::Foreign { key_id, sealed_with: sealed_with.to_owned() })
    }

    pub(super) fn into_parts(self) -> (Vec<MasterKey>, Option<KeyFile>) {
        (self.keys, self.file)
    }
}

impl From<MasterKey> for MasterKeys {
    fn from(key: MasterKey) -> Self {
        Self { keys: vec![key], file: None }
    }
}

/// A key file that only this process may change, until the value is dropped.
#[derive(Debug)]
pub struct OwnedKeyFile {
    path: PathBuf,
    directory: Dir,
    name: String,
    _lock: File,
}

impl OwnedKeyFile {
    /// Locks the file against other rotations, and removes the incomplete files of a rotation that was killed.
    pub fn take(path: &Path) -> Result<Self, KeyError> {
        let failed = |source| KeyError::Io { action: "rotate", path: path.to_owned(), source };
        let name =
            path.file_name().and_then(|name| name.to_str()).ok_or_else(|| KeyError::NotAFile(path.to_owned()))?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let directory = Dir::open_ambient_dir(parent, ambient_authority()).map_err(failed)?;
        // The lock is on the directory, because another file replaces the key file.
        let lock = File::open(parent).map_err(failed)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => KeyError::Busy(path.to_owned()),
            _ => failed(error.into()),
        })?;
        files::remove_unfinished(&directory, name).map_err(failed)?;
        Ok(Self { path: path.to_owned(), directory, name: name.to_owned(), _lock: lock })
    }

    /// The keys in the file.
    pub fn keys(&self) -> Result<MasterKeys, KeyError> {
        MasterKeys::load(&self.path)
    }

    /// Puts a new key first: from now on it seals.
    pub fn begin(&self) -> Result<MasterKeys, KeyError> {
        let (mut keys, _) = self.keys()?.into_parts();
        keys.insert(0, MasterKey::generate()?);
        self.write(&self.name, &keys)?;
        self.keys()
    }

    /// Leaves only the first key in the file. Each other key goes to a file of its own beside it, `<file>.<key id>`,
    /// because backups of the database may need it. Returns the paths of those files.
    pub fn end(&self) -> Result<Vec<PathBuf>, KeyError> {
        let (mut keys, _) = self.keys()?.into_parts();
        let retired = keys.split_off(1.min(keys.len()));
        let mut paths = Vec::new();
        for key in retired {
            let name = format!("{}.{}", self.name, key.id());
            paths.push(self.path.with_file_name(&name));
            self.write(&name, &[key])?;
        }
        self.write(&self.name, &keys)?;
        Ok(paths)
    }

    /// The files of keys that rotations have taken out of the key file and nobody has deleted yet, in the order of
    /// their names.
    pub fn retired(&self) -> Result<Vec<PathBuf>, KeyError> {
        let failed = |source| KeyError::Io { action: "rotate", path: self.path.clone(), source };
        let mut paths = Vec::new();
        for entry in self.directory.entries().map_err(failed)? {
            let found = entry.map_err(failed)?.file_name();
            let id = found.to_str().and_then(|found| found.strip_prefix(&self.name)?.strip_prefix('.'));
            if id.is_some_and(MasterKey::is_id) {
                paths.push(self.path.with_file_name(&found));
            }
        }
        paths.sort();
        Ok(paths)
    }

    fn write(&self, name: &str, keys: &[MasterKey]) -> Result<(), KeyError> {
        let mut text = Zeroizing::new(String::with_capacity(MAX_FILE as usize));
        for key in keys {
            text.push_str(&key.to_text());
        }
        files::write_atomic(&self.directory, name, text.as_bytes(), 0o600).map_err(|source| KeyError::Io {
            action: "write",
            path: self.path.with_file_name(name),
            source,
        })
    }
}

/// Reads keys separated by commas or white space, at least one; `None` if one of them is not a key.
fn parse(text: &str) -> Option<Vec<MasterKey>> {
    let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
    let keys = words.map(MasterKey::parse).collect::<Option<Vec<_>>>()?;
    (!keys.is_empty()).then_some(keys)
}
