//! The exceptions from the vendor's document for all cassettes of a project.

use std::io;
use std::path::Path;

use mortise_files as files;

use crate::cassette::LoadError;
use crate::cassette::format::{LIMIT, SpecException};

/// Reads a list of exceptions. A file that does not exist has none.
///
/// # Errors
/// If it cannot be read or is not such a list, with the line.
pub fn exceptions(file: &Path) -> Result<Vec<SpecException>, LoadError> {
    let path = || file.to_owned();
    match files::read(file, LIMIT) {
        Ok(json) => serde_json::from_slice(&json).map_err(|error| LoadError::Invalid {
            path: path(),
            line: error.line(),
            message: error.to_string(),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(LoadError::Unreadable { path: path(), source }),
    }
}
