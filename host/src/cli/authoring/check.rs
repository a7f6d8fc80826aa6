//! `mortise check`: the problems that a loader or a reviewer would find in a component.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use mortise_authoring::project::Project;
use mortise_files::{self as files, TemporaryDir};
use serde_json::{Value, json};

use crate::app::App;
use crate::cli::args::DataArgs;
use crate::cli::output::{Json, listed, print_json, print_line, print_members};
use crate::cli::run::block_on;
use crate::config::{Config, ConfigError};
use crate::plugin::{Candidate, ComponentRefusal, review};

/// Checks a component as a host would at load, and lists what a reviewer would question
///
/// Shows its imports and exports function by function, its declaration and its size. Shows all problems at once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mortise check
  mortise check plugins/acme
  mortise check acme.wasm --json

A folder stands for its built component (`mortise build` makes it). A host refuses a component with problems. Warnings are
allowed, but probably mistakes.
Exit status: 0 a host would load it, 1 it would be refused, 2 there is nothing to check.")]
pub(in crate::cli) struct Check {
    /// A component, or the folder of an integration [default: the working directory]
    #[arg(value_name = "COMPONENT|DIR", default_value = ".", hide_default_value = true)]
    target: PathBuf,
    /// Treat warnings as problems
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    config: DataArgs,
}

impl Check {
    pub(super) fn run(self) -> Result<()> {
        let config = self.config.load()?;
        let review = if self.target.is_dir() {
            let project = Project::open(&self.target).map_err(|error| ConfigError::Unusable(error.to_string()))?;
            block_on(Review::of_project(&config, &project))?
        } else {
            block_on(Review::of(&config, &self.target))?
        };
        if self.json.json {
            print_json(&review.to_json())?;
        } else {
            review.print()?;
        }
        let warnings = if self.strict { review.warnings.len() } else { 0 };
        match review.problems.len() + warnings {
            0 => Ok(()),
            1 => Err(anyhow!("{}: 1 problem", review.slug)),
            many => Err(anyhow!("{}: {many} problems", review.slug)),
        }
    }
}

/// The findings about one component.
pub(super) struct Review {
    /// The name of its file.
    pub(super) slug: String,
    path: PathBuf,
    bytes: usize,
    /// Why a host refuses it.
    pub(super) problems: Vec<String>,
    /// Facts that are allowed, but probably mistakes.
    pub(super) warnings: Vec<String>,
    /// The loaded integration, if there are no problems.
    pub(super) candidate: Option<Candidate>,
}

impl Review {
    /// [`Review::of`] the component that `mortise build` made of a project. Without a host's compile cache it uses the project's.
    ///
    /// # Errors
    /// If the project is not built.
    pub(super) async fn of_project(config: &Config, project: &Project) -> Result<Self> {
        let component = project.component();
        if !component.is_file() {
            let place = project.root.display();
            return Err(ConfigError::Unusable(format!("{place} is not built yet: run `mortise build {place}`")).into());
        }
        let mut config = config.clone();
        if !config.data_dir.is_dir() {
            config.data_dir = project.compile_cache();
            files::create_private_dir(&config.data_dir)
                .with_context(|| format!("cannot make {}", config.data_dir.display()))?;
        }
        Self::of(&config, &component).await
    }

    /// Loads the component as a host with this configuration would, and serves nothing.
    ///
    /// # Errors
    /// If there is no such file, or its name is not a slug.
    pub(super) async fn of(config: &Config, component: &Path) -> Result<Self> {
        let metadata = component.metadata().with_context(|| format!("{} cannot be opened", component.display()))?;
        let slug = review::slug_of(component).map(str::to_owned).ok_or_else(|| {
            let name = component.display();
            ConfigError::Unusable(format!("{name}: the name of a component's file must be its slug, `<slug>.wasm`"))
        })?;
        let mut config = config.clone();
        let folder = component.parent().filter(|folder| !folder.as_os_str().is_empty());
        config.plugins_dir = folder.unwrap_or(Path::new(".")).to_owned();
        // The compile cache of a host, if there is one; a check leaves nothing behind.
        let temporary = if config.data_dir.is_dir() { None } else { Some(TemporaryDir::new()?) };
        if let Some(temporary) = &temporary {
            config.data_dir = temporary.path().to_owned();
        }
        let bytes = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
        let mut review = Self {
            slug: slug.clone(),
            path: component.to_owned(),
            bytes,
            problems: Vec::new(),
            warnings: Vec::new(),
            candidate: None,
        };
        match App::candidate(&config, &slug).await {
            Ok(candidate) => {
                review.warnings = review::warnings(&candidate, bytes);
                review.candidate = Some(candidate);
            }
            Err(error) => {
                review.problems = match error.downcast_ref::<ComponentRefusal>() {
                    Some(refusal) => refusal.problems.clone(),
                    // The outermost context only says that the component would not be served.
                    None => vec![error.chain().skip(1).map(ToString::to_string).collect::<Vec<_>>().join(": ")],
                };
            }
        }
        Ok(review)
    }

    /// The candidate.
    ///
    /// # Errors
    /// The problems, if there are any.
    pub(super) fn accepted(self) -> Result<Candidate> {
        self.candidate.with_context(|| {
            format!(
                "{} would be refused by a host (`mortise check`):\n{}",
                self.path.display(),
                self.problems.join("\n")
            )
        })
    }

    fn to_json(&self) -> Value {
        let candidate = self.candidate.as_ref();
        let sdk = candidate.and_then(|candidate| candidate.sdk_version.as_deref()).map(review::sdk);
        let capabilities = candidate.map(|candidate| &candidate.capabilities);
        json!({
            "slug": self.slug,
            "path": self.path,
            "ok": self.problems.is_empty(),
            "problems": self.problems,
            "warnings": self.warnings,
            "bytes": self.bytes,
            "digest": candidate.map(|candidate| &candidate.digest),
            "sdk": sdk.map(|(language, version)| json!({ "language": language, "version": version })),
            "contract": candidate.and_then(Candidate::contract),
            "class": candidate.map(Candidate::class),
            "imports": candidate.map(|candidate| &candidate.imports),
            "exports": candidate.map(|candidate| &candidate.exports),
            "label": capabilities.map(|capabilities| &capabilities.label),
            "origins": capabilities.map(|capabilities| &capabilities.origins),
            "headers": capabilities.map(|capabilities| &capabilities.headers),
            "evidence": capabilities.and_then(|capabilities| capabilities.evidence),
            "operations": capabilities.map(|capabilities| {
                let names = capabilities.operations.iter().map(|o| format!("{} {}", o.category, o.operation));
                names.collect::<Vec<_>>()
            }),
        })
    }

    fn print(&self) -> Result<()> {
        if let Some(candidate) = &self.candidate {
            let capabilities = &candidate.capabilities;
            let operations = capabilities.operations.iter().map(|o| format!("{} {}", o.category, o.title()));
            let sdk = candidate.sdk_version.as_deref().map(review::sdk);
            print_members([
                ("slug", Some(self.slug.clone())),
                ("label", Some(capabilities.label.clone())),
                ("digest", Some(candidate.digest.clone())),
                ("bytes", Some(self.bytes.to_string())),
                ("contract", candidate.contract()),
                ("sdk", sdk.map(|(language, version)| format!("{language} {version}"))),
                ("class", Some(candidate.class().to_string())),
                ("imports", Some(candidate.imports.join("  "))),
                ("origins", Some(capabilities.origins.join("  "))),
                ("headers", listed(&capabilities.headers)),
                ("evidence", capabilities.evidence.map(|evidence| evidence.to_string())),
                ("operations", Some(operations.collect::<Vec<_>>().join(", "))),
            ])?;
        }
        for problem in &self.problems {
            print_line(&format!("problem: {problem}"))?;
        }
        for warning in &self.warnings {
            print_line(&format!("warning: {warning}"))?;
        }
        if self.problems.is_empty() {
            print_line("a host would load it")?;
        }
        Ok(())
    }
}
