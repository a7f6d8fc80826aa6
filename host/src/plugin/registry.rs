//! The generations that serve calls, by slug, and the reasons why other plugins do not serve.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::Generation;
use crate::account::Account;

/// The state of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PluginState {
    /// It serves calls.
    Active,
    /// It does not serve calls. The status has the reason.
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
    /// Why its newest version does not serve, for the operator. An active plugin has a reason if an older version
    /// serves.
    pub reason: Option<String>,
    /// Digest of the newest file. `None` if the file is not readable.
    pub digest: Option<String>,
    /// Size of that file in bytes. `None` if the file is not readable.
    pub bytes: Option<usize>,
    /// The generation that serves calls.
    pub generation: Option<Arc<Generation>>,
    /// Whether the operator lets callers send their own requests to its vendor, without the plugin.
    pub passthrough: bool,
}

impl PluginStatus {
    /// The plugin in the form of `GET /integration/{slug}` for an operator.
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
            "class": generation.map(|generation| generation.admission.class()),
            "circuit": generation.map(|generation| generation.admission.circuit().state()),
            "origins": generation.map(|generation| &generation.capabilities.origins),
            "evidence": generation.and_then(|generation| generation.capabilities.evidence),
            "passthrough": generation.map(|_| self.passthrough),
        })
    }

    /// Whether an older version serves because the host refused the newest one.
    pub fn is_stale(&self) -> bool {
        self.generation.is_some() && self.reason.is_some()
    }
}

/// Reloads that can run at the same time. Reloads of one slug never do. Slugs may share a turn by chance, which only
/// costs time.
const TURNS: usize = 16;

/// A function that gets an integration's slug and the names of its secret variables.
type Announce = Box<dyn Fn(&str, BTreeSet<String>) + Send + Sync>;

/// The plugins of a host. Reading is wait-free.
#[derive(Default)]
pub struct Registry {
    plugins: ArcSwap<BTreeMap<String, PluginStatus>>,
    announce: Option<Announce>,
    pub(super) turns: [Mutex<()>; TURNS],
    /// Every generation that was published here holds a clone for as long as it exists.
    pub(super) alive: Arc<()>,
}

impl Registry {
    /// A registry that announces an integration's secret variables before a generation that declares them serves. Until
    /// then, the secret variables of the previous generation count, too.
    pub fn announcing(announce: impl Fn(&str, BTreeSet<String>) + Send + Sync + 'static) -> Self {
        Self { announce: Some(Box::new(announce)), ..Self::default() }
    }

    /// The generation that serves this slug now.
    pub fn get(&self, slug: &str) -> Option<Arc<Generation>> {
        self.plugins.load().get(slug)?.generation.clone()
    }

    /// An account in the form of the API, with the facts known about its integration.
    pub fn shown(&self, account: &Account) -> Value {
        match self.get(&account.integration) {
            Some(generation) => json!(generation.capabilities.shown(account)),
            None => json!(account.public()),
        }
    }

    /// The generation that serves this slug now, and the reason against its newest version, if that is another one.
    pub fn serving(&self, slug: &str) -> (Option<Arc<Generation>>, Option<String>) {
        let plugins = self.plugins.load();
        plugins.get(slug).map_or((None, None), |status| (status.generation.clone(), status.reason.clone()))
    }

    /// The plugin of this slug, whether it serves or not.
    pub fn status(&self, slug: &str) -> Option<PluginStatus> {
        self.plugins.load().get(slug).cloned()
    }

    /// All plugins by slug.
    pub fn list(&self) -> Vec<PluginStatus> {
        self.plugins.load().values().cloned().collect()
    }

    /// All plugins by slug at this moment. The pointer stays the same until something is loaded again.
    pub fn snapshot(&self) -> Arc<BTreeMap<String, PluginStatus>> {
        self.plugins.load_full()
    }

    /// The number of existing generations: those that serve, and older ones that calls still hold.
    pub fn generations(&self) -> usize {
        Arc::strong_count(&self.alive).saturating_sub(1)
    }

    /// Publishes the new status of a plugin. `None` removes it. A call that begins afterwards gets no older generation.
    pub(super) fn put(&self, slug: &str, status: Option<&PluginStatus>) {
        let secrets = |generation: &Arc<Generation>| generation.capabilities.secrets();
        let next = status.and_then(|status| status.generation.as_ref()).map(secrets);
        let both = next.as_ref().map(|next| next | &self.get(slug).as_ref().map(secrets).unwrap_or_default());
        self.tell(slug, both);
        self.plugins.rcu(|plugins| {
            let mut plugins = BTreeMap::clone(plugins);
            match status {
                Some(status) => plugins.insert(slug.to_owned(), status.clone()),
                None => plugins.remove(slug),
            };
            plugins
        });
        self.tell(slug, next);
    }

    /// Announces the secret variables of an integration. If it does not serve, its last ones stay secret.
    fn tell(&self, slug: &str, secrets: Option<BTreeSet<String>>) {
        if let (Some(announce), Some(secrets)) = (&self.announce, secrets) {
            announce(slug, secrets);
        }
    }
}
