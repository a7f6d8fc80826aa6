//! `mortise.lock`: the operator's grants for each plugin.
//!
//! ```toml
//! version = 1
//!
//! [plugins.acme]
//! digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
//! origins = ["https://api.acme.example/v1"]
//! passthrough = false
//!
//! [sources.acme]
//! reference = "oci://registry.example.com/integrations/acme:1.2.0"
//! manifest = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
//! digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
//! ```

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use mortise_files as files;
use mortise_policy::grant::Grant;
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

/// The version of the format that the host writes.
const VERSION: u32 = 1;

/// The largest file that the host reads, in bytes.
const LIMIT: u64 = 1 << 20;

const HEAD: &str = "\
# Which plugins this host serves: the SHA-256 of each component and the origins it may reach.
# Written by `mortise grant <slug>`, and by `mortise pull`, which grants nothing. Belongs under version control.

";

/// All grants, by slug.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockFile {
    version: u32,
    /// The grants.
    #[serde(default)]
    pub plugins: BTreeMap<String, Grant>,
    /// The sources of components that `mortise pull` has fetched. A source grants nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sources: BTreeMap<String, Source>,
}

/// The source of a pulled component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The reference that the operator asked for: `oci://registry.example.com/integrations/acme:1.2.0`.
    pub reference: String,
    /// The digest of the manifest at that time, `sha256:` and 64 digits. A tag can move, and the digest cannot.
    pub manifest: String,
    /// SHA-256 of the component in lower-case hexadecimal.
    pub digest: String,
}

/// The error of an unusable lock file. The operator must act.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The file cannot be read or written.
    #[error("cannot {action} the grants in {}", path.display())]
    Io {
        /// `read`, `lock` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file does not contain grants.
    #[error("{}:{line}: the grants cannot be read: {message}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The reason.
        message: String,
    },
}

impl Default for LockFile {
    fn default() -> Self {
        Self { version: VERSION, plugins: BTreeMap::new(), sources: BTreeMap::new() }
    }
}

impl LockFile {
    /// Reads the grants. A file that does not exist grants nothing.
    ///
    /// # Errors
    /// If the file cannot be read, is not a lock file, or was written by a later version of the host.
    pub fn load(path: &Path) -> Result<Self, LockError> {
        read(path)?.map_or_else(|| Ok(Self::default()), |bytes| Self::parse(path, &bytes))
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<Self, LockError> {
        let invalid = |line, message| LockError::Invalid { path: path.to_owned(), line, message };
        let text = str::from_utf8(bytes).map_err(|e| invalid(1, e.to_string()))?;
        let lock: Self = toml::from_str(text).map_err(|e| {
            let before = text.bytes().take(e.span().map_or(0, |span| span.start));
            invalid(before.filter(|byte| *byte == b'\n').count().saturating_add(1), e.message().to_owned())
        })?;
        if lock.version != VERSION {
            return Err(invalid(1, format!("its version is {}, and this host reads {VERSION}", lock.version)));
        }
        Ok(lock)
    }

    /// Changes the current content of the file, all or nothing. Changes of several processes happen one after the
    /// other.
    ///
    /// # Errors
    /// As [`load`](Self::load) and [`save`](Self::save). The file then keeps its content.
    pub fn update<T>(path: &Path, change: impl FnOnce(&mut Self) -> T) -> Result<T, LockError> {
        // The lock is on the folder, because `save` replaces the file.
        let locked = place(path).and_then(|(folder, _)| {
            let folder = folder.open(".")?;
            flock(&folder, FlockOperation::LockExclusive)?;
            Ok(folder)
        });
        let _locked = locked.map_err(|source| LockError::Io { action: "lock", path: path.to_owned(), source })?;
        let mut lock = Self::load(path)?;
        let outcome = change(&mut lock);
        lock.save(path)?;
        Ok(outcome)
    }

    /// Writes the grants, all or nothing.
    ///
    /// # Errors
    /// If the file cannot be written. It then keeps its content.
    pub fn save(&self, path: &Path) -> Result<(), LockError> {
        let failed = |source| LockError::Io { action: "write", path: path.to_owned(), source };
        let text = toml::to_string(self).map_err(|e| failed(io::Error::other(e)))?;
        let (dir, name) = place(path).map_err(failed)?;
        files::write_atomic(&dir, name, format!("{HEAD}{text}").as_bytes(), 0o644).map_err(failed)
    }
}

/// Reads a lock file each time that an integration is loaded, and parses it if it has changed.
pub struct LockReader {
    path: PathBuf,
    /// The last content of the file, and its grants.
    latest: Mutex<Option<(Vec<u8>, Arc<LockFile>)>>,
}

impl LockReader {
    /// Makes a reader for the file at this path.
    pub fn new(path: PathBuf) -> Self {
        Self { path, latest: Mutex::default() }
    }

    /// The current grants.
    ///
    /// # Errors
    /// As [`LockFile::load`].
    pub fn load(&self) -> Result<Arc<LockFile>, LockError> {
        let Some(bytes) = read(&self.path)? else { return Ok(Arc::default()) };
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, lock)) = &*latest
            && *known == bytes
        {
            return Ok(lock.clone());
        }
        let lock = Arc::new(LockFile::parse(&self.path, &bytes)?);
        *latest = Some((bytes, lock.clone()));
        Ok(lock)
    }
}

/// The content of a lock file. `None` if there is no file.
fn read(path: &Path) -> Result<Option<Vec<u8>>, LockError> {
    match place(path).and_then(|(dir, name)| files::read_in(&dir, name, LIMIT)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(LockError::Io { action: "read", path: path.to_owned(), source }),
    }
}

/// The folder of a file, opened, and the file's name in it.
fn place(path: &Path) -> io::Result<(Dir, &str)> {
    let name = path.file_name().and_then(|n| n.to_str());
    let name = name.ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "the path does not end in a file name"))?;
    Ok((Dir::open_ambient_dir(folder(path), ambient_authority())?, name))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_loaded_again() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("mortise.lock");
        assert_eq!(LockFile::load(&path).expect("a missing file grants nothing"), LockFile::default());
        let grant = Grant {
            digest: "ab".repeat(32),
            origins: vec!["https://{site}.acme.example/v1".to_owned()],
            headers: vec!["x-api-version".to_owned()],
            passthrough: false,
        };
        let source = Source {
            reference: "oci://registry.example.com/acme:1".to_owned(),
            manifest: format!("sha256:{}", "cd".repeat(32)),
            digest: "ab".repeat(32),
        };
        let lock = LockFile {
            plugins: BTreeMap::from([("acme".to_owned(), grant)]),
            sources: BTreeMap::from([("acme".to_owned(), source)]),
            ..LockFile::default()
        };
        lock.save(&path).expect("writable");
        assert_eq!(LockFile::load(&path).expect("readable"), lock);
        let names: Vec<_> = std::fs::read_dir(folder.path()).expect("readable").flatten().collect();
        assert_eq!(names.len(), 1, "no temporary file is left");

        let reader = LockReader::new(path.clone());
        let [first, again] = [(); 2].map(|()| reader.load().expect("readable"));
        assert!(*first == lock && Arc::ptr_eq(&first, &again), "an unchanged lock file is not parsed again");
        LockFile::default().save(&path).expect("writable");
        assert_eq!(*reader.load().expect("readable"), LockFile::default());
    }

    #[test]
    fn a_file_of_another_version_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("mortise.lock");
        std::fs::write(&path, "version = 2").expect("writable");
        let message = LockFile::load(&path).expect_err("refused").to_string();
        assert!(message.ends_with("its version is 2, and this host reads 1"), "{message}");
    }

    #[test]
    fn a_file_that_is_not_understood_grants_nothing() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("mortise.lock");
        for text in [
            "",
            "version = 0",
            "version = \"1\"",
            "version = 1\nextra = true",
            "version = 1\n[plugins.a]\ndigest = \"aa\"",
            "version = 1\n[plugins.a]\norigins = []",
            "version = 1\n[plugins.a]\ndigest = \"aa\"\norigins = []\nallow = \"*\"",
            "[plugins.a]\ndigest = \"aa\"\norigins = []",
        ] {
            std::fs::write(&path, text).expect("writable");
            LockFile::load(&path).expect_err(text);
        }
    }
}
