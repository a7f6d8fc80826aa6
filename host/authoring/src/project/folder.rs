//! The source folder of one integration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use mortise_policy::slug::is_slug;

use super::checkout::{checkout, components_dir, plugins_of};
use super::manifest::{self, Manifest};
use super::{Language, ProjectError};

/// The folder of the SDK that a project brings along, below the project's folder.
pub const SDK: &str = ".mortise/sdk";

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
