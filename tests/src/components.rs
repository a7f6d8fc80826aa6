//! Components for hosts under test. Each process builds a component once, and each machine compiles it once.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rand::Rng;
use uuid::Uuid;

use crate::hostile;

/// The component of this slug: a hostile one, or the integration in `plugins/`.
///
/// # Panics
/// If there is no such component, or it does not build.
pub fn component(slug: &str) -> Vec<u8> {
    if hostile::all().iter().any(|name| name == slug) {
        return hostile::component(slug);
    }
    let path = integrations().get(slug).unwrap_or_else(|| panic!("no plugin `{slug}`"));
    fs::read(path).expect("a built component can be read")
}

/// The component with one more custom section: another build with the same behaviour, which compiles as quickly.
pub fn version(component: &[u8], number: usize) -> Vec<u8> {
    let (name, content) = ("version", number.to_string());
    // Id, length, length of the name. All are below 128, so each takes one byte.
    let head = [0, (1 + name.len() + content.len()) as u8, name.len() as u8];
    [component, &head, name.as_bytes(), content.as_bytes()].concat()
}

/// The integrations of `plugins/`, built: slug and component file.
pub fn integrations() -> &'static BTreeMap<String, PathBuf> {
    static BUILT: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let built = mortise_authoring::build::plugins(&hostile::root()).expect("the plugins build");
        built.into_iter().map(|component| (component.slug, component.path)).collect()
    })
}

/// Copies the compile cache of earlier hosts into a host's data directory, because compilation takes seconds. Entries
/// are keyed by content, and authenticated with the one key that all hosts under test share.
pub fn share_cache(data: &Path) {
    let (shared, own) = (shared_cache(), data.join("cache"));
    if fs::DirBuilder::new().mode(0o700).create(&own).is_ok() {
        link_all(&shared, &own);
    }
}

/// Keeps the compile cache of a host for later hosts.
pub fn keep_cache(data: &Path) {
    link_all(&data.join("cache"), &shared_cache());
}

fn shared_cache() -> PathBuf {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY
        .get_or_init(|| {
            let directory = hostile::target().join("test-cache");
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&directory)
                .expect("the target directory is writable");
            let mut key = [0; 64];
            rand::rng().fill_bytes(&mut key);
            // Writes the key to another file and links it, so that a parallel process sees a whole key.
            let aside = directory.join(format!("key-{}", std::process::id()));
            let mut file = fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&aside)
                .expect("writable");
            file.write_all(&key).expect("writable");
            let _ = fs::hard_link(&aside, directory.join("key"));
            let _ = fs::remove_file(&aside);
            directory
        })
        .clone()
}

fn link_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name == "key" || Path::new(&name).extension().is_some_and(|e| e == "cwasm") {
            let place = to.join(&name);
            // An existing entry has the same content.
            if place.exists() || fs::hard_link(entry.path(), &place).is_ok() {
                continue;
            }
            // Another file system needs a copy. It gets its name only when it is complete.
            let aside = to.join(format!("copy-{:032x}", Uuid::new_v4().as_u128()));
            if fs::copy(entry.path(), &aside).is_ok() {
                let _ = fs::rename(aside, place);
            }
        }
    }
}
