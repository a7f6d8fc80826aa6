//! What a component was made of, as one value. The same sources, tools and SDK make the same component, which is not
//! made again.

use std::io;
use std::path::Path;

use anyhow::{Context, Result};
use ignore::WalkBuilder;
use mortise_files as files;
use sha2::{Digest, Sha256};

use super::tool::CONTRACT;

/// Most bytes of a file that is part of a component: more than the largest component that a host accepts.
const MAX_FILE: u64 = 256 << 20;

/// A digest of everything that a component is made of. Names in it are relative, so that it is the same wherever the
/// project is.
pub(super) struct Made(Sha256);

impl Made {
    /// Begins with what the host itself adds: the contract and `program`, which runs the tools or is part of the
    /// component.
    pub(super) fn of_host(program: &str) -> Self {
        let mut made = Self(Sha256::new());
        made.add(CONTRACT.as_bytes());
        made.add(program.as_bytes());
        made
    }

    /// Adds a value together with its length, so that no two lists of values are the same text.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// Adds the names and contents of all files below a folder whose path in it passes `counts`, in the order of their
    /// names.
    ///
    /// # Errors
    /// If the folder or a file cannot be read.
    pub(super) fn add_folder(
        &mut self,
        folder: &Path,
        counts: impl Fn(&Path) -> bool + Send + Sync + 'static,
    ) -> Result<()> {
        let (root, unreadable) = (folder.to_owned(), || format!("cannot read {}", folder.display()));
        let inside = move |path: &Path| path.strip_prefix(&root).is_ok_and(&counts);
        let mut walk = WalkBuilder::new(folder);
        walk.standard_filters(false).follow_links(true).sort_by_file_name(Ord::cmp);
        walk.filter_entry(move |entry| entry.depth() == 0 || inside(entry.path()));
        for entry in walk.build() {
            let entry = entry.with_context(unreadable)?;
            if entry.file_type().is_some_and(|kind| kind.is_file()) {
                let path = entry.path();
                self.add(path.strip_prefix(folder).unwrap_or(path).as_os_str().as_encoded_bytes());
                let content = content(path).with_context(|| format!("cannot read {}", path.display()))?;
                self.add(&content);
            }
        }
        Ok(())
    }

    /// The digest in lower-case hexadecimal.
    pub(super) fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
}

/// The digest of a file.
fn content(path: &Path) -> io::Result<[u8; 32]> {
    Ok(Sha256::digest(files::read(path, MAX_FILE)?).into())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn made(folder: &Path) -> String {
        let mut made = Made::of_host("program");
        made.add_folder(folder, |path| path != Path::new("out")).expect("readable");
        made.finish()
    }

    #[test]
    fn names_and_contents_count_and_the_place_does_not() {
        let [one, other] = [(), ()].map(|()| tempfile::tempdir().expect("a temporary directory"));
        for folder in [one.path(), other.path()] {
            fs::create_dir(folder.join("a")).expect("writable");
            fs::write(folder.join("a/b.py"), "b").expect("writable");
        }
        let before = made(one.path());
        assert_eq!(before, made(other.path()));
        fs::write(one.path().join("out"), "what does not count").expect("writable");
        assert_eq!(before, made(one.path()));
        fs::write(one.path().join("a/c.py"), "").expect("writable");
        let with_another = made(one.path());
        assert_ne!(before, with_another);
        fs::write(one.path().join("a/c.py"), "c").expect("writable");
        assert_ne!(with_another, made(one.path()));
    }
}
