//! Files for browsers that the documentation and the connect page share, and the digest in the names of all such files.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// The icon: a tenon in its mortise.
pub const ICON: &str = include_str!("assets/icon.svg");

/// The icon's path: `/docs/icon-<digest>.svg`.
pub fn icon_path() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| format!("/docs/icon-{}.svg", digest(ICON)));
    &PATH
}

/// The part of a file's name that changes with its content: the first 16 hexadecimal digits of its SHA-256. Browsers
/// may therefore keep the file for ever.
pub(crate) fn digest(text: &str) -> String {
    let digest = hex::encode(Sha256::digest(text));
    digest.get(..16).unwrap_or(&digest).to_owned()
}
