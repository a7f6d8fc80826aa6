//! What was made.

use std::path::PathBuf;

use crate::draft::Draft;

/// The project that was made.
#[derive(Debug)]
pub struct Made {
    /// The project's folder.
    pub root: PathBuf,
    /// What was drafted.
    pub draft: Option<Draft>,
    /// Whether the sources are formatted. A draft's are not if there is no rustfmt.
    pub is_laid_out: bool,
}
