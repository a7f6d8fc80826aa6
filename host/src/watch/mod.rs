//! Watches projects while their authors work: which sources changed, and which components were replaced.
//!
//! A change is noted, not queued: however often a file is saved while somebody is busy, one change waits for him afterwards.

mod fingerprint;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use notify_debouncer_full::notify::event::{AccessKind, AccessMode, EventKind};
use notify_debouncer_full::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, DebouncedEvent, Debouncer, RecommendedCache, new_debouncer};
use tokio::sync::Notify;

pub use fingerprint::Fingerprint;

use crate::project::Project;

/// How long a file must be left alone before its change counts. Editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(50);

/// A change that waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// This file among the sources of the project changed, or was the first of several that did.
    Sources(PathBuf),
    /// Its cassettes changed.
    Cassettes,
    /// Its component is another file.
    Component,
}

/// The projects that are watched. Ends when it is dropped.
pub struct Watch {
    waiting: Arc<Waiting>,
    _debouncer: Arc<Mutex<Option<Watcher>>>,
}

type Watcher = Debouncer<RecommendedWatcher, RecommendedCache>;

/// What changed since it was last asked for, by slug: at most three things of each project.
#[derive(Default)]
struct Waiting {
    sources: Mutex<BTreeMap<String, PathBuf>>,
    cassettes: Mutex<BTreeSet<String>>,
    components: Mutex<BTreeSet<String>>,
    to_build: Notify,
    to_load: Notify,
}

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    /// If the system has no more watches to give, or a folder is gone.
    pub fn start(projects: &[Project]) -> Result<Self> {
        let waiting = Arc::new(Waiting::default());
        let debouncer = Arc::new(Mutex::new(None));
        let (noting, watcher) = (waiting.clone(), Arc::downgrade(&debouncer));
        let watched: Vec<Project> = projects.to_vec();
        let note = move |events: DebounceEventResult| match events {
            Ok(events) => {
                for event in events.iter().filter(|event| is_change(event)) {
                    for path in &event.paths {
                        let new = watched.iter().filter_map(|project| noting.note(project, path));
                        let Some(watcher) = watcher.upgrade() else { return };
                        for folder in new {
                            if let Some(watcher) = lock(&watcher).as_mut() {
                                watch(watcher, folder, RecursiveMode::Recursive);
                            }
                        }
                    }
                }
            }
            Err(errors) => {
                for error in errors {
                    tracing::warn!("a change may have been missed: {error}");
                }
            }
        };
        let mut made: Watcher = new_debouncer(QUIET, None, note).context("the files of the projects cannot be watched")?;
        for project in projects {
            let component = project.component();
            let out = component.parent().unwrap_or(&project.root);
            std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
            // A file is seen through its folder: editors replace it, and then the watch on it would be one on the old file.
            made.watch(out, RecursiveMode::NonRecursive).with_context(|| cannot_watch(out))?;
            made.watch(&project.root, RecursiveMode::NonRecursive).with_context(|| cannot_watch(&project.root))?;
            let folders = project.sources().into_iter().chain([project.cassettes()]).filter(|path| path.is_dir());
            for folder in folders {
                made.watch(&folder, RecursiveMode::Recursive).with_context(|| cannot_watch(&folder))?;
            }
        }
        *lock(&debouncer) = Some(made);
        Ok(Self { waiting, _debouncer: debouncer })
    }
}
