//! The sources of a project as one value, which is the same for the same files. A build that writes among the sources,
//! or a file that was saved unchanged, therefore starts no other build.

use std::io::{BufRead, BufReader};
use std::path::Path;

use mortise_files as files;
use sha2::{Digest, Sha256};

use crate::project::Project;

/// The SHA-256 of the names and contents of a project's sources. A file that cannot be read counts as empty.
pub fn fingerprint(project: &Project) -> [u8; 32] {
    let mut digest = Sha256::new();
    for path in project.sources() {
        let name = path.as_os_str().as_encoded_bytes();
        digest.update((name.len() as u64).to_le_bytes());
        digest.update(name);
        content(&mut digest, &path);
    }
    digest.finalize().into()
}

fn content(digest: &mut Sha256, path: &Path) {
    let Ok(mut file) = files::open_regular(path).map(BufReader::new) else { return };
    while let Ok(bytes @ [_, ..]) = file.fill_buf() {
        digest.update(bytes);
        let read = bytes.len();
        file.consume(read);
    }
}
