//! Watches projects while their authors work, and reports whose sources, component or cassettes changed.
//!
//! A change is noted, not queued: however often files are saved while a reader is busy, one change waits for it
//! afterwards.

mod fingerprint;
mod pending;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use anyhow::{Context, Result};
use notify::event::EventKind;
use notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};

pub use self::fingerprint::fingerprint;
pub use self::pending::Pending;
use crate::project::Project;

/// How long a file must stay unchanged before its change counts, because editors and compilers write a file in several
/// steps.
pub const QUIET: Duration = Duration::from_millis(50);

/// The projects that are watched, until this is dropped.
pub struct Watch {
    pending: Arc<Changes>,
    watcher: Shared,
}

/// The changes, each with its first file: at most three notes for each project.
#[derive(Debug, Default)]
struct Changes {
    sources: Pending<PathBuf>,
    components: Pending<PathBuf>,
    cassettes: Pending<PathBuf>,
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

impl Changes {
    /// Notes the change of a file. Returns whether it is a folder of the project that must be watched, too.
    fn note(&self, project: &Project, path: &Path) -> bool {
        let (slug, cassettes) = (&project.slug, project.cassettes());
        if path == project.component() {
            self.components.add(slug, path.to_owned());
        } else if path.starts_with(&cassettes) {
            self.cassettes.add(slug, path.to_owned());
            return path == cassettes && path.is_dir();
        } else if project.is_source(path) {
            self.sources.add(slug, path.to_owned());
            return project.is_source_folder(path);
        }
        false
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until nobody has written to a file for [`QUIET`], because nobody wants half a file.
pub async fn settled(file: &Path) {
    // An unknown time, or one in the future, says nothing.
    let age = || fs::metadata(file).and_then(|meta| meta.modified()).ok().and_then(|written| written.elapsed().ok());
    while let Some(left) = age().and_then(|age| QUIET.checked_sub(age)) {
        tokio::time::sleep(left.max(Duration::from_millis(1))).await;
    }
}
