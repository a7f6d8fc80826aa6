//! Components in Python, kept for all projects of this user. The tool makes other bytes of the same sources each time,
//! and an operator has granted the first ones.

use std::env;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use mortise_files as files;

/// Most components that are kept. One has about 18 MiB.
const MOST: usize = 16;
/// Most bytes of a component that is read.
const MAX_COMPONENT: u64 = 256 << 20;

/// The folder `mortise/components` in this user's cache: `$XDG_CACHE_HOME`, or `.cache` in the home folder. Without
/// either nothing is kept, and nothing fails.
pub(super) struct Shared(Option<Dir>);

impl Shared {
    pub(super) fn open() -> Self {
        let of_environment = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let caches = of_environment.or_else(|| Some(env::home_dir()?.join(".cache")));
        Self(caches.and_then(|caches| Self::in_folder(&caches.join("mortise/components"))))
    }

    fn in_folder(folder: &Path) -> Option<Dir> {
        files::create_private_dir(folder).and_then(|()| Dir::open_ambient_dir(folder, ambient_authority())).ok()
    }

    /// The component with this digest of its sources. Reading it counts as a use.
    pub(super) fn get(&self, digest: &str) -> Option<Vec<u8>> {
        let (dir, name) = (self.0.as_ref()?, name(digest));
        let component = files::read_in(dir, &name, MAX_COMPONENT).ok()?;
        let used = files::open_regular_in(dir, &name).and_then(|file| file.set_modified(SystemTime::now()));
        if let Err(error) = used {
            tracing::debug!("a component's last use is not kept: {error}");
        }
        Some(component)
    }

    /// Keeps a component, and only the most recently used of all. A component that cannot be kept is made again another
    /// time.
    pub(super) fn put(&self, digest: &str, component: &Path) {
        let Some(dir) = &self.0 else { return };
        let kept = files::read(component, MAX_COMPONENT)
            .and_then(|bytes| files::write_atomic(dir, &name(digest), &bytes, 0o600))
            .and_then(|()| remove_old(dir));
        if let Err(error) = kept {
            tracing::debug!("a component is not kept for other folders: {error}");
        }
    }
}

fn name(digest: &str) -> String {
    format!("{digest}.wasm")
}

/// The time of a file is that of its last use.
fn remove_old(dir: &Dir) -> std::io::Result<()> {
    let mut kept = Vec::new();
    for entry in dir.entries()? {
        let entry = entry?;
        let used = entry.metadata()?.modified().map_or(SystemTime::UNIX_EPOCH, cap_std::time::SystemTime::into_std);
        kept.push((used, entry.file_name()));
    }
    kept.sort();
    kept.iter().rev().skip(MOST).try_for_each(|(_, name)| dir.remove_file(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_components_that_were_used_last_are_kept() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let shared = Shared(Shared::in_folder(&folder.path().join("mortise")));
        let component = folder.path().join("component.wasm");
        for number in 0..=MOST {
            std::fs::write(&component, number.to_string()).expect("writable");
            if number == MOST {
                assert_eq!(shared.get("0"), Some(b"0".to_vec()));
            }
            shared.put(&number.to_string(), &component);
        }
        assert_eq!(shared.get("1"), None);
        for number in [0, 2, MOST] {
            assert_eq!(shared.get(&number.to_string()), Some(number.to_string().into_bytes()));
        }
    }
}
