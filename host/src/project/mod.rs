//! An integration's source folder, in any language: its sources, its cassettes and its component.

mod manifest;
mod sources;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use thiserror::Error;

use self::manifest::Manifest;
use crate::files;
use crate::plugin::is_slug;

/// A language of integrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Rust, built by Cargo.
    Rust,
    /// JavaScript or TypeScript, an npm package.
    JavaScript,
    /// Python.
    Python,
}

impl Language {
    /// All languages, in the order in which their manifests are looked for in a folder.
    pub const ALL: [Self; 3] = [Self::Rust, Self::JavaScript, Self::Python];

    /// The file that makes a folder a project of this language.
    pub fn manifest(self) -> &'static str {
        match self {
            Self::Rust => "Cargo.toml",
            Self::JavaScript => "package.json",
            Self::Python => "pyproject.toml",
        }
    }

    /// The command that installs the tools of a project's build, in the project's folder; `None` if the build does
    /// that. `own_sdk`: the project has the SDK in [`SDK`].
    pub fn install(self, own_sdk: bool) -> Option<&'static str> {
        match self {
            Self::Rust => None,
            Self::JavaScript => Some("npm install"),
            Self::Python if own_sdk => {
                Some("python3 -m venv .venv && .venv/bin/pip install -e .mortise/sdk -e '.[build]'")
            }
            Self::Python => Some("python3 -m venv .venv && .venv/bin/pip install -e '.[build]'"),
        }
    }
}

/// Most bytes of a text file of a project. Manifests and pages have some KiB, lock files of package managers some MiB.
const MAX_TEXT: u64 = 16 << 20;

/// The folder of the SDK that a project brings along, below the project's folder.
pub const SDK: &str = ".mortise/sdk";

/// Why a folder is not a project. The command line must name another, or the folder must change.
#[derive(Debug, Error)]
pub enum ProjectError {
    /// The folder is missing.
    #[error("cannot open {}: {source}", path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
        /// The error of the file system.
        #[source]
        source: io::Error,
    },
    /// The folder has no manifest of a package.
    #[error(
        "{} is not an integration: it has no Cargo.toml of a package, no package.json and no pyproject.toml \
         (`mortise new <slug>` makes one)", .0.display()
    )]
    NoManifest(PathBuf),
    /// A manifest is broken.
    #[error("cannot read {}: {why}", path.display())]
    Unreadable {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The folder's name, or the slug in its manifest, is not a slug.
    #[error(
        "{}: `{slug}` is not a slug, which has 1 to 64 lower-case letters, digits and single hyphens: rename the folder, or name the \
         slug in {manifest}", root.display()
    )]
    Slug {
        /// The folder.
        root: PathBuf,
        /// The text that is not a slug.
        slug: String,
        /// The member of the manifest that can name another.
        manifest: &'static str,
    },
    /// Two folders make the same component.
    #[error("{} and {} both have the slug `{slug}`", first.display(), second.display())]
    Twice {
        /// The slug.
        slug: String,
        /// One folder.
        first: PathBuf,
        /// The other folder.
        second: PathBuf,
    },
    /// A checkout without integrations.
    #[error("there is no integration in {}: `mortise new <slug>` makes one", .0.display())]
    Empty(PathBuf),
}

/// The source folder of one integration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The integration's slug. It is the folder's name, unless the manifest names another (`[package.metadata.mortise]
    /// slug` in Cargo.toml, `"mortise": {"slug": …}` in package.json, `[tool.mortise] slug` in pyproject.toml).
    pub slug: String,
    /// The folder with the manifest, absolute.
    pub root: PathBuf,
    /// The language, by the manifest: the first of Cargo.toml, package.json and pyproject.toml.
    pub language: Language,
    /// The package's name in the manifest, or the slug if the manifest has none.
    pub package: String,
    checkout: Option<PathBuf>,
}

impl Project {
    /// Opens the project in the folder `dir`.
    ///
    /// # Errors
    /// If there is none, its manifest cannot be read, or its slug is not valid.
    pub fn open(dir: &Path) -> Result<Self, ProjectError> {
        let root = canonical(dir)?;
        for language in Language::ALL {
            let Some(Manifest { slug, name }) = Manifest::read(&root, language)? else { continue };
            let slug = slug.unwrap_or_else(|| root.file_name().unwrap_or_default().to_string_lossy().into_owned());
            if !is_slug(&slug) {
                let manifest = match language {
                    Language::Rust => "[package.metadata.mortise] of Cargo.toml",
                    Language::JavaScript => "\"mortise\": {\"slug\": …} of package.json",
                    Language::Python => "[tool.mortise] of pyproject.toml",
                };
                return Err(ProjectError::Slug { root, slug, manifest });
            }
            let checkout = checkout(&root);
            return Ok(Self { package: name.unwrap_or_else(|| slug.clone()), slug, root, language, checkout });
        }
        Err(ProjectError::NoManifest(root))
    }

    /// The projects in `dirs`. Each is a project, or a checkout, which stands for all of its `plugins/*`. If `dirs` is
    /// empty, it is the project or checkout of the working directory. Returns at least one, sorted by slug, and no slug
    /// twice.
    ///
    /// # Errors
    /// As [`open`](Self::open), and if two folders have the same slug or a checkout has no integration.
    pub fn find(dirs: &[PathBuf]) -> Result<Vec<Self>, ProjectError> {
        let nearest;
        let dirs = if dirs.is_empty() {
            nearest = [nearest_project()?];
            &nearest
        } else {
            dirs
        };
        let mut found = BTreeMap::<String, Self>::new();
        for dir in dirs {
            let projects = if manifest::is_checkout(dir) { plugins_of(dir)? } else { vec![Self::open(dir)?] };
            for project in projects {
                let same = found.get(&project.slug).filter(|other| other.root != project.root);
                if let Some(Self { slug, root, .. }) = same {
                    return Err(ProjectError::Twice { slug: slug.clone(), first: root.clone(), second: project.root });
                }
                found.insert(project.slug.clone(), project);
            }
        }
        Ok(found.into_values().collect())
    }

    /// The checkout whose integrations these projects are, if they are all of them.
    pub fn whole_checkout(projects: &[Self]) -> Option<&Path> {
        let checkout = projects.first()?.checkout.as_deref()?;
        let all = plugins_of(checkout).ok()?;
        all.iter().all(|one| projects.contains(one)).then_some(checkout)
    }

    /// The checkout that the project belongs to, or its own folder, which has `target`.
    pub fn base(&self) -> &Path {
        self.checkout.as_deref().unwrap_or(&self.root)
    }

    /// Whether the project belongs to a checkout.
    pub fn in_checkout(&self) -> bool {
        self.checkout.is_some()
    }

    /// The folder of the SDK that the project brings along. It may be missing.
    pub fn sdk(&self) -> PathBuf {
        self.root.join(SDK)
    }

    /// The path of the built component: `<base>/target/plugins/components/<slug>.wasm`, in every language.
    pub fn component(&self) -> PathBuf {
        components_dir(self.base()).join(format!("{}.wasm", self.slug))
    }

    /// The path of a development build's component, beside the one for shipping:
    /// `<base>/target/plugins/dev/<slug>.wasm`.
    pub fn dev_component(&self) -> PathBuf {
        self.base().join("target/plugins/dev").join(format!("{}.wasm", self.slug))
    }

    /// The data directory for commands that load the component and serve nobody. They keep compiled code there.
    pub fn compile_cache(&self) -> PathBuf {
        self.base().join("target/plugins/replay")
    }

    /// The page of documentation, which may be missing: the checkout's `docs/integrations/<slug>.md`, or the project's
    /// `README.md`.
    pub fn page(&self) -> PathBuf {
        match &self.checkout {
            Some(checkout) => checkout.join("docs/integrations").join(format!("{}.md", self.slug)),
            None => self.root.join("README.md"),
        }
    }

    /// The folder with the recorded calls. It may be missing.
    pub fn cassettes(&self) -> PathBuf {
        self.root.join("cassettes")
    }

    /// The file with the exceptions from the vendor's document for all cassettes. It may be missing.
    pub fn spec_exceptions(&self) -> PathBuf {
        self.root.join("spec-exceptions.json")
    }
}

/// Reads a text file of a project, such as its manifest or its page: a regular file of at most 16 MiB. Never waits.
///
/// # Errors
/// As [`files::read_text`].
pub fn read_text(path: &Path) -> io::Result<String> {
    files::read_text(path, MAX_TEXT)
}

/// The root of the checkout that contains `from`: a Cargo workspace with the members `plugins/*`.
pub fn checkout(from: &Path) -> Option<PathBuf> {
    from.ancestors().find(|folder| manifest::is_checkout(folder)).map(Path::to_owned)
}

/// The integrations that the demo of a checkout shows, by slug: `demo` in `[workspace.metadata.mortise]` of its `Cargo.toml`. Empty if
/// that names none.
pub fn demonstrated(checkout: &Path) -> Vec<String> {
    manifest::demonstrated(checkout)
}

/// The folder with the components of a checkout or of a stand-alone project.
pub fn components_dir(base: &Path) -> PathBuf {
    base.join("target/plugins/components")
}

/// The projects of a checkout's `plugins/*`.
fn plugins_of(checkout: &Path) -> Result<Vec<Project>, ProjectError> {
    let folder = checkout.join("plugins");
    let missing = |source| ProjectError::Missing { path: folder.clone(), source };
    let mut projects = Vec::new();
    for entry in fs::read_dir(&folder).map_err(missing)? {
        let path = entry.map_err(missing)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if hidden || !path.is_dir() {
            continue;
        }
        match Project::open(&path) {
            Ok(project) => projects.push(project),
            // Files that a removed integration left.
            Err(ProjectError::NoManifest(_)) => {}
            Err(error) => return Err(error),
        }
    }
    if projects.is_empty() {
        return Err(ProjectError::Empty(folder));
    }
    Ok(projects)
}

/// The nearest folder that is a project or a checkout: the working directory or one above.
fn nearest_project() -> Result<PathBuf, ProjectError> {
    let here = env::current_dir().map_err(|source| ProjectError::Missing { path: PathBuf::from("."), source })?;
    let has_manifest = |folder: &&Path| Language::ALL.iter().any(|language| folder.join(language.manifest()).exists());
    match here.ancestors().find(has_manifest) {
        Some(folder) => Ok(folder.to_owned()),
        None => Err(ProjectError::NoManifest(here)),
    }
}

fn canonical(dir: &Path) -> Result<PathBuf, ProjectError> {
    fs::canonicalize(dir).map_err(|source| ProjectError::Missing { path: dir.to_owned(), source })
}
