//! The failure of a language's tool.

use std::path::PathBuf;

use thiserror::Error;

/// A tool ran and made no component.
#[derive(Debug, Error)]
#[error("{tool} failed in {}:\n{said}", dir.display())]
pub struct BuildFailed {
    /// The tool.
    pub tool: &'static str,
    /// The folder in which it ran.
    pub dir: PathBuf,
    /// Its whole output.
    pub said: String,
}
