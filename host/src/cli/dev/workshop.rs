//! From a change to a generation: one build at a time, one component loaded at a time.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::event::{Event, Outcome};
use crate::build::{self, Profile};
use crate::cli::local::Local;
use crate::plugin::{self, Reloaded};
use crate::project::Project;
use crate::watch::{Watch, fingerprint, settled};

/// The folder that the host loads from. Components are put there whole, so that it never meets one that is being written.
pub(super) struct Shelf(PathBuf);

impl Shelf {
    /// Makes the folder, or empties it: what an earlier run left is not what the sources say now.
    pub(super) fn clear(path: &Path) -> Result<Self> {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot empty {}", path.display()));
            }
            _ => {}
        }
        crate::files::create_private_dir(path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self(path.to_owned()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    fn put(&self, project: &Project) -> Result<()> {
        let component = project.component();
        let (aside, place) = (self.0.join(format!(".{}", project.slug)), self.0.join(format!("{}.wasm", project.slug)));
        fs::copy(&component, &aside).with_context(|| format!("cannot read {}", component.display()))?;
        fs::rename(&aside, &place).with_context(|| format!("cannot write {}", place.display()))
    }
}

/// The projects, and the host that serves what becomes of them.
pub(super) struct Workshop {
    projects: BTreeMap<String, Project>,
    watch: Watch,
    shelf: Shelf,
    local: Local,
    json: bool,
    /// The sources of each project when it was last built.
    built: Mutex<HashMap<String, [u8; 32]>>,
    /// Held while a component is published.
    publishing: Mutex<()>,
}

impl Workshop {
    /// Begins to watch the projects.
    pub(super) fn open(projects: Vec<Project>, shelf: Shelf, local: Local, json: bool) -> Result<Self> {
        let watch = Watch::start(&projects)?;
        let projects = projects.into_iter().map(|project| (project.slug.clone(), project)).collect();
        Ok(Self { projects, watch, shelf, local, json, built: Mutex::default(), publishing: Mutex::default() })
    }

    /// The host.
    pub(super) fn local(&self) -> &Local {
        &self.local
    }

    /// Builds and loads everything. What fails is told and does not keep the others from serving.
    pub(super) async fn build_all(&self) -> Result<()> {
        for project in self.projects.values() {
            self.build(project, None).await?;
        }
        Ok(())
    }

    /// Follows the changes. Loads components while a build runs.
    ///
    /// # Errors
    /// If nobody reads what is told.
    pub(super) async fn follow(&self) -> Result<Infallible> {
        tokio::select! {
            ended = self.follow_sources() => ended,
            ended = self.follow_results() => ended,
        }
    }

    async fn follow_sources(&self) -> Result<Infallible> {
        loop {
            for (slug, file) in self.watch.sources().take().await {
                if let Some(project) = self.projects.get(&slug) {
                    self.build(project, Some(&file)).await?;
                }
            }
        }
    }

    async fn follow_results(&self) -> Result<Infallible> {
        loop {
            for (slug, file) in self.watch.results().take().await {
                if let Some(project) = self.projects.get(&slug) {
                    self.replaced(project, &file).await?;
                }
            }
        }
    }

    /// Builds a project whose sources are not those of its last build, and serves what comes of it.
    async fn build(&self, project: &Project, changed: Option<&Path>) -> Result<()> {
        let sources = blocking(project, fingerprint).await?;
        let before = self.built.lock().await.insert(project.slug.clone(), sources);
        if changed.is_some() && before == Some(sources) {
            return Ok(());
        }
        let started = Instant::now();
        let built = blocking(project, |project| build::projects(std::slice::from_ref(project), Profile::Dev)).await?;
        let took = started.elapsed();
        let event = match built {
            Ok(_) => self.publish(project, Some(took)).await,
            Err(error) => self.build_failed(project, took, &error).await,
        };
        self.tell(project, changed, event)
    }

    /// A component was replaced, most often by a build, which has told of it then.
    async fn replaced(&self, project: &Project, file: &Path) -> Result<()> {
        let component = project.component();
        settled(&component).await;
        let digest = blocking(project, |project| fs::read(project.component()).map(Sha256::digest)).await?;
        let newest = self.local.app.registry.status(&project.slug).and_then(|status| status.digest);
        match digest {
            Ok(digest) if newest == Some(hex::encode(digest)) => Ok(()),
            Ok(_) => {
                let event = self.publish(project, None).await;
                self.tell(project, Some(file), event)
            }
            Err(error) => {
                tracing::warn!("{} cannot be read ({error}): what serves goes on", component.display());
                Ok(())
            }
        }
    }

    /// Serves the component of a project from now on, if it can be served.
    async fn publish(&self, project: &Project, built: Option<Duration>) -> Event {
        let _publishing = self.publishing.lock().await;
        let (slug, registry) = (project.slug.as_str(), &self.local.app.registry);
        let before = registry.get(slug);
        if let Err(error) = self.shelf.put(project) {
            let reason = format!("{error:#}");
            registry.refuse(slug, &reason).await;
            return Event { built, reason: Some(reason), ..self.event(project, Outcome::Refused) };
        }
        let Reloaded { outcome, status, took, .. } = self.local.app.reload(slug).await;
        let outcome = match outcome {
            plugin::Outcome::Loaded => Outcome::Loaded,
            plugin::Outcome::Unchanged => Outcome::Unchanged,
            plugin::Outcome::Refused | plugin::Outcome::Gone | plugin::Outcome::Absent => Outcome::Refused,
        };
        let account = match outcome {
            Outcome::Loaded => self.local.account(slug, before.as_deref()).await.unwrap_or_else(|error| {
                tracing::warn!("{slug} has no account to call it with: {error:#}");
                None
            }),
            _ => None,
        };
        let reason = status.and_then(|status| status.reason);
        Event { built, loaded: Some(took), account, reason, ..self.event(project, outcome) }
    }

    /// Tells callers why they get the last good generation, if need be the one of an earlier run.
    async fn build_failed(&self, project: &Project, took: Duration, error: &anyhow::Error) -> Event {
        if self.local.app.registry.get(&project.slug).is_none() && project.component().exists() {
            self.publish(project, None).await;
        }
        let reason = format!("{error:#}");
        self.local.app.registry.refuse(&project.slug, &format!("build failed: {reason}")).await;
        Event { built: Some(took), reason: Some(reason), ..self.event(project, Outcome::BuildFailed) }
    }

    fn event(&self, project: &Project, outcome: Outcome) -> Event {
        let generation = self.local.app.registry.get(&project.slug);
        Event {
            integration: project.slug.clone(),
            changed: None,
            built: None,
            loaded: None,
            outcome,
            generation: generation.map(|generation| generation.id().to_owned()),
            account: None,
            reason: None,
        }
    }

    fn tell(&self, project: &Project, changed: Option<&Path>, event: Event) -> Result<()> {
        let shown = |path: &Path| {
            let bases = [&project.root, project.base()];
            let inside = bases.iter().find_map(|base| path.strip_prefix(base).ok());
            inside.unwrap_or(path).display().to_string()
        };
        Event { changed: changed.map(shown), ..event }.print(self.json)
    }
}

/// Does something with a project where it holds up nobody.
async fn blocking<T: Send + 'static>(
    project: &Project,
    work: impl FnOnce(&Project) -> T + Send + 'static,
) -> Result<T> {
    let project = project.clone();
    tokio::task::spawn_blocking(move || work(&project)).await.context("the build panicked")
}
