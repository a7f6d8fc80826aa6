//! Compiled artefacts on disk. Loading one runs its machine code, so the host loads only files that it wrote itself. It
//! has its own directory and its own files, and checks a keyed hash of name and content on the very buffer that it
//! loads. Everything here can be made again: deleting it is always safe.

use std::io::{ErrorKind, Read};

use anyhow::{Context, Result, ensure};
use blake3::Hasher;
use cap_std::fs::{Dir, DirBuilder, DirBuilderExt, Metadata, MetadataExt};
use mortise_files::write_atomic;
use rand::Rng;
use rustix::fs::{Access, AtFlags, accessat};

const DIRECTORY: &str = "cache";
const KEY_FILE: &str = "key";
const SUFFIX: &str = ".cwasm";
/// Bytes of the key file, from which the key is derived.
const KEY_BYTES: usize = 64;
/// The purpose of the key. Another text makes another key.
const KEY_CONTEXT: &str = "mortise compile cache: authentication of artefacts";
/// Longest artefact that is read back, in bytes: several times the size of what the largest accepted component compiles
/// to.
pub(super) const MAX_ARTEFACT_BYTES: u64 = 256 << 20;

/// The compile cache of one engine configuration.
#[derive(Debug)]
pub(super) struct Cache {
    dir: Dir,
    key: Key,
    fingerprint: String,
}

/// The file or directory in the cache's place cannot be used. The operator must remove it.
#[derive(Debug, thiserror::Error)]
#[error("{0}: remove `{DIRECTORY}` in the data directory")]
pub struct CacheError(String);

/// Checks that a host can use the data directory's cache, or can make one if there is none. Changes nothing.
///
/// # Errors
/// As the start of a host.
pub fn check(data: &Dir) -> Result<(), CacheError> {
    let Some(dir) = open_own(data)? else { return Ok(()) };
    if Key::load(&dir)?.is_none() {
        accessat(&dir, ".", Access::WRITE_OK, AtFlags::empty())
            .map_err(|error| CacheError(format!("the compile cache has no key and cannot be written ({error})")))?;
    }
    Ok(())
}

/// Opens the cache's directory, which must be the host's own; `None` if there is none.
fn open_own(data: &Dir) -> Result<Option<Dir>, CacheError> {
    let unreadable = |error| CacheError(format!("the compile cache cannot be opened ({error})"));
    let meta = match data.symlink_metadata(DIRECTORY) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        found => found.map_err(unreadable)?,
    };
    if !meta.is_dir() || !is_private(&meta) {
        let must = "the compile cache must be a directory that belongs to this user and that no one else can write";
        return Err(CacheError(must.to_owned()));
    }
    data.open_dir(DIRECTORY).map(Some).map_err(unreadable)
}

/// Authenticates artefacts. Each data directory has one.
struct Key([u8; blake3::KEY_LEN]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Cache {
    /// Opens or makes the cache in the host's data directory, and removes what other configurations or versions left.
    pub(super) fn open(data: &Dir, fingerprint: &str) -> Result<Self> {
        let mut builder = DirBuilder::new();
        builder.mode(0o700);
        match data.create_dir_with(DIRECTORY, &builder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(error).context("the compile cache directory could not be made in the data directory");
            }
            _ => {}
        }
        let dir = open_own(data)?.context("the compile cache directory was removed while it was opened")?;
        let key = Key::load_or_make(&dir)?;
        let cache = Self { dir, key, fingerprint: fingerprint.to_owned() };
        cache.purge()?;
        Ok(cache)
    }

    /// Whether there is a file for this digest. The file may still be unusable.
    pub(super) fn contains(&self, digest: &str) -> bool {
        self.dir.symlink_metadata(self.name(digest)).is_ok()
    }

    /// The artefact for the component with this digest, if this host wrote it.
    pub(super) fn load(&self, digest: &str) -> Option<Vec<u8>> {
        let name = self.name(digest);
        match read_own(&self.dir, &name, MAX_ARTEFACT_BYTES) {
            Ok(Some(mut bytes)) => {
                let tag = *bytes.last_chunk::<{ blake3::OUT_LEN }>()?;
                bytes.truncate(bytes.len() - tag.len());
                // Compared in constant time.
                if self.key.tag(&name, &bytes) == tag {
                    return Some(bytes);
                }
                tracing::warn!(file = name, "compile cache: this host did not write the file, ignoring it");
                None
            }
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(file = name, error = format!("{error:#}"), "compile cache: ignoring a file");
                None
            }
        }
    }

    /// Writes an artefact. A reader sees all of it or nothing.
    pub(super) fn store(&self, digest: &str, artefact: &[u8]) -> Result<()> {
        let name = self.name(digest);
        let tag = self.key.tag(&name, artefact);
        Ok(write_atomic(&self.dir, &name, &[artefact, tag.as_bytes()].concat(), 0o600)?)
    }

    fn name(&self, digest: &str) -> String {
        format!("{digest}-{}{SUFFIX}", self.fingerprint)
    }

    /// An artefact of another wasmtime version may have the flaw that the new version fixes.
    fn purge(&self) -> Result<()> {
        let current = format!("-{}{SUFFIX}", self.fingerprint);
        for entry in self.dir.entries().context("the compile cache cannot be listed")? {
            let name = entry?.file_name();
            let stale = name.to_str().is_some_and(|name| name.ends_with(SUFFIX) && !name.ends_with(&current));
            if stale {
                let _ = self.dir.remove_file(&name);
            }
        }
        Ok(())
    }
}

impl Key {
    /// The key in its file; `None` if there is no such file.
    fn load(dir: &Dir) -> Result<Option<Self>, CacheError> {
        let unusable = |why| CacheError(format!("the compile cache's key cannot be used ({why})"));
        let read = read_own(dir, KEY_FILE, KEY_BYTES as u64 + 1).map_err(|error| unusable(format!("{error:#}")))?;
        let Some(bytes) = read else { return Ok(None) };
        let bytes: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| unusable("its length is wrong".to_owned()))?;
        Ok(Some(Self::derived(&bytes)))
    }

    fn load_or_make(dir: &Dir) -> Result<Self> {
        if let Some(key) = Self::load(dir)? {
            return Ok(key);
        }
        let mut bytes = [0; KEY_BYTES];
        rand::rng().fill_bytes(&mut bytes);
        // Written aside and linked into place: of two processes one wins, and both read a whole key.
        let own = uuid::Uuid::new_v4().to_string();
        write_atomic(dir, &own, &bytes, 0o600)?;
        let linked = dir.hard_link(&own, dir, KEY_FILE);
        dir.remove_file(&own)?;
        match linked {
            Ok(()) => Ok(Self::derived(&bytes)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::load_or_make(dir),
            Err(error) => Err(error).context("the compile cache's key could not be written"),
        }
    }

    fn derived(bytes: &[u8; KEY_BYTES]) -> Self {
        Self(blake3::derive_key(KEY_CONTEXT, bytes))
    }

    /// BLAKE3 with a key. It is fast, because every start hashes every artefact.
    fn tag(&self, name: &str, content: &[u8]) -> blake3::Hash {
        Hasher::new_keyed(&self.0).update(name.as_bytes()).update(&[0]).update(content).finalize()
    }
}

/// Whether it belongs to this user and nobody else can write it.
fn is_private(meta: &Metadata) -> bool {
    meta.uid() == rustix::process::geteuid().as_raw() && meta.mode() & 0o022 == 0
}

/// The content of a regular file of this user; `None` if there is no such file.
fn read_own(dir: &Dir, name: &str, limit: u64) -> Result<Option<Vec<u8>>> {
    // Only this user can write the directory, so the file that is checked here is the file that is opened.
    match dir.symlink_metadata(name) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
        Ok(meta) => ensure!(meta.is_file(), "`{name}` is not a regular file"),
    }
    let mut file = dir.open(name)?;
    let meta = file.metadata()?;
    ensure!(meta.is_file() && is_private(&meta), "`{name}` belongs to another user or can be written by others");
    ensure!(meta.len() <= limit, "`{name}` is too large");
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len())?);
    file.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}
