//! Components in their folders.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use mortise_files as files;
use mortise_policy::grant::digest;

use super::BuiltComponent;

/// Writes the component of that slug to `path` in `dir` if its bytes are new, so that an unchanged one keeps its time
/// of change.
pub(super) fn put(dir: &Dir, slug: &str, bytes: &[u8], path: PathBuf) -> Result<BuiltComponent> {
    let name = format!("{slug}.wasm");
    if files::read_in(dir, &name, bytes.len() as u64).ok().as_deref() != Some(bytes) {
        files::write_atomic(dir, &name, bytes, 0o644).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let digest = digest(bytes);
    Ok(BuiltComponent { slug: slug.to_owned(), path, bytes: bytes.len() as u64, digest })
}

pub(super) fn open_dir(path: &Path) -> Result<Dir> {
    Dir::create_ambient_dir_all(path, ambient_authority())
        .and_then(|()| Dir::open_ambient_dir(path, ambient_authority()))
        .with_context(|| format!("cannot open {}", path.display()))
}
