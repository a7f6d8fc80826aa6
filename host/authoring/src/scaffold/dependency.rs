//! How the files of a new project name its SDK.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{ScaffoldError, sdk};
use crate::project::{Language, Project, SDK};

/// The SDK that a project depends on.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Dependency {
    /// The SDK that it brings along.
    Own,
    /// The SDK of a checkout.
    Checkout {
        /// The checkout's `sdk` folder.
        sdk: PathBuf,
        /// The path of the schema of cassettes, as a cassette names it.
        schema: String,
    },
}

impl Dependency {
    /// For a project in this folder of the checkout in `root`.
    pub(super) fn in_checkout(root: &Path, folder: &str) -> Self {
        // Up from the folder with the cassettes.
        let up = "../".repeat(Path::new(folder).components().count() + 2);
        Self::Checkout { sdk: root.join("sdk"), schema: format!("{up}docs/{}", sdk::SCHEMA) }
    }

    /// For a project in this language elsewhere, which depends on a checkout or its `sdk` folder.
    pub(super) fn named(dir: &Path, language: Language) -> Result<Self, ScaffoldError> {
        let inside = dir.join("sdk");
        let sdk = if inside.is_dir() { inside } else { dir.to_owned() };
        let sdk = sdk.canonicalize().map_err(|_| ScaffoldError::Sdk(dir.to_owned()))?;
        let folder = folder_of(&sdk, language);
        if !Project::open(&folder).is_ok_and(|project| project.package == "mortise-sdk") {
            return Err(ScaffoldError::Sdk(folder));
        }
        let schema = sdk.with_file_name("docs").join(sdk::SCHEMA).display().to_string();
        Ok(Self::Checkout { sdk, schema })
    }

    /// The dependency in the language's manifest.
    pub(super) fn in_manifest(&self, language: Language) -> String {
        let folder = match self {
            Self::Own => SDK.to_owned(),
            Self::Checkout { sdk, .. } => folder_of(sdk, language).display().to_string(),
        };
        match language {
            Language::Rust => format!("{{ path = {} }}", quoted(folder)),
            Language::JavaScript => quoted(format!("file:{folder}")),
            // A manifest of Python cannot name a folder beside itself, so this SDK is installed together with the
            // project.
            Language::Python if *self == Self::Own => format!("\n    # The SDK is installed from {folder}.\n"),
            Language::Python => quoted(format!("mortise-sdk @ file://{folder}")),
        }
    }

    /// The schema of cassettes, as a cassette names it.
    pub(super) fn schema(&self) -> String {
        match self {
            Self::Own => format!("../{}/{}", SDK, sdk::SCHEMA),
            Self::Checkout { schema, .. } => schema.clone(),
        }
    }
}

/// The SDK of a language in the `sdk` folder of a checkout.
fn folder_of(sdk: &Path, language: Language) -> PathBuf {
    match language {
        Language::Rust => sdk.to_owned(),
        Language::JavaScript => sdk.join("js"),
        Language::Python => sdk.join("python"),
    }
}

/// A string of JSON, which is also one of TOML.
pub(super) fn quoted(text: String) -> String {
    Value::from(text).to_string()
}
