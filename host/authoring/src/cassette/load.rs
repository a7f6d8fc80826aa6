//! Reading cassettes from their folder.

use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use mortise_files as files;
use mortise_model::Operation;

use super::format::{Call, Cassette, LIMIT};

/// A cassette that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file or its folder cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not a cassette.
    #[error("{}:{}: {message}", path.display(), line.max(&1))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        message: String,
    },
}

impl LoadError {
    /// The file or folder of the error.
    pub fn path(&self) -> &Path {
        match self {
            Self::Unreadable { path, .. } | Self::Invalid { path, .. } => path,
        }
    }
}

/// Reads every `*.json` in `directory`, in the order of their names. A directory that does not exist has none.
///
/// # Errors
/// The first file that cannot be read or is not a cassette, with its line.
pub fn load_dir(directory: &Path) -> Result<Vec<Cassette>, LoadError> {
    load_some(directory, |_| true)?.into_iter().collect()
}

/// Like [`load_dir`], but only files whose name, without the ending, is wanted. It reads each one alone, and does not
/// open the others.
///
/// # Errors
/// If the directory cannot be read.
pub fn load_some(
    directory: &Path,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Result<Cassette, LoadError>>, LoadError> {
    let unreadable = |path: PathBuf| |source| LoadError::Unreadable { path, source };
    let dir = match Dir::open_ambient_dir(directory, ambient_authority()) {
        Ok(dir) => dir,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(unreadable(directory.to_owned())(e)),
    };
    let mut names = Vec::new();
    for entry in dir.entries().map_err(unreadable(directory.to_owned()))? {
        let name = PathBuf::from(entry.map_err(unreadable(directory.to_owned()))?.file_name());
        let is_cassette = name.extension().is_some_and(|e| e == "json");
        if is_cassette && name.file_stem().is_some_and(|stem| is_wanted(&stem.to_string_lossy())) {
            names.push(name);
        }
    }
    names.sort();
    let read = |name| {
        let file = directory.join(&name);
        let bytes = files::read_in(&dir, &name, LIMIT).map_err(unreadable(file.clone()))?;
        parse(file, &bytes)
    };
    Ok(names.into_iter().map(read).collect())
}

/// Reads one cassette.
///
/// # Errors
/// If it cannot be read or is not a cassette, with the line.
pub fn read(file: &Path) -> Result<Cassette, LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: file.to_owned(), source };
    let folder = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let dir = Dir::open_ambient_dir(folder, ambient_authority()).map_err(unreadable)?;
    let name = file.file_name().unwrap_or_default();
    parse(file.to_owned(), &files::read_in(&dir, name, LIMIT).map_err(unreadable)?)
}

fn parse(file: PathBuf, json: &[u8]) -> Result<Cassette, LoadError> {
    let cassette: Cassette = serde_json::from_slice(json).map_err(|e| LoadError::Invalid {
        path: file.clone(),
        line: e.line(),
        message: e.to_string(),
    })?;
    match objection(&cassette.call) {
        None => Ok(Cassette { file, ..cassette }),
        Some(message) => Err(LoadError::Invalid { path: file, line: 1, message }),
    }
}

/// An error if a call has members that its operation does not have, or lacks members that it needs.
fn objection(call: &Call) -> Option<String> {
    let operation = call.operation;
    let misplaced = |member, home| format!("`call.{member}` belongs to {home}, and `call.operation` is `{operation}`");
    if operation.has_id() && call.id.is_none() {
        return Some(format!("`call.id` is missing: `{operation}` needs the id of the user"));
    }
    let surplus = [
        (!operation.has_id() && call.id.is_some(), "id", "operations on one user"),
        (operation != Operation::ListUsers && call.cursor.is_some(), "cursor", "`list-users`"),
        (!operation.has_body() && !call.body.is_empty(), "body", "`create-user` and `update-user`"),
    ];
    surplus.into_iter().find(|(is_there, ..)| *is_there).map(|(_, member, home)| misplaced(member, home))
}
