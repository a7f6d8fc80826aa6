//! How generations succeed each other ([ADR 0020](../../../docs/adr/0020-generations.md)).
//!
//! The host reads, compiles, describes and checks a newer component while the old generation serves, and replaces that
//! one in one step. If the newer component fails, the last good generation serves on, and the status has the reason.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::{StreamExt, stream};
use mortise_terminal::progress::Progress;
use tokio::sync::MutexGuard;

use super::registry::{PluginState, PluginStatus, Registry};
use super::source::{File, Grants, Source};
use super::{Candidate, Generation};

/// Longest reason that the host keeps, in characters. Compilers write long ones.
const REASON_CHARS: usize = 64 << 10;
/// Longest reason in one line, in characters.
const LINE_CHARS: usize = 1_000;

/// Most components that the host loads at the same time.
const LOADED_AT_ONCE: usize = 8;

/// The result of a reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A new generation serves.
    Loaded,
    /// The component and its grant are those that already serve.
    Unchanged,
    /// The host refuses the newest component. If there was a good one before that is still granted, it serves on.
    Refused,
    /// The component no longer exists. Running calls finish.
    Gone,
    /// The component does not exist, and did not exist before.
    Absent,
}

impl Outcome {
    /// The word for metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loaded => "loaded",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
            Self::Gone => "gone",
            Self::Absent => "absent",
        }
    }
}

/// The result of a finished reload.
#[derive(Debug, Clone)]
pub struct Reloaded {
    /// The integration.
    pub slug: String,
    /// The outcome.
    pub outcome: Outcome,
    /// The plugin as it is now. `None` if there is none.
    pub status: Option<PluginStatus>,
    /// From reading the file to the swap.
    pub took: Duration,
}

impl Registry {
    /// Loads every component of the directory whose bytes or grant have changed, and ends generations without a file.
    /// The status of a bad component has the reason. It does not stop the others.
    ///
    /// Only if the directory cannot be listed. Nothing changes then.
    pub async fn load(&self, source: &Arc<Source>) -> Result<Vec<Reloaded>> {
        let mut slugs = source.slugs()?;
        let known = self.list().into_iter().map(|status| status.slug);
        slugs.extend(known.filter(|slug| !slugs.contains(slug)).collect::<Vec<_>>());
        let progress = Progress::start("loading integrations", Some(slugs.len()));
        let mut loads = Vec::with_capacity(slugs.len());
        for slug in &slugs {
            loads.push(async {
                progress.now(slug.clone());
                let reloaded = self.load_one(source, slug).await;
                progress.done(slug);
                reloaded
            });
        }
        // Loading a component keeps one processor busy most of the time, and needs memory for the component.
        let at_once = std::thread::available_parallelism().map_or(1, usize::from).min(LOADED_AT_ONCE);
        Ok(stream::iter(loads).buffered(at_once).collect().await)
    }

    /// Loads the component of one slug if its bytes or its grant have changed. Reloads of one slug run one after the
    /// other, and each reads the file when its turn comes, so the last one loads the newest file.
    pub async fn load_one(&self, source: &Arc<Source>, slug: &str) -> Reloaded {
        let _turn = self.turn(slug).await;
        let started = Instant::now();
        let (outcome, status) = self.settle(source, slug).await;
        if outcome != Outcome::Absent {
            self.put(slug, status.as_ref());
        }
        let reloaded = Reloaded { slug: slug.to_owned(), outcome, status, took: started.elapsed() };
        reloaded.log();
        reloaded
    }

    /// Records why the newest version of an integration cannot be loaded, such as a failed build. The present
    /// generation serves on.
    pub async fn refuse(&self, slug: &str, reason: &str) {
        let _turn = self.turn(slug).await;
        let status = self.status(slug).unwrap_or_else(|| PluginStatus::nothing(slug));
        self.put(slug, Some(&status.refused(bounded(reason))));
    }

    async fn turn(&self, slug: &str) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        slug.hash(&mut hasher);
        let [first, ..] = &self.turns;
        let number = usize::try_from(hasher.finish() % self.turns.len() as u64).unwrap_or_default();
        self.turns.get(number).unwrap_or(first).lock().await
    }

    async fn settle(&self, source: &Arc<Source>, slug: &str) -> (Outcome, Option<PluginStatus>) {
        let serving = self.get(slug);
        let mut status = PluginStatus::nothing(slug);
        let read = read(source.clone(), slug.to_owned()).await;
        status.passthrough = match &read {
            Ok((grants, _)) => grants.passthrough(slug),
            Err(_) => self.status(slug).is_some_and(|before| before.passthrough),
        };
        let (grants, file) = match read {
            Ok((_, Ok(None))) if self.status(slug).is_none() => return (Outcome::Absent, None),
            Ok((_, Ok(None))) => return (Outcome::Gone, None),
            Ok((grants, Ok(Some(file)))) => (grants, Ok(file)),
            Ok((grants, Err(error))) => (grants, Err(error)),
            // The grants are unknown, so no new generation serves, and none ends.
            Err(error) => (Grants::Declared, Err(error)),
        };
        if let Ok(file) = &file {
            status.digest = Some(file.digest.clone());
            status.bytes = Some(file.wasm.len());
        }
        let newest = match (file, &serving) {
            (Ok(file), Some(serving)) if file.digest == serving.digest => {
                return match grants.check(slug, &serving.asks()) {
                    Ok(()) => (Outcome::Unchanged, Some(status.serving(serving.clone()))),
                    // The component that serves is not granted any more.
                    Err(reason) => (Outcome::Refused, Some(status.refused(reason))),
                };
            }
            (Ok(file), _) => newest(source, &grants, slug, file).await,
            (Err(error), _) => Err(reason(&error)),
        };
        match newest {
            Ok(candidate) => {
                let admission = source.loader.admission(slug, candidate.class(), serving.as_deref());
                let generation = candidate.publish(admission, self.alive.clone());
                (Outcome::Loaded, Some(status.serving(Arc::new(generation))))
            }
            Err(reason) => {
                let last_good = serving.filter(|good| grants.still_cover(slug, &good.asks()));
                let status = last_good.into_iter().fold(status, PluginStatus::serving);
                (Outcome::Refused, Some(status.refused(reason)))
            }
        }
    }
}

/// The newest component of a slug, checked and granted, or why it cannot serve.
async fn newest(source: &Source, grants: &Grants, slug: &str, file: File) -> Result<Candidate, String> {
    let candidate = source.loader.load(slug, file.wasm, file.digest).await.map_err(|error| reason(&error))?;
    grants.check(slug, &candidate.asks())?;
    Ok(candidate)
}

/// The grants and the file of a slug, read on a blocking thread.
async fn read(source: Arc<Source>, slug: String) -> Result<(Grants, Result<Option<File>>)> {
    let read = tokio::task::spawn_blocking(move || Ok((source.grants()?, source.read(&slug))));
    read.await.context("reading a component panicked")?
}

impl PluginStatus {
    /// The status of a plugin before its first load.
    fn nothing(slug: &str) -> Self {
        Self {
            slug: slug.to_owned(),
            state: PluginState::Refused,
            reason: None,
            digest: None,
            bytes: None,
            generation: None,
            passthrough: false,
        }
    }

    fn serving(self, generation: Arc<Generation>) -> Self {
        Self { state: PluginState::Active, generation: Some(generation), ..self }
    }

    /// Records that its newest version does not serve. The present generation stays.
    fn refused(self, reason: String) -> Self {
        Self { reason: Some(reason), ..self }
    }
}

impl Reloaded {
    fn log(&self) {
        let Self { slug, outcome, status, took } = self;
        let (serves, reason) = match status {
            Some(status) => (status.generation.as_ref().map(|generation| generation.id()), status.reason.as_deref()),
            None => (None, None),
        };
        let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match outcome {
            Outcome::Loaded => tracing::info!(integration = slug, generation = serves, ms, "integration loaded"),
            Outcome::Unchanged => tracing::debug!(integration = slug, generation = serves, "integration unchanged"),
            Outcome::Refused if serves.is_some() => {
                tracing::warn!(
                    integration = slug,
                    generation = serves,
                    reason,
                    "newer component refused, older one serves"
                );
            }
            Outcome::Refused => tracing::warn!(integration = slug, reason, "integration refused"),
            Outcome::Gone => tracing::info!(integration = slug, "the component no longer exists"),
            Outcome::Absent => {}
        }
    }
}

/// The error as text. Libraries explain errors over several lines, and it may contain a plugin's own words.
fn reason(error: &anyhow::Error) -> String {
    one_line(&format!("{error:#}")).chars().take(LINE_CHARS).collect()
}

/// A text as one line, without terminal control characters.
pub fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// A text of several lines, without terminal control characters.
fn bounded(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control()).take(REASON_CHARS).collect()
}
