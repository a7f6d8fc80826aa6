//! How generations succeed each other ([ADR 0020](../../../docs/adr/0020-generations.md)).
//!
//! A newer component is read, compiled, asked and checked beside the one that serves, and takes its place in one step. Where
//! it cannot, the last good generation serves on, and the reason stands beside it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::{StreamExt, stream};
use tokio::sync::MutexGuard;

use super::registry::{PluginState, PluginStatus, Registry};
use super::source::{File, Grants, Source};
use super::{Candidate, Generation};
use crate::progress::Progress;

/// Longest reason that is kept, in characters: a compiler's words are many.
const REASON_CHARS: usize = 64 << 10;
/// Longest reason in one line, in characters.
const LINE_CHARS: usize = 1_000;

/// Components that are loaded side by side at most.
const LOADED_AT_ONCE: usize = 8;

/// What a reload came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A new generation serves.
    Loaded,
    /// The component and its grant are those that serve already.
    Unchanged,
    /// The newest component is not served; where there was a good one before, and it is still granted, that one serves on.
    Refused,
    /// There is no such component any more. Calls in flight are finished.
    Gone,
    /// There is no such component, nor was there.
    Absent,
}

impl Outcome {
    /// In one word, for metrics and logs.
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

/// A reload that has ended.
#[derive(Debug, Clone)]
pub struct Reloaded {
    /// The integration.
    pub slug: String,
    /// What it came to.
    pub outcome: Outcome,
    /// The plugin as it is now; `None` where there is none.
    pub status: Option<PluginStatus>,
    /// From reading the file to the swap.
    pub took: Duration,
}

impl Registry {
    /// Loads every component of the directory whose bytes or grant are not those that serve, and ends what has no file any
    /// more. A bad one is kept with its reason and does not stop the others.
    ///
    /// # Errors
    /// Only if the directory cannot be listed; nothing is changed then.
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
        // Each is the work of one processor for most of its time, and holds its component in memory.
        let at_once = std::thread::available_parallelism().map_or(1, usize::from).min(LOADED_AT_ONCE);
        Ok(stream::iter(loads).buffered(at_once).collect().await)
    }

    /// Loads the component of one slug where its bytes or its grant are not those that serve. Reloads of one slug are one after
    /// the other, and each reads the file when its turn has come: the last one leaves the newest.
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

    /// Notes why the newest version of an integration cannot even be loaded, such as a build that failed. What serves goes on.
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
            // Nobody knows what is granted, so nothing new is, and nothing ends.
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
                    // The very bytes that serve are not granted any more.
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

/// The newest component of a slug, fit to be served and granted; or why it is not.
async fn newest(source: &Source, grants: &Grants, slug: &str, file: File) -> Result<Candidate, String> {
    let candidate = source.loader.load(slug, file.wasm, file.digest).await.map_err(|error| reason(&error))?;
    grants.check(slug, &candidate.asks())?;
    Ok(candidate)
}

/// The grants and the file of a slug, read where no request waits for it.
async fn read(source: Arc<Source>, slug: String) -> Result<(Grants, Result<Option<File>>)> {
    let read = tokio::task::spawn_blocking(move || Ok((source.grants()?, source.read(&slug))));
    read.await.context("reading a component panicked")?
}

impl PluginStatus {
    /// A plugin of which nothing is known yet.
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

    /// Its newest version does not serve; what serves stays.
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

/// Libraries explain errors over several lines, and a plugin's own words are among them.
fn reason(error: &anyhow::Error) -> String {
    one_line(&format!("{error:#}")).chars().take(LINE_CHARS).collect()
}

/// The words of a text in one line, with nothing in it that could command a terminal.
pub fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Several lines, without what could command a terminal.
fn bounded(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control()).take(REASON_CHARS).collect()
}
