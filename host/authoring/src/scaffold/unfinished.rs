//! Folders of projects that are not finished.

use std::fs;
use std::path::PathBuf;

/// A folder that is removed unless it has been renamed.
pub(super) struct Unfinished(pub(super) PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a success the folder is no longer there.
        let _ = fs::remove_dir_all(&self.0);
    }
}
