//! The SDK that a project brings along in `.mortise/sdk`, so that it builds from its own files. The binary contains the
//! sources of the SDKs of its own version.

use std::path::Path;
use std::{fs, io};

use super::ScaffoldError;
use super::unfinished::Unfinished;
use super::write::write;
use crate::cassette::format;
use crate::project::{Language, Project, SDK, read_text};

include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

/// The SDKs' version, which is the host's.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The file with the version.
const VERSION_FILE: &str = "VERSION";

/// The file with the JSON Schema of cassettes.
pub(super) const SCHEMA: &str = "cassette.schema.json";

/// Whether a project brings its SDK along: its manifest names `.mortise/sdk`, even if the folder is missing.
pub fn is_own(project: &Project) -> bool {
    read_text(&project.root.join(project.language.manifest())).is_ok_and(|manifest| manifest.contains(SDK))
}

/// The version of the SDK in a project's `.mortise/sdk`; `None` if there is none.
pub fn version(project: &Project) -> Option<String> {
    let version = read_text(&project.sdk().join(VERSION_FILE)).ok()?;
    Some(version.trim().to_owned())
}

/// Puts this version's SDK into a project's `.mortise/sdk`, and returns the version that was there.
///
/// # Errors
/// If the project does not bring its SDK along, or files cannot be written. The old SDK is then unchanged.
pub fn update(project: &Project) -> Result<Option<String>, ScaffoldError> {
    if !is_own(project) {
        return Err(ScaffoldError::NoSdk(project.root.clone()));
    }
    let before = version(project);
    let folder = project.sdk();
    let [new, old] = ["new", "old"].map(|name| Unfinished(folder.with_file_name(format!("sdk.{name}"))));
    let failed = |source| ScaffoldError::Write { path: folder.clone(), source };
    for left_behind in [&new.0, &old.0] {
        match fs::remove_dir_all(left_behind) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
    }
    write_to(&new.0, project.language)?;
    if folder.exists() {
        fs::rename(&folder, &old.0).map_err(failed)?;
    }
    fs::rename(&new.0, &folder).map_err(|error| {
        // If this fails too, nothing more can be done.
        let _ = fs::rename(&old.0, &folder);
        failed(error)
    })?;
    Ok(before)
}

/// Writes the SDK of a language into a folder.
pub(super) fn write_to(folder: &Path, language: Language) -> Result<(), ScaffoldError> {
    let sources = match language {
        Language::Rust => RUST,
        Language::JavaScript => JAVASCRIPT,
        Language::Python => PYTHON,
    };
    for (file, text) in sources {
        write(&folder.join(file), text)?;
    }
    write(&folder.join(SCHEMA), &format!("{:#}\n", format::schema()))?;
    write(&folder.join(VERSION_FILE), &format!("{VERSION}\n"))
}
