//! A whole host for one component: temporary database, no listener, calls made in the process.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use mortise_authoring::cassette::format::Call;
use mortise_files::{self as files, TemporaryDir};
use uuid::Uuid;

use crate::account::{Caller, MasterKey, Scope};
use crate::api;
use crate::app::{Admission, App, Surroundings};
use crate::config::{Config, Limits};
use crate::egress::{SystemResolver, Transport};
use crate::plugin::Generation;
use crate::unified::list::{Keys, open_cursor, seal_cursor};
use crate::unified::record::Known;
use crate::unified::{CallRecord, UnifiedAnswer, UnifiedError, UnifiedRequest, serve};

/// What running a component needs of the machine.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The `mortise` executable that compiles components in a child process.
    pub compiler: PathBuf,
    /// A directory for the compile cache, which stays from one run to the next. It is made if it does not exist.
    pub cache: PathBuf,
    /// The limits of the host. Quotas of callers and circuits do not count here.
    pub limits: Limits,
}

impl Replay {
    /// For this executable, the limits of the environment, and a cache in that directory.
    ///
    /// # Errors
    /// If the executable's own path is not known, or a variable is not a limit.
    pub fn new(cache: PathBuf) -> Result<Self> {
        let compiler = Surroundings::of_this_machine()?.compiling.executable;
        Ok(Self { compiler, cache, limits: Config::with_limits_of(std::env::vars())?.limits })
    }
}

/// The host.
pub(super) struct Stage {
    pub(super) app: Arc<App>,
    pub(super) generation: Arc<Generation>,
    _directory: TemporaryDir,
}

impl Stage {
    /// Starts it. `transport` carries its vendor requests, and `origin` replaces the declared ones.
    pub(super) async fn start(
        component: &Path,
        how: &Replay,
        transport: Arc<dyn Transport>,
        origin: Option<String>,
    ) -> Result<Self> {
        let slug = component.file_stem().and_then(|name| name.to_str()).context("the component's file has no name")?;
        let directory = TemporaryDir::new().context("cannot make a temporary directory")?;
        let plugins = directory.path().join("plugins");
        files::create_private_dir(&plugins)?;
        files::copy(component, &plugins.join(format!("{slug}.wasm")))
            .with_context(|| format!("cannot read {}", component.display()))?;
        let key = MasterKey::generate_file(&directory.path().join("master.key"))?;
        let limits = Limits { token_requests: 0, account_requests: 0, circuit_failures: 0, ..how.limits.clone() };
        let database = format!("sqlite://{}?mode=rwc", directory.path().join("mortise.db").display());
        let mut config = Config {
            data_dir: how.cache.clone(),
            database_url: Some(database.into()),
            plugins_dir: plugins,
            limits,
            ..Config::default()
        };
        config.integrations.entry(slug.to_owned()).or_default().origin = origin;
        let around = Surroundings {
            compiling: how.compiler.clone().into(),
            resolver: Arc::new(SystemResolver),
            transport: Some(transport),
        };
        let app = App::start_in(around, config, key, Admission::AsDeclared).await?;
        let Some(generation) = app.service.registry.get(slug) else {
            let reason = app.service.registry.status(slug).and_then(|status| status.reason).unwrap_or_default();
            bail!("{} cannot be served: {reason}", component.display());
        };
        Ok(Self { app, generation, _directory: directory })
    }

    /// The caller's cursor for the cursor of a call, in a list of an account.
    pub(super) fn sealed(&self, call: &Call, account: Uuid) -> Result<Option<String>> {
        let Some(cursor) = &call.cursor else { return Ok(None) };
        let keys = Keys { accounts: &self.app.service.accounts, account };
        seal_cursor(&keys, &self.generation.capabilities, call.category, query(&call.target(account)), cursor)
    }

    /// The integration's own cursor in a caller's cursor; `None` for the integration's first page.
    pub(super) fn opened(&self, sealed: &str, account: Uuid) -> Result<Option<String>> {
        open_cursor(&Keys { accounts: &self.app.service.accounts, account }, sealed)
    }

    /// Makes a call like a caller of the unified API, for an account and with this cursor. Returns the answer, and what
    /// became known on the way.
    pub(super) async fn ask(
        &self,
        call: &Call,
        account: Uuid,
        cursor: Option<&str>,
    ) -> Result<(Result<UnifiedAnswer, UnifiedError>, Known)> {
        let known = Arc::new(Mutex::new(Known::default()));
        let told = known.clone();
        let record = CallRecord::with_bodies(move |all| *told.lock().unwrap_or_else(PoisonError::into_inner) = all);
        let mut query = query(&call.target(account)).to_owned();
        query.extend(cursor.map(|cursor| format!("&next_cursor={cursor}")));
        let request = UnifiedRequest {
            category: call.category,
            operation: call.operation,
            id: call.id.clone(),
            query,
            content_type: Some("application/json".to_owned()),
            body: if call.operation.has_body() { serde_json::to_vec(&call.body)?.into() } else { Bytes::new() },
            request_id: Uuid::new_v4().to_string().into(),
            key: None,
            record,
        };
        let caller = Caller { token_id: Uuid::new_v4(), scope: Scope::Call, tenant_id: None, account: None };
        let answer = serve(&self.app.service, &caller, request, api::kept).await;
        let known = std::mem::take(&mut *known.lock().unwrap_or_else(PoisonError::into_inner));
        Ok((answer, known))
    }

    /// Stops it.
    pub(super) async fn end(self) {
        self.app.service.journal.flush().await;
        self.app.service.accounts.close().await;
    }
}

fn query(target: &str) -> &str {
    target.split_once('?').map_or("", |(_, query)| query)
}
