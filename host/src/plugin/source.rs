//! The source of generations: a directory of components, the loader, and the grants.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use mortise_policy::grant::{self, Grant};

use super::lock::{LockError, LockReader};
use super::{Loader, LockFile};

/// The components of a host and their grants. Each method reads from disk.
pub struct Source {
    /// Makes candidates of files.
    pub loader: Loader,
    /// The path of the plugins directory. The host opens it for each reload, so it may be replaced by another
    /// directory.
    pub dir: PathBuf,
    /// The operator's lock file. `None` grants every declaration.
    pub lock_file: Option<LockReader>,
}

/// The content of a component's file.
pub(super) struct File {
    pub(super) wasm: Vec<u8>,
    pub(super) digest: String,
}

impl Source {
    /// The slugs of the directory, in order.
    ///
    /// # Errors
    /// If the directory cannot be listed.
    pub fn slugs(&self) -> Result<Vec<String>> {
        slugs(&self.open()?)
    }

    /// Opens the plugins directory.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(&self) -> Result<Dir> {
        Dir::open_ambient_dir(&self.dir, ambient_authority())
            .with_context(|| format!(
                    "the plugins directory {} cannot be opened (make it and put <slug>.wasm there, or name another one with \
                     --plugins-dir)",
                    self.dir.display()
                ))
    }

    /// The current grants.
    pub(super) fn grants(&self) -> Result<Grants, LockError> {
        match &self.lock_file {
            Some(lock_file) => lock_file.load().map(Grants::Locked),
            None => Ok(Grants::Declared),
        }
    }

    /// The file of a slug. `None` if there is no file.
    pub(super) fn read(&self, slug: &str) -> Result<Option<File>> {
        // Hidden files and files in folders are not components, as in a listing.
        let dir = self.open()?;
        if !slugs(&dir)?.iter().any(|listed| listed == slug) {
            return Ok(None);
        }
        let file = format!("{slug}{}", Loader::EXTENSION);
        match self.loader.read(&dir, &file) {
            Ok((wasm, digest)) => Ok(Some(File { wasm, digest })),
            // The file was removed after it was listed. A link without a target still exists, and the host refuses it.
            Err(error) if is_not_found(&error) && dir.symlink_metadata(&file).is_err() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn slugs(dir: &Dir) -> Result<Vec<String>> {
    let files = Loader::files(dir)?;
    Ok(files.iter().filter_map(|file| file.strip_suffix(Loader::EXTENSION)).map(str::to_owned).collect())
}

fn is_not_found(error: &anyhow::Error) -> bool {
    error.downcast_ref().is_some_and(|error: &io::Error| error.kind() == io::ErrorKind::NotFound)
}

/// The rule that decides which component may serve.
pub(super) enum Grants {
    /// The operator's lock file.
    Locked(Arc<LockFile>),
    /// Every declaration is granted, for demonstrations and development.
    Declared,
}

impl Grants {
    /// Checks whether a component that needs this grant may serve.
    ///
    /// # Errors
    /// The reason against it, for the operator.
    pub(super) fn check(&self, slug: &str, asked: &Grant) -> Result<(), String> {
        match self {
            Self::Declared => Ok(()),
            Self::Locked(lock) => grant::check(asked, lock.plugins.get(slug)).map_err(|error| error.explain(slug)),
        }
    }

    /// Whether a generation may serve on although its file has been replaced. Its digest was granted before, and the
    /// lock file may already name the digest of the new file. But the lock file must still have a grant for the slug
    /// that covers its needs.
    pub(super) fn still_cover(&self, slug: &str, asked: &Grant) -> bool {
        match self {
            Self::Declared => true,
            Self::Locked(lock) => lock.plugins.get(slug).is_some_and(|granted| granted.covers(asked)),
        }
    }

    /// Whether callers may send their own requests to the integration's vendor.
    pub(super) fn passthrough(&self, slug: &str) -> bool {
        match self {
            Self::Declared => true,
            Self::Locked(lock) => lock.plugins.get(slug).is_some_and(|granted| granted.passthrough),
        }
    }
}
