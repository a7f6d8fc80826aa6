//! A running host, put together: every room with what it needs of the others.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result};
use cap_std::ambient_authority;
use cap_std::fs::Dir;

use crate::account::{Accounts, MasterKey, Vault};
use crate::call::{Calls, Sandbox};
use crate::config::Config;
use crate::egress::{Egress, Network, Resolve, SystemResolver};
use crate::engine::Engine;
use crate::plugin::{Candidate, Grants, Loader, LockFile, Registry};

/// Everything that serves requests. Shared by all of them.
pub struct App {
    /// What the operator set.
    pub config: Config,
    /// Integrated accounts and API tokens.
    pub accounts: Accounts,
    /// The integrations that are loaded.
    pub registry: Registry,
    /// The way out.
    pub egress: Egress,
    /// Runs calls in the sandbox.
    pub calls: Calls,
}

/// Which plugins may be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Those that the operator granted in the lock file.
    LockFile,
    /// All, with whatever they declare: for demonstrations and development.
    AsDeclared,
}

/// What the host finds around it. Tests replace it.
pub struct Surroundings {
    /// The `mortise` executable that compiles components in a child process.
    pub compiler: PathBuf,
    /// Looks up the names of vendors.
    pub resolver: Arc<dyn Resolve>,
}

impl Surroundings {
    /// This executable and the system's resolver.
    ///
    /// # Errors
    /// If the executable's own path is not known.
    pub fn of_this_machine() -> Result<Self> {
        let compiler = std::env::current_exe().context("the path of this executable is not known")?;
        Ok(Self { compiler, resolver: Arc::new(SystemResolver) })
    }
}

impl App {
    /// Starts a host on this machine: opens the database, loads the plugins. Nothing listens yet.
    ///
    /// # Errors
    /// If the data directory, the database, the plugins directory or the lock file cannot be used.
    pub async fn start(config: Config, key: MasterKey, admission: Admission) -> Result<Arc<Self>> {
        Self::start_in(Surroundings::of_this_machine()?, config, key, admission).await
    }

    /// [`App::start`] in other surroundings.
    ///
    /// # Errors
    /// As [`App::start`].
    pub async fn start_in(
        around: Surroundings,
        config: Config,
        key: MasterKey,
        admission: Admission,
    ) -> Result<Arc<Self>> {
        let data = open_data_dir(&config)?;
        let vault = Arc::new(Vault::new(key, []));
        let accounts = Accounts::connect(&config.database_url()?).await?.with_vault(vault.clone());
        let (loader, sandbox) = loader(&config, &data, around.compiler)?;
        let plugins = open_dir(&config.plugins_dir, "plugins_dir")?;
        let grants = match admission {
            Admission::LockFile => Grants::Locked(LockFile::load(&config.lock_file)?),
            Admission::AsDeclared => Grants::Declared,
        };
        let registry = Registry::default();
        registry.load(&loader, &plugins, &grants).await?;
        let network = Arc::new(Network::new(&config.limits, around.resolver)?);
        let egress = Egress::new(config.limits.clone(), vault, accounts.clone(), network);
        Ok(Arc::new(Self { accounts, registry, egress, calls: Calls::new(sandbox), config }))
    }

    /// Loads one component of the plugins directory without serving it: what a grant is decided on.
    ///
    /// # Errors
    /// If it is not there or not fit to be served.
    pub async fn candidate(config: &Config, slug: &str) -> Result<Candidate> {
        let data = open_data_dir(config)?;
        let (loader, _) = loader(config, &data, Surroundings::of_this_machine()?.compiler)?;
        let plugins = open_dir(&config.plugins_dir, "plugins_dir")?;
        let file = format!("{slug}{}", Loader::EXTENSION);
        let (wasm, digest) = loader
            .read(&plugins, &file)
            .with_context(|| format!("{} cannot be read", config.plugins_dir.join(&file).display()))?;
        loader.load(slug, wasm, digest).await.with_context(|| format!("{file} is not fit to be served"))
    }
}

fn loader(config: &Config, data: &Dir, compiler: PathBuf) -> Result<(Loader, Arc<Sandbox>)> {
    let engine = Arc::new(Engine::new(&config.limits, data, compiler)?);
    let sandbox = Arc::new(Sandbox::new(engine.clone(), config.limits.clone())?);
    Ok((Loader::new(engine, sandbox.clone(), config)?, sandbox))
}

fn open_data_dir(config: &Config) -> Result<Dir> {
    crate::files::create_private_dir(&config.data_dir)
        .with_context(|| format!("the data directory {} cannot be made (data_dir)", config.data_dir.display()))?;
    open_dir(&config.data_dir, "data_dir")
}

fn open_dir(path: &std::path::Path, key: &str) -> Result<Dir> {
    Dir::open_ambient_dir(path, ambient_authority())
        .with_context(|| format!("{} cannot be opened ({key})", path.display()))
}
