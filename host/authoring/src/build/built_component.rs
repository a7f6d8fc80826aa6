//! What a build makes.

use std::path::PathBuf;

use serde::Serialize;

/// A component on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuiltComponent {
    /// The integration's slug, or an example's name.
    pub slug: String,
    /// `<slug>.wasm`, absolute if the project's path was.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal: what an operator grants.
    pub digest: String,
}
