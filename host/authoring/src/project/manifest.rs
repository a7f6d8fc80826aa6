//! What a language's manifest says about an integration.

use std::fmt::Display;
use std::io;
use std::path::Path;

use serde::Deserialize;

use super::{Language, ProjectError, read_text};

/// The members of a manifest that matter here.
#[derive(Debug)]
pub(super) struct Manifest {
    /// The slug, if it is not the folder's name.
    pub(super) slug: Option<String>,
    /// The package's name, if it has one.
    pub(super) name: Option<String>,
}

/// `[package.metadata.mortise]`, `"mortise"` and `[tool.mortise]`.
#[derive(Debug, Deserialize)]
struct Mortise {
    slug: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Cargo {
    package: Option<Package>,
    workspace: Option<Workspace>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
struct Workspace {
    #[serde(default)]
    members: Vec<String>,
    metadata: Option<WorkspaceMetadata>,
}

#[derive(Debug, Deserialize)]
struct WorkspaceMetadata {
    mortise: Option<MortiseWorkspace>,
}

/// `[workspace.metadata.mortise]`.
#[derive(Debug, Deserialize)]
struct MortiseWorkspace {
    #[serde(default)]
    demo: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct PackageJson {
    name: Option<String>,
    mortise: Option<Mortise>,
}

#[derive(Debug, Deserialize)]
struct Pyproject {
    project: Option<PythonProject>,
    tool: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
struct PythonProject {
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    mortise: Option<Mortise>,
}

impl Manifest {
    /// Reads the manifest of that language in `root`; `None` if there is no such file, or it does not describe a
    /// package of its own.
    pub(super) fn read(root: &Path, language: Language) -> Result<Option<Self>, ProjectError> {
        let path = root.join(language.manifest());
        let Some(text) = text_of(&path)? else { return Ok(None) };
        let (name, mortise) = match language {
            Language::Rust => match parse(&path, toml::from_str::<Cargo>(&text))?.package {
                Some(package) => (Some(package.name), package.metadata.and_then(|metadata| metadata.mortise)),
                // The root of a workspace.
                None => return Ok(None),
            },
            Language::JavaScript => {
                let package: PackageJson = parse(&path, serde_json::from_str(&text))?;
                (package.name, package.mortise)
            }
            Language::Python => {
                let pyproject: Pyproject = parse(&path, toml::from_str(&text))?;
                let name = pyproject.project.and_then(|project| project.name);
                (name, pyproject.tool.and_then(|tool| tool.mortise))
            }
        };
        Ok(Some(Self { slug: mortise.and_then(|mortise| mortise.slug), name }))
    }
}

/// Whether `root` is the root of a checkout: a Cargo workspace whose members are the integrations of `plugins/`.
pub(super) fn is_checkout(root: &Path) -> bool {
    workspace(root).is_some_and(|workspace| workspace.members.iter().any(|member| member == "plugins/*"))
}

/// The integrations that a checkout shows in its demo, by slug; empty if its manifest names none.
pub(super) fn demonstrated(checkout: &Path) -> Vec<String> {
    let metadata = workspace(checkout).and_then(|workspace| workspace.metadata);
    metadata.and_then(|metadata| metadata.mortise).map(|mortise| mortise.demo).unwrap_or_default()
}

fn workspace(root: &Path) -> Option<Workspace> {
    toml::from_str::<Cargo>(&text_of(&root.join("Cargo.toml")).ok()??).ok()?.workspace
}

fn text_of(path: &Path) -> Result<Option<String>, ProjectError> {
    match read_text(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ProjectError::Unreadable { path: path.to_owned(), why: source.to_string() }),
    }
}

fn parse<T, E: Display>(path: &Path, read: Result<T, E>) -> Result<T, ProjectError> {
    read.map_err(|error| ProjectError::Unreadable {
        path: path.to_owned(),
        why: error.to_string().trim_end().to_owned(),
    })
}
