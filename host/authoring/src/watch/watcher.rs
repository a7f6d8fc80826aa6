//! Watches the folders of projects.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};

use anyhow::{Context, Result};
use notify::event::EventKind;
use notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};

use super::changes::Changes;
use super::mutex::lock;
use super::{Pending, QUIET};
use crate::project::Project;

/// The projects that are watched, until this is dropped.
pub struct Watch {
    pending: Arc<Changes>,
    watcher: Shared,
}

type Watcher = Debouncer<RecommendedWatcher, RecommendedCache>;
/// Empty for the moment in which the watcher is made.
type Shared = Arc<Mutex<Option<Watcher>>>;

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// If the system gives no more watches, or a folder is gone.
    pub fn start(projects: &[Project]) -> Result<Self> {
        let (pending, shared) = (Arc::<Changes>::default(), Shared::default());
        let handler = handler(projects.to_vec(), pending.clone(), Arc::downgrade(&shared));
        let mut watcher: Watcher = new_debouncer(QUIET, None, handler).context("files cannot be watched")?;
        for project in projects {
            watch_output(&mut watcher, project)?;
            // Files are watched through their folders, because replacing a file would also remove a watch on it.
            let cassettes = Some(project.cassettes()).filter(|folder| folder.is_dir());
            let folders =
                project.source_folders().into_iter().chain(cassettes).map(|folder| (folder, RecursiveMode::Recursive));
            for (folder, mode) in folders.chain([(project.root.clone(), RecursiveMode::NonRecursive)]) {
                watcher.watch(&folder, mode).with_context(|| format!("{} cannot be watched", folder.display()))?;
            }
        }
        *lock(&shared) = Some(watcher);
        Ok(Self { pending, watcher: shared })
    }

    /// Watches the folder of a project's component again: a watch ends with its folder, and builds make a new one.
    ///
    /// # Errors
    /// If the folder cannot be made or watched.
    pub fn renew(&self, project: &Project) -> Result<()> {
        lock(&self.watcher).as_mut().map_or(Ok(()), |watcher| watch_output(watcher, project))
    }

    /// Projects whose sources changed, by slug, each with one of the files.
    pub fn sources(&self) -> &Pending<PathBuf> {
        &self.pending.sources
    }

    /// Projects whose component was replaced, by slug, by a build or by a person.
    pub fn components(&self) -> &Pending<PathBuf> {
        &self.pending.components
    }

    /// Projects whose cassettes changed, by slug, each with one of the files.
    pub fn cassettes(&self) -> &Pending<PathBuf> {
        &self.pending.cassettes
    }
}

fn watch_output(watcher: &mut Watcher, project: &Project) -> Result<()> {
    let component = project.component();
    let out = component.parent().unwrap_or(&project.root);
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    watcher.watch(out, RecursiveMode::NonRecursive).with_context(|| format!("{} cannot be watched", out.display()))
}

fn handler(
    projects: Vec<Project>,
    pending: Arc<Changes>,
    watcher: Weak<Mutex<Option<Watcher>>>,
) -> impl FnMut(DebounceEventResult) {
    move |events| match events {
        Ok(events) => {
            // Compilers read what they compile.
            let changes = events.iter().filter(|event| !matches!(event.kind, EventKind::Access(_)));
            for path in changes.flat_map(|event| &event.paths) {
                if projects.iter().any(|project| pending.note(project, path)) {
                    // A folder that appears later beside the manifest. Folders below the others are watched with them.
                    let Some(shared) = watcher.upgrade() else { return };
                    if let Some(Err(error)) = lock(&shared).as_mut().map(|w| w.watch(path, RecursiveMode::Recursive)) {
                        tracing::warn!("{} cannot be watched: {error}", path.display());
                    }
                }
            }
        }
        Err(errors) => errors.iter().for_each(|error| tracing::warn!("changes may have been missed: {error}")),
    }
}
