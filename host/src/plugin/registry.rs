//! The generations that serve calls, by slug, and why the others do not.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use anyhow::Result;
use arc_swap::ArcSwap;
use cap_std::fs::Dir;
use mortise_policy::grant;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Generation, Loader, LockFile};
use crate::progress::Progress;

/// Longest reason that is kept, in characters.
const REASON_CHARS: usize = 1_000;

/// What becomes of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PluginState {
    /// It serves calls.
    Active,
    /// It does not; the status says why.
    Refused,
}

impl fmt::Display for PluginState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Refused => "refused",
        })
    }
}

/// One plugin of the directory.
#[derive(Debug, Clone)]
pub struct PluginStatus {
    /// The file's name without its ending.
    pub slug: String,
    /// Whether it serves calls.
    pub state: PluginState,
    /// Why it does not, for the operator.
    pub reason: Option<String>,
    /// Digest of the file, where it could be read.
    pub digest: Option<String>,
    /// Size of the file in bytes, where it could be read.
    pub bytes: Option<usize>,
    /// What serves calls.
    pub generation: Option<Arc<Generation>>,
}

impl PluginStatus {
    /// The plugin as `GET /integration/{slug}` shows it to an operator.
    pub fn to_json(&self) -> Value {
        let generation = self.generation.as_ref();
        json!({
            "slug": self.slug,
            "label": generation.map(|generation| &generation.capabilities.label),
            "state": self.state,
            "reason": self.reason,
            "digest": self.digest,
            "generation": generation.map(|generation| generation.id()),
            "sdk_version": generation.and_then(|generation| generation.sdk_version.as_ref()),
            "class": generation.map(|generation| generation.lane.class()),
            "circuit": generation.map(|generation| generation.lane.circuit().state()),
            "origins": generation.map(|generation| &generation.capabilities.origins),
        })
    }
}

/// Who decides what may be served.
#[derive(Debug, Clone)]
pub enum Grants {
    /// The operator's lock file.
    Locked(LockFile),
    /// Whatever is declared: for demonstrations and development.
    Declared,
}

/// The plugins of a host. Reading is wait-free.
#[derive(Debug, Default)]
pub struct Registry {
    plugins: ArcSwap<BTreeMap<String, PluginStatus>>,
}

impl Registry {
    /// The generation that serves this slug now.
    pub fn get(&self, slug: &str) -> Option<Arc<Generation>> {
        self.plugins.load().get(slug)?.generation.clone()
    }

    /// The plugin of this slug, served or not.
    pub fn status(&self, slug: &str) -> Option<PluginStatus> {
        self.plugins.load().get(slug).cloned()
    }

    /// All plugins by slug.
    pub fn list(&self) -> Vec<PluginStatus> {
        self.plugins.load().values().cloned().collect()
    }

    /// All plugins by slug, as they are now: the same pointer until something is loaded again.
    pub fn snapshot(&self) -> Arc<BTreeMap<String, PluginStatus>> {
        self.plugins.load_full()
    }

    /// Loads every component of the directory. A bad one is kept with its reason and does not stop the others.
    ///
    /// # Errors
    /// Only if the directory cannot be listed.
    pub async fn load(&self, loader: &Loader, dir: &Dir, grants: &Grants) -> Result<()> {
        self.load_files(loader, dir, grants, Loader::files(dir)?).await;
        Ok(())
    }

    /// Loads the component of one slug only, if its file is there.
    ///
    /// # Errors
    /// Only if the directory cannot be listed.
    pub async fn load_one(&self, loader: &Loader, dir: &Dir, grants: &Grants, slug: &str) -> Result<()> {
        let mut files = Loader::files(dir)?;
        files.retain(|file| file.strip_suffix(Loader::EXTENSION) == Some(slug));
        self.load_files(loader, dir, grants, files).await;
        Ok(())
    }

    async fn load_files(&self, loader: &Loader, dir: &Dir, grants: &Grants, files: Vec<String>) {
        let progress = Progress::start("loading integrations", Some(files.len()));
        let mut plugins: BTreeMap<String, PluginStatus> = BTreeMap::new();
        for file in files {
            progress.now(file.clone());
            let status = self.one(loader, dir, grants, &file).await;
            progress.done(&file);
            match &status.reason {
                None => tracing::info!(integration = status.slug, digest = status.digest, "integration loaded"),
                Some(reason) => tracing::warn!(file, reason, "integration refused"),
            }
            plugins.insert(status.slug.clone(), status);
        }
        self.plugins.store(Arc::new(plugins));
    }

    async fn one(&self, loader: &Loader, dir: &Dir, grants: &Grants, file: &str) -> PluginStatus {
        let mut status = PluginStatus {
            slug: file.strip_suffix(Loader::EXTENSION).unwrap_or(file).to_owned(),
            state: PluginState::Refused,
            reason: None,
            digest: None,
            bytes: None,
            generation: None,
        };
        let loaded = match loader.read(dir, file) {
            Ok((wasm, digest)) => {
                status.digest = Some(digest.clone());
                status.bytes = Some(wasm.len());
                loader.load(&status.slug, wasm, digest).await
            }
            Err(error) => Err(error),
        };
        match loaded {
            Ok(candidate) => {
                let granted = match grants {
                    Grants::Declared => Ok(()),
                    Grants::Locked(lock) => {
                        grant::check(&candidate.digest, &candidate.capabilities.origins, lock.plugins.get(&status.slug))
                    }
                };
                match granted {
                    Ok(()) => {
                        status.state = PluginState::Active;
                        let lane = loader.lane(&status.slug, candidate.class(), self.get(&status.slug).as_deref());
                        status.generation = Some(Arc::new(candidate.publish(lane)));
                    }
                    Err(error) => status.reason = Some(error.explain(&status.slug)),
                }
            }
            Err(error) => status.reason = Some(one_line(&format!("{error:#}"))),
        }
        status
    }
}

/// Libraries explain errors over several lines, and a plugin's own words are among them.
fn one_line(text: &str) -> String {
    let words: Vec<_> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(REASON_CHARS).collect()
}
