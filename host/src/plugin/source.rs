//! Where generations come from: a directory of components, what turns its files into candidates, and who decides what may
//! be served.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use mortise_policy::grant::{self, Grant};

use super::lock::{LockError, LockReader};
use super::{Loader, LockFile};

/// The components of a host and the grants for them. What it hands out is read from disk at that moment.
pub struct Source {
    /// Turns files into candidates.
    pub loader: Loader,
    /// The plugins directory: its path, as one that is put in its place counts from then on.
    pub dir: PathBuf,
    /// The operator's lock file; `None`: whatever is declared is granted.
    pub lock_file: Option<LockReader>,
}

/// A component as it lies in the directory.
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

    /// Opens the plugins directory that is there now.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(&self) -> Result<Dir> {
        Dir::open_ambient_dir(&self.dir, ambient_authority())
            .with_context(|| format!("{} cannot be opened (plugins_dir)", self.dir.display()))
    }

    /// The grants as they are now.
    pub(super) fn grants(&self) -> Result<Grants, LockError> {
        match &self.lock_file {
            Some(lock_file) => lock_file.load().map(Grants::Locked),
            None => Ok(Grants::Declared),
        }
    }

    /// The file of a slug; `None` where there is none.
    pub(super) fn read(&self, slug: &str) -> Result<Option<File>> {
        // Only what a listing shows is a component: no hidden file, none in a folder.
        let dir = self.open()?;
        if !slugs(&dir)?.iter().any(|listed| listed == slug) {
            return Ok(None);
        }
        let file = format!("{slug}{}", Loader::EXTENSION);
        match self.loader.read(&dir, &file) {
            Ok((wasm, digest)) => Ok(Some(File { wasm, digest })),
            // Removed since it was listed. A link that leads nowhere is still there, and refused.
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

/// Who decides what may be served.
pub(super) enum Grants {
    /// The operator's lock file.
    Locked(Arc<LockFile>),
    /// Whatever is declared: for demonstrations and development.
    Declared,
}

impl Grants {
    /// Whether a component that asks for this may be served.
    ///
    /// # Errors
    /// The reason why not, for the operator.
    pub(super) fn check(&self, slug: &str, asked: &Grant) -> Result<(), String> {
        match self {
            Self::Declared => Ok(()),
            Self::Locked(lock) => grant::check(asked, lock.plugins.get(slug)).map_err(|error| error.explain(slug)),
        }
    }

    /// Whether a generation may go on although the file beside it is another one by now. Its digest was granted once, and the
    /// lock file may name the new one's already; but there must still be a grant for the slug that covers what it asks for.
    pub(super) fn still_cover(&self, slug: &str, asked: &Grant) -> bool {
        match self {
            Self::Declared => true,
            Self::Locked(lock) => lock.plugins.get(slug).is_some_and(|granted| granted.covers(asked)),
        }
    }

    /// Whether callers may send requests of their own to the integration's vendor.
    pub(super) fn passthrough(&self, slug: &str) -> bool {
        match self {
            Self::Declared => true,
            Self::Locked(lock) => lock.plugins.get(slug).is_some_and(|granted| granted.passthrough),
        }
    }
}
