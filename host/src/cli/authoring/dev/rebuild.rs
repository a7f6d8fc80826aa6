//! From a change to a generation: one build at a time, and one component tested and loaded at a time.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use mortise_authoring::build::{self, Profile};
use mortise_authoring::project::Project;
use mortise_authoring::watch::{Pending, Watch, fingerprint, settled};
use mortise_files as files;
use tokio::sync::Mutex;
use uuid::Uuid;

use super::components::ComponentFolders;
use super::event::{Event, Outcome};
use crate::cassette::{self, Replay};
use crate::cli::authoring::cassettes;
use crate::cli::authoring::local::Local;
use crate::plugin::{self, Generation, Reloaded};

/// The projects, and the host that serves their components.
pub(super) struct Rebuilder {
    projects: BTreeMap<String, Project>,
    watch: Watch,
    folders: ComponentFolders,
    local: Local,
    json: bool,
    /// The sources of each project when it was last built.
    built: Mutex<HashMap<String, [u8; 32]>>,
    /// The components that were last tried, whatever the outcome. Locked while one is tried.
    tried: Mutex<HashMap<String, Tried>>,
    /// How cassettes are played; `None` if they are not.
    test: Option<Replay>,
}

/// A component that was tried.
struct Tried {
    /// Its path: the output of a build, or a file that the author put there.
    component: PathBuf,
    digest: String,
}

impl Rebuilder {
    /// Starts to watch the projects.
    pub(super) fn open(
        projects: Vec<Project>,
        folders: ComponentFolders,
        local: Local,
        (test, json): (Option<Replay>, bool),
    ) -> Result<Self> {
        let watch = Watch::start(&projects)?;
        let projects = projects.into_iter().map(|project| (project.slug.clone(), project)).collect();
        Ok(Self { projects, watch, folders, local, json, built: Mutex::default(), tried: Mutex::default(), test })
    }

    /// The host.
    pub(super) fn local(&self) -> &Local {
        &self.local
    }

    /// Builds and loads everything. Reports each failure, and still serves the others.
    pub(super) async fn build_all(&self) -> Result<()> {
        for project in self.projects.values() {
            self.build(project, None).await?;
        }
        Ok(())
    }

    /// Follows the changes. Loads components while a build runs.
    ///
    /// # Errors
    /// If nobody reads the output.
    pub(super) async fn follow(&self) -> Result<Infallible> {
        tokio::select! {
            ended = self.each(self.watch.sources(), async |project, file| self.build(project, Some(&file)).await) => ended,
            ended = self.each(self.watch.components(), async |project, file| self.replaced(project, &file).await) => ended,
            ended = self.each(self.watch.cassettes(), async |project, file| self.recorded(project, &file).await) => ended,
        }
    }

    async fn each(
        &self,
        changes: &Pending<PathBuf>,
        follow: impl AsyncFn(&Project, PathBuf) -> Result<()>,
    ) -> Result<Infallible> {
        loop {
            for (slug, file) in changes.take().await {
                if let Some(project) = self.projects.get(&slug) {
                    follow(project, file).await?;
                }
            }
        }
    }

    /// Builds a project if its sources have changed since its last build, and serves the component.
    async fn build(&self, project: &Project, changed: Option<&Path>) -> Result<()> {
        let sources = blocking(project, fingerprint).await?;
        let before = self.built.lock().await.insert(project.slug.clone(), sources);
        if changed.is_some() && before == Some(sources) {
            return Ok(());
        }
        let started = Instant::now();
        let built = blocking(project, |project| build::projects(std::slice::from_ref(project), Profile::Dev)).await?;
        let took = started.elapsed();
        self.watch.renew(project)?;
        let event = match built {
            Ok(_) => self.publish(project, project.dev_component(), Some(took)).await,
            Err(error) => {
                // The cause of the failure may lie outside the sources: the next save tries again.
                self.built.lock().await.remove(&project.slug);
                self.build_failed(project, took, &error).await
            }
        };
        self.tell(project, changed, event)
    }

    /// Somebody else put a component in place.
    async fn replaced(&self, project: &Project, file: &Path) -> Result<()> {
        let component = project.component();
        settled(&component).await;
        match blocking(project, |project| digest(&project.component())).await? {
            Ok(digest) if self.tried.lock().await.get(&project.slug).is_some_and(|tried| tried.digest == digest) => {
                Ok(())
            }
            Ok(_) => {
                let event = self.publish(project, component, None).await;
                self.tell(project, Some(file), event)
            }
            Err(error) => {
                tracing::warn!("{} cannot be read ({error}): the generation that serves stays", component.display());
                Ok(())
            }
        }
    }

    /// Cassettes changed: the vendor replays the new ones. If cassettes are played, the component is tried anew.
    async fn recorded(&self, project: &Project, file: &Path) -> Result<()> {
        let read = |project: &Project| cassettes::readable([(project.slug.clone(), project.cassettes())]);
        match blocking(project, read).await? {
            Ok(cassettes) => {
                self.local.replay(&project.slug, cassettes.into_values().flatten().collect()).await;
                self.accounts(&project.slug, None).await;
            }
            Err(error) => {
                tracing::warn!("the vendor of {} replays the cassettes that it had: {error}", project.slug);
                return Ok(());
            }
        }
        if self.test.is_none() {
            return Ok(());
        }
        let component = self.tried.lock().await.get(&project.slug).map(|tried| tried.component.clone());
        let event = self.publish(project, component.unwrap_or_else(|| project.dev_component()), None).await;
        self.tell(project, Some(file), event)
    }

    /// Serves a component of a project from now on, if it can be served.
    async fn publish(&self, project: &Project, component: PathBuf, built: Option<Duration>) -> Event {
        let mut tried = self.tried.lock().await;
        let (slug, registry) = (project.slug.as_str(), &self.local.app.service.registry);
        let before = registry.get(slug);
        let fit = async {
            let aside = self.folders.aside(project, &component)?;
            tried.insert(slug.to_owned(), Tried { digest: digest(&aside)?, component });
            self.play(slug, &aside).await?;
            self.folders.put(project)
        };
        if let Err(error) = fit.await {
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
            Outcome::Loaded => self.accounts(slug, before.as_deref()).await,
            _ => None,
        };
        let reason = status.and_then(|status| status.reason);
        Event { built, loaded: Some(took), account, reason, ..self.event(project, outcome) }
    }

    /// Makes the accounts of an integration anew, and returns the first.
    async fn accounts(&self, slug: &str, before: Option<&Generation>) -> Option<Uuid> {
        self.local.renew(slug, before).await.unwrap_or_else(|error| {
            tracing::warn!("{slug} has no account to call it with: {error:#}");
            None
        })
    }

    /// Plays the cassettes against a component, if the author asked for it.
    async fn play(&self, slug: &str, component: &Path) -> Result<()> {
        let Some(how) = &self.test else { return Ok(()) };
        let cassettes = self.local.cassettes_of(slug).await;
        let report = cassette::replay(component, &cassettes, how).await?;
        let failed: Vec<_> = report.failed().map(ToString::to_string).collect();
        ensure!(failed.is_empty(), "its cassettes do not pass:\n{}", failed.join("\n"));
        Ok(())
    }

    /// Tells callers why the last good generation answers, which may be that of an earlier run.
    async fn build_failed(&self, project: &Project, took: Duration, error: &anyhow::Error) -> Event {
        let earlier = [project.dev_component(), project.component()].into_iter().find(|component| component.exists());
        if let Some(component) = earlier.filter(|_| self.local.app.service.registry.get(&project.slug).is_none()) {
            self.publish(project, component, None).await;
        }
        let reason = format!("{error:#}");
        self.local.app.service.registry.refuse(&project.slug, &format!("build failed: {reason}")).await;
        Event { built: Some(took), reason: Some(reason), ..self.event(project, Outcome::BuildFailed) }
    }

    fn event(&self, project: &Project, outcome: Outcome) -> Event {
        let generation = self.local.app.service.registry.get(&project.slug);
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

/// Works on a project on a blocking thread.
async fn blocking<T: Send + 'static>(
    project: &Project,
    work: impl FnOnce(&Project) -> T + Send + 'static,
) -> Result<T> {
    let project = project.clone();
    tokio::task::spawn_blocking(move || work(&project)).await.context("the build panicked")
}

/// The digest of the component in a file.
fn digest(file: &Path) -> io::Result<String> {
    let mut component = Vec::new();
    files::open_regular(file)?.read_to_end(&mut component)?;
    Ok(mortise_policy::grant::digest(&component))
}
