//! A running host: makes every room and gives it the parts of the others that it needs.

use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::{Context, Result};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde_json::json;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use crate::account::{Accounts, Journal, MasterKeys, Vault};
use crate::call::{Calls, Sandbox};
use crate::config::Config;
use crate::connect;
use crate::egress::{Egress, Network, Resolve, SystemResolver, Transport};
use crate::engine::Engine;
use crate::engine::compile::Compiling;
use crate::observe::Metrics;
use crate::plugin::lock::LockReader;
use crate::plugin::{Candidate, Loader, Outcome, Registry, Reloaded, Source};
use crate::quota::Quotas;
use crate::reference::ReferenceCache;
use crate::unified::Service;
use crate::webhook::Sender;

/// A running host. Shared by all requests.
pub struct App {
    /// The parts that serve calls.
    pub service: Arc<Service>,
    /// The OpenAPI document and the documentation pages.
    pub reference: ReferenceCache,
    /// The sender of webhooks.
    pub webhooks: Sender,
    /// Which plugins may be served.
    pub admission: Admission,
    plugins: Arc<Source>,
    _purging: AbortOnDropHandle<()>,
    _resuming: AbortOnDropHandle<()>,
}

/// Interval at which the host deletes expired rows.
const PURGE_EVERY: Duration = Duration::from_secs(60);
/// Interval at which the host looks for accounts that were stored and not validated. The event of such an account comes
/// as late.
const RESUME_EVERY: Duration = Duration::from_secs(60);

/// Which plugins may be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Those that the operator granted in the lock file.
    LockFile,
    /// All, whatever they declare: for demonstrations and development.
    AsDeclared,
}

/// The surroundings of a host. Tests replace them.
pub struct Surroundings {
    /// The compiler, which runs in a child process.
    pub compiling: Compiling,
    /// Looks up the names of vendors.
    pub resolver: Arc<dyn Resolve>,
    /// Replaces the network for vendor requests; `None`: the network.
    pub transport: Option<Arc<dyn Transport>>,
}

impl Surroundings {
    /// This executable and the system's resolver.
    ///
    /// # Errors
    /// If the executable's own path is not known.
    pub fn of_this_machine() -> Result<Self> {
        let executable = std::env::current_exe().context("the path of this executable is not known")?;
        Ok(Self { compiling: executable.into(), resolver: Arc::new(SystemResolver), transport: None })
    }
}

impl App {
    /// Starts a host on this machine: opens the database, loads the plugins. Nothing listens yet.
    ///
    /// # Errors
    /// If the data directory, the database, the plugins directory or the lock file cannot be used.
    pub async fn start(config: Config, keys: impl Into<MasterKeys>, admission: Admission) -> Result<Arc<Self>> {
        Self::start_in(Surroundings::of_this_machine()?, config, keys, admission).await
    }

    /// Starts a host like [`App::start`], in these surroundings.
    ///
    /// # Errors
    /// As [`App::start`].
    pub async fn start_in(
        around: Surroundings,
        config: Config,
        keys: impl Into<MasterKeys>,
        admission: Admission,
    ) -> Result<Arc<Self>> {
        let (plugins, sandbox) = plugins(&config, around.compiling, admission)?;
        let vault = Arc::new(Vault::with_keys(keys.into()));
        let accounts = Accounts::connect_with(&config.database_url()?, config.limits.database_connections)
            .await?
            .with_vault(vault.clone());
        let registry = Registry::announcing({
            let accounts = accounts.clone();
            move |slug, secrets| accounts.set_secret_names(slug, secrets)
        });
        for loaded in registry.load(&plugins).await? {
            conceal(&accounts, &loaded).await;
        }
        let network = match around.transport {
            Some(transport) => transport,
            None => Arc::new(Network::new(&config.limits, &config.egress, around.resolver)?),
        };
        let metrics = Arc::new(Metrics::new());
        let webhooks = Sender::start(accounts.webhooks(), network.clone(), &config, metrics.clone());
        let egress = Egress::new(config.limits.clone(), vault, accounts.clone(), network, metrics.clone());
        let _purging = AbortOnDropHandle::new(tokio::spawn(purge(accounts.clone())));
        let service = Arc::new(Service {
            registry,
            egress,
            calls: Calls::new(sandbox),
            keyed_calls: TaskTracker::new(),
            quotas: Quotas::new(&config.limits, metrics.clone()),
            journal: Journal::start(accounts.call_log(), &config.limits, metrics.clone()),
            metrics,
            accounts,
            config,
        });
        service.accounts.present_with({
            let service = Arc::downgrade(&service);
            move |account| {
                service.upgrade().map_or_else(|| json!(account.public()), |service| service.registry.shown(account))
            }
        });
        let _resuming = AbortOnDropHandle::new(tokio::spawn(resume(Arc::downgrade(&service))));
        let reference = ReferenceCache::default();
        Ok(Arc::new(Self { service, reference, webhooks, admission, plugins, _purging, _resuming }))
    }

    /// Loads the newest component of one integration, if its bytes or its grant differ from those that serve. Calls in
    /// flight finish on the generation that they began with; a call that begins after this gets the new one.
    pub async fn reload(&self, slug: &str) -> Reloaded {
        let reloaded = self.service.registry.load_one(&self.plugins, slug).await;
        self.reloaded(&reloaded).await;
        reloaded
    }

    /// [`App::reload`] for every component of the plugins directory and every integration that is loaded.
    ///
    /// # Errors
    /// If the directory cannot be listed. Nothing is changed then.
    pub async fn reload_all(&self) -> Result<Vec<Reloaded>> {
        let all = self.service.registry.load(&self.plugins).await?;
        for reloaded in &all {
            self.reloaded(reloaded).await;
        }
        Ok(all)
    }

    async fn reloaded(&self, reloaded: &Reloaded) {
        conceal(&self.service.accounts, reloaded).await;
        // The cached reference keeps the old generations in memory.
        self.reference.clear();
        if reloaded.outcome != Outcome::Absent {
            self.service.metrics.reload(&reloaded.slug, reloaded.outcome.as_str());
        }
    }

    /// Loads the integrations as [`App::start`] does with the lock file, and serves nothing. With `only`, it loads just
    /// this one.
    ///
    /// # Errors
    /// If the data directory, the plugins directory or the lock file cannot be used.
    pub async fn integrations(config: &Config, only: Option<&str>) -> Result<Registry> {
        let (plugins, _) = plugins(config, Surroundings::of_this_machine()?.compiling, Admission::LockFile)?;
        let registry = Registry::default();
        match only {
            Some(slug) => drop(registry.load_one(&plugins, slug).await),
            None => drop(registry.load(&plugins).await?),
        }
        Ok(registry)
    }

    /// Loads one component of the plugins directory without serving it, for the decision on a grant.
    ///
    /// # Errors
    /// If it does not exist or cannot be served.
    pub async fn candidate(config: &Config, slug: &str) -> Result<Candidate> {
        let (plugins, _) = plugins(config, Surroundings::of_this_machine()?.compiling, Admission::LockFile)?;
        let file = format!("{slug}{}", Loader::EXTENSION);
        let (wasm, digest) = plugins
            .loader
            .read(&plugins.open()?, &file)
            .with_context(|| format!("{} cannot be read", config.plugins_dir.join(&file).display()))?;
        plugins.loader.load(slug, wasm, digest).await.with_context(|| format!("{file} cannot be served"))
    }
}

/// Seals in the database the variables that accounts carry in the open and a new generation declares as secret.
async fn conceal(accounts: &Accounts, loaded: &Reloaded) {
    if loaded.outcome != Outcome::Loaded {
        return;
    }
    match accounts.conceal(&loaded.slug).await {
        Ok(0) => {}
        Ok(accounts) => {
            tracing::info!(integration = loaded.slug, accounts, "variables that are secret now are sealed");
        }
        Err(error) => {
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::warn!(
                integration = loaded.slug,
                error,
                "variables that are secret now are sealed when they are read"
            );
        }
    }
}

/// Deletes expired rows, and OAuth applications of which no account has tokens any more, at intervals.
async fn purge(accounts: Accounts) {
    let (keys, tokens) = (accounts.idempotency(), accounts.tokens());
    let (applications, link_tokens) = (accounts.applications(), accounts.link_tokens());
    let flows = accounts.connect_flows();
    let webhooks = accounts.webhooks();
    let mut ticks = tokio::time::interval(PURGE_EVERY);
    loop {
        ticks.tick().await;
        for (what, purged) in [
            ("idempotency keys", keys.purge().await),
            ("account tokens", tokens.purge().await),
            ("link tokens", link_tokens.purge().await),
            ("attempts to connect an account", flows.purge().await),
            ("webhooks", webhooks.purge().await),
            ("OAuth applications", applications.purge().await),
        ] {
            if let Err(error) = purged {
                let error = format!("{:#}", anyhow::Error::from(error));
                tracing::warn!(error, what, "cannot delete expired rows");
            }
        }
    }
}

/// Continues the flows that a killed host has abandoned, at the start and at intervals, until the host is dropped.
async fn resume(service: Weak<Service>) {
    let mut ticks = tokio::time::interval(RESUME_EVERY);
    loop {
        ticks.tick().await;
        let Some(service) = service.upgrade() else { return };
        if let Err(error) = connect::flow::resume(&service).await {
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::warn!(error, "accounts that were stored could not be validated");
        }
    }
}

/// Opens the directories from which the host loads plugins, and makes the engine in which they run.
fn plugins(config: &Config, compiling: Compiling, admission: Admission) -> Result<(Arc<Source>, Arc<Sandbox>)> {
    mortise_files::create_private_dir(&config.data_dir)
        .with_context(|| format!("the data directory {} cannot be made (data_dir)", config.data_dir.display()))?;
    let data = open_dir(&config.data_dir, "data_dir")?;
    let engine = Arc::new(Engine::new(&config.limits, &data, compiling)?);
    let sandbox = Arc::new(Sandbox::new(engine.clone(), config.limits.clone())?);
    let lock_file = match admission {
        Admission::LockFile => {
            let lock_file = LockReader::new(config.lock_file.clone());
            // Each reload reads the lock file again. If it cannot be used at the start, the operator must correct it.
            lock_file.load()?;
            Some(lock_file)
        }
        Admission::AsDeclared => None,
    };
    let loader = Loader::new(engine, sandbox.clone(), config)?;
    let source = Source { loader, dir: config.plugins_dir.clone(), lock_file };
    source.open()?;
    Ok((Arc::new(source), sandbox))
}

fn open_dir(path: &std::path::Path, key: &str) -> Result<Dir> {
    Dir::open_ambient_dir(path, ambient_authority())
        .with_context(|| format!("{} cannot be opened ({key})", path.display()))
}
