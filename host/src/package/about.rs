//! What a project's manifest says of it to its users: version, licence, address of its source.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use cargo_metadata::{CargoOpt, Metadata, MetadataCommand};
use jiff::Timestamp;
use mortise_authoring::project::{self, Language, Project};
use serde::Deserialize;

/// The variable with the time that reproducible builds take for now, in seconds since 1970.
const EPOCH: &str = "SOURCE_DATE_EPOCH";

/// The facts about a project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// The version.
    pub version: String,
    /// Its description, in a sentence.
    pub description: Option<String>,
    /// The licence, as an SPDX expression.
    pub license: Option<String>,
    /// The address of its source.
    pub repository: Option<String>,
    /// The address of its documentation.
    pub documentation: Option<String>,
    /// `SOURCE_DATE_EPOCH`, or 1970. With the clock's time every package would be another one.
    pub created: Timestamp,
}

#[derive(Deserialize)]
struct PackageJson {
    version: Option<String>,
    description: Option<String>,
    license: Option<String>,
    homepage: Option<String>,
    repository: Option<Repository>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Repository {
    Text(String),
    Object { url: String },
}

#[derive(Deserialize)]
struct Pyproject {
    project: Option<PythonProject>,
}

#[derive(Deserialize)]
struct PythonProject {
    version: Option<String>,
    description: Option<String>,
    license: Option<License>,
    #[serde(default)]
    urls: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum License {
    Text(String),
    Table { text: Option<String> },
}

impl About {
    /// Reads the manifest of the project.
    ///
    /// # Errors
    /// If it cannot be read, or names no version.
    pub fn read(project: &Project) -> Result<Self> {
        let manifest = project.root.join(project.language.manifest());
        let place = || manifest.display().to_string();
        let mut about = match project.language {
            Language::Rust => Self::of_cargo(project)?,
            Language::JavaScript => {
                let package: PackageJson = serde_json::from_str(&read(&manifest)?).with_context(place)?;
                let repository = package.repository.map(|repository| match repository {
                    Repository::Text(url) | Repository::Object { url } => url,
                });
                Self {
                    version: package.version.unwrap_or_default(),
                    description: package.description,
                    license: package.license,
                    repository: repository.map(|url| url.trim_start_matches("git+").to_owned()),
                    documentation: package.homepage,
                    ..Self::default()
                }
            }
            Language::Python => {
                let manifest: Pyproject = toml::from_str(&read(&manifest)?).with_context(place)?;
                let project = manifest.project.with_context(|| format!("{}: there is no [project]", place()))?;
                let url = |names: &[&str]| {
                    let mut urls = project.urls.iter();
                    urls.find(|(name, _)| names.contains(&name.to_ascii_lowercase().as_str()))
                        .map(|(_, url)| url.clone())
                };
                Self {
                    repository: url(&["repository", "source", "source code"]),
                    documentation: url(&["documentation", "homepage"]),
                    version: project.version.unwrap_or_default(),
                    description: project.description,
                    license: project.license.and_then(|license| match license {
                        License::Text(text) => Some(text),
                        License::Table { text } => text,
                    }),
                    ..Self::default()
                }
            }
        };
        if about.version.is_empty() {
            bail!("{}: a package needs a version", place());
        }
        about.created = created()?;
        Ok(about)
    }

    fn of_cargo(project: &Project) -> Result<Self> {
        let metadata = cargo_metadata(project, &["--no-deps"])?;
        let manifest = project.root.join("Cargo.toml");
        let package = metadata.packages.into_iter().find(|package| package.manifest_path == manifest);
        let package = package.with_context(|| format!("cargo knows no package of {}", manifest.display()))?;
        Ok(Self {
            version: package.version.to_string(),
            description: package.description,
            license: package.license,
            repository: package.repository,
            documentation: package.documentation.or(package.homepage),
            ..Self::default()
        })
    }

    /// The facts as annotations of the OCI image specification.
    pub(super) fn annotations(&self) -> BTreeMap<String, String> {
        let known = [
            ("version", Some(&self.version)),
            ("description", self.description.as_ref()),
            ("licenses", self.license.as_ref()),
            ("source", self.repository.as_ref()),
            ("documentation", self.documentation.as_ref()),
        ];
        let known = known.into_iter().filter_map(|(name, value)| Some((name, value?.clone())));
        let mut annotations: BTreeMap<_, _> =
            known.map(|(name, value)| (format!("org.opencontainers.image.{name}"), value)).collect();
        annotations.insert("org.opencontainers.image.created".to_owned(), self.created.to_string());
        annotations
    }
}

/// What cargo says of the project's workspace, for the target of components.
pub(super) fn cargo_metadata(project: &Project, options: &[&str]) -> Result<Metadata> {
    let mut options: Vec<_> = options.iter().map(|option| (*option).to_owned()).collect();
    options.extend(["--filter-platform".to_owned(), "wasm32-wasip2".to_owned()]);
    let mut command = MetadataCommand::new();
    command.current_dir(&project.root).features(CargoOpt::SomeFeatures(Vec::new())).other_options(options);
    command.exec().with_context(|| format!("cargo metadata failed in {}", project.root.display()))
}

fn created() -> Result<Timestamp> {
    let Some(text) = std::env::var_os(EPOCH) else { return Ok(Timestamp::UNIX_EPOCH) };
    let seconds = text.to_str().and_then(|text| text.parse().ok());
    let time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.with_context(|| format!("{EPOCH} must be seconds since 1970"))
}

fn read(path: &Path) -> Result<String> {
    project::read_text(path).with_context(|| format!("cannot read {}", path.display()))
}
