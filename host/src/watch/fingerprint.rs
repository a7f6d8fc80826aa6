//! What the sources of a project are, as one value: the same for the same files, so that what a build writes among the sources,
//! or a file that was saved as it was, begins no other build.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::project::Project;

/// The SHA-256 of the names and contents of a project's sources. What cannot be read counts as empty.
pub fn fingerprint(project: &Project) -> [u8; 32] {
    let mut digest = Sha256::new();
    for source in project.sources() {
        add(&mut digest, project, source);
    }
    digest.finalize().into()
}

fn add(digest: &mut Sha256, project: &Project, path: PathBuf) {
    if !project.is_source(&path) {
        return;
    }
    let name = path.as_os_str().as_encoded_bytes();
    digest.update((name.len() as u64).to_le_bytes());
    digest.update(name);
    // A link to a folder is not followed: it may lead back to itself. To open a pipe would wait for its other end.
    match fs::symlink_metadata(&path) {
        Ok(meta) if meta.is_dir() => entries(&path).into_iter().for_each(|entry| add(digest, project, entry)),
        Ok(_) if path.is_file() => content(digest, &path),
        _ => {}
    }
}

fn content(digest: &mut Sha256, path: &Path) {
    let Ok(mut file) = File::open(path).map(BufReader::new) else { return };
    while let Ok(bytes @ [_, ..]) = file.fill_buf() {
        digest.update(bytes);
        let read = bytes.len();
        file.consume(read);
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
}
