//! A host inside the test: real sockets, a real database, real components, and the production sandbox.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mortise::account::{MasterKey, MasterKeys, NewAccount, Scope, Sealed, Secrets};
use mortise::app::{Admission, App, Surroundings};
use mortise::config::{Config, ConnectConfig, EgressConfig, Limits};
use mortise::egress::{Resolve, SessionAccount, SystemResolver, Transcript};
use mortise::observe::Stopwatch;
use secrecy::ExposeSecret;
use serde_json::Value;
use sqlx::{AnyConnection, Connection as _};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::alone::{self, Alone, Share};
use crate::client::Client;
use crate::spawned::Spawned;
use crate::{components, database, logs};

/// The settings of a host before it starts.
pub struct Setup {
    plugins: TempDir,
    config: Config,
    resolver: Arc<dyn Resolve>,
    admission: Admission,
    compiler: PathBuf,
    shares_cache: bool,
    alone: bool,
    admin: Option<String>,
}

/// A running host. Stops with the test.
pub struct Host {
    /// The address of its API.
    pub address: SocketAddr,
    /// The address of the operator's routes.
    pub admin_address: SocketAddr,
    /// The host.
    pub app: Arc<App>,
    /// Its data directory: database, key, compile cache.
    pub data: TempDir,
    admin: String,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
    _plugins: TempDir,
    _share: Option<Share>,
}

impl Setup {
    /// A host without plugins and with default limits, with two exceptions: it accepts any number of requests, and it
    /// never pauses calls to a plugin that breaks.
    pub fn new() -> Self {
        logs::capture();
        let limits = Limits { token_requests: 0, account_requests: 0, circuit_failures: 0, ..Limits::default() };
        Self {
            plugins: TempDir::new().expect("a temporary directory"),
            config: Config { limits, ..Config::default() },
            resolver: Arc::new(SystemResolver),
            admission: Admission::AsDeclared,
            compiler: mortise_binary(),
            shares_cache: true,
            alone: false,
            admin: None,
        }
    }

    /// Adds a component, and builds it if no earlier test has: a hostile one, or one of `plugins/`.
    #[must_use]
    pub fn plugin(self, slug: &str) -> Self {
        let bytes = components::component(slug);
        self.component(slug, &bytes)
    }

    /// Adds these bytes as `<slug>.wasm`.
    #[must_use]
    pub fn component(self, slug: &str, bytes: &[u8]) -> Self {
        std::fs::write(self.plugins.path().join(slug).with_extension("wasm"), bytes).expect("the plugins are writable");
        self
    }

    /// Points an integration at this URL, as the operator's `--origin` does.
    #[must_use]
    pub fn origin(mut self, slug: &str, url: &str) -> Self {
        self.config.integrations.entry(slug.to_owned()).or_default().origin = Some(url.to_owned());
        self
    }

    /// Adds a plugin whose vendor is at this URL.
    #[must_use]
    pub fn plugin_at(self, slug: &str, url: &str) -> Self {
        self.plugin(slug).origin(slug, url)
    }

    /// Changes the limits.
    #[must_use]
    pub fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.config.limits);
        self
    }

    /// Sets how the host reaches vendors.
    #[must_use]
    pub fn egress(mut self, egress: EgressConfig) -> Self {
        self.config.egress = egress;
        self
    }

    /// Allows link tokens to redirect people to these URLs.
    #[must_use]
    pub fn redirects(mut self, allowed: &[&str]) -> Self {
        let allowed = allowed.iter().map(|url| url.parse().expect("a redirect"));
        self.config.connect.allowed_redirects = allowed.collect();
        self
    }

    /// Allows webhooks to these origins, whatever their addresses are.
    #[must_use]
    pub fn receivers(mut self, allowed: &[&str]) -> Self {
        let allowed = allowed.iter().map(|origin| origin.parse().expect("an origin"));
        self.config.webhook.allow_private = allowed.collect();
        self
    }

    /// Changes the settings of connecting.
    #[must_use]
    pub fn connect(mut self, change: impl FnOnce(&mut ConnectConfig)) -> Self {
        change(&mut self.config.connect);
        self
    }

    /// Sets how the host resolves names.
    #[must_use]
    pub fn resolver(mut self, resolver: impl Resolve) -> Self {
        self.resolver = Arc::new(resolver);
        self
    }

    /// Serves only components that this lock file grants.
    #[must_use]
    pub fn locked(mut self, lock_file: &Path) -> Self {
        self.config.lock_file = lock_file.to_owned();
        self.admission = Admission::LockFile;
        self
    }

    /// The directory of the components, so that a test can put another file there.
    pub fn plugins_dir(&self) -> &Path {
        self.plugins.path()
    }

    /// Compiles with this executable instead of `mortise`.
    #[must_use]
    pub fn compiler(mut self, executable: &Path) -> Self {
        self.compiler = executable.to_owned();
        self
    }

    /// Uses a compile cache of its own, so that the host has no artefacts of other hosts, and tests that damage the
    /// cache affect no other host.
    #[must_use]
    pub fn own_cache(mut self) -> Self {
        self.shares_cache = false;
        self
    }

    /// Shares the database and the master key of a running host.
    #[must_use]
    pub fn beside(mut self, other: &Host) -> Self {
        self.config.database_url.clone_from(&other.app.service.config.database_url);
        self.config.master_key_file = Some(other.app.service.config.master_key_path());
        self
    }

    /// Shares the database and the master key of a host in another process.
    #[must_use]
    pub fn beside_process(mut self, other: &Spawned) -> Self {
        self.config.database_url = Some(other.database.clone());
        self.config.master_key_file = Some(other.master_key());
        self
    }

    /// Uses this database.
    #[must_use]
    pub fn database(mut self, url: &str) -> Self {
        self.config.database_url = Some(url.to_owned().into());
        self
    }

    /// Uses this admin token, and makes no other: for a database that is read-only.
    #[must_use]
    pub fn admin(mut self, token: &str) -> Self {
        self.admin = Some(token.to_owned());
        self
    }

    /// Starts the host while this test uses the process alone.
    #[must_use]
    pub fn alone(mut self, _: &Alone) -> Self {
        self.alone = true;
        self
    }

    /// Starts the host on loopback.
    pub async fn start(self) -> Host {
        self.start_in(TempDir::new().expect("a temporary directory")).await
    }

    /// Starts the host on an existing data directory.
    pub async fn start_in(self, data: TempDir) -> Host {
        self.try_start_in(data).await.expect("the host starts")
    }

    /// Starts the host, or returns the message for an operator.
    ///
    /// # Errors
    /// The message of the host about a failed start, with its causes.
    pub async fn try_start_in(mut self, data: TempDir) -> Result<Host, String> {
        let share = if self.alone { None } else { Some(alone::share().await) };
        if self.shares_cache {
            components::share_cache(data.path());
        }
        self.config.data_dir = data.path().to_owned();
        self.config.plugins_dir = self.plugins.path().to_owned();
        if self.config.database_url.is_none() {
            self.config.database_url = Some(database::url(data.path()).await);
        }
        let key_file = self.config.master_key_path();
        if !key_file.exists() {
            MasterKey::generate_file(&key_file).expect("a master key");
        }
        let keys = MasterKeys::load(&key_file).expect("a master key");
        let surroundings = Surroundings { compiling: self.compiler.into(), resolver: self.resolver, transport: None };
        let app = App::start_in(surroundings, self.config, keys, self.admission)
            .await
            .map_err(|error| format!("{error:#}"))?;
        if self.shares_cache {
            components::keep_cache(data.path());
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback");
        let address = listener.local_addr().expect("a bound socket");
        let admin_listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback");
        let admin_address = admin_listener.local_addr().expect("a bound socket");
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = app.clone();
        let served = tokio::spawn(async move {
            let operators = mortise::api::serve_admin(serving.clone(), admin_listener, std::future::pending());
            let callers = mortise::api::serve(serving, listener, async move {
                let _ = stopped.await;
            });
            tokio::select! {
                () = callers => {}
                () = operators => {}
            }
        });
        let admin = match self.admin {
            Some(token) => token,
            None => {
                let token = app.service.accounts.tokens().create(Scope::Admin, None, None, None).await;
                token.expect("a token").0.expose_secret().to_owned()
            }
        };
        let (stop, served) = (Some(stop), Some(served));
        Ok(Host { address, admin_address, app, data, admin, stop, served, _plugins: self.plugins, _share: share })
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self::new()
    }
}

impl Host {
    /// A client with an admin token.
    pub fn client(&self) -> Client {
        Client::new(self.address).token(&self.admin)
    }

    /// A client of the admin listener, without a token.
    pub fn operator(&self) -> Client {
        Client::new(self.admin_address)
    }

    /// The admin token.
    pub fn admin_token(&self) -> &str {
        &self.admin
    }

    /// A token for calls, for this tenant or for all tenants.
    pub async fn call_token(&self, tenant: Option<&str>) -> String {
        let (token, _) =
            self.app.service.accounts.tokens().create(Scope::Call, tenant, None, None).await.expect("a token");
        token.expose_secret().to_owned()
    }

    /// An account with a placeholder for every required variable.
    pub async fn account(&self, slug: &str) -> Uuid {
        self.account_with(slug, "tenant", &[]).await
    }

    /// An account with these variables, and placeholders for the other required ones.
    pub async fn account_with(&self, slug: &str, tenant: &str, values: &[(&str, &str)]) -> Uuid {
        let generation = self.app.service.registry.get(slug).unwrap_or_else(|| panic!("{slug} is not served"));
        let given: BTreeMap<&str, &str> = values.iter().copied().collect();
        let mut context = serde_json::Map::new();
        let mut secrets = Secrets::new();
        for variable in &generation.capabilities.variables {
            let value = match given.get(variable.name.as_str()) {
                Some(value) => (*value).to_owned(),
                None if variable.required => "placeholder-value".to_owned(),
                None => continue,
            };
            if variable.secret {
                secrets.insert(variable.name.clone(), value.into());
            } else {
                context.insert(variable.name.clone(), Value::String(value));
            }
        }
        let account = NewAccount {
            tenant_id: tenant.to_owned(),
            integration: slug.to_owned(),
            authentication_method: None,
            is_sandbox: false,
            context,
            secrets,
            application_id: None,
        };
        self.app.service.accounts.create(account).await.expect("an account").id
    }

    /// Executes this statement without the host, as an operator or an accident might. Returns the number of rows.
    pub async fn sql(&self, statement: &'static str) -> u64 {
        let url = self.app.service.config.database_url.as_ref().expect("a database");
        let mut connection = AnyConnection::connect(url.expose_secret()).await.expect("the database answers");
        sqlx::query(statement).execute(&mut connection).await.expect("the statement runs").rows_affected()
    }

    /// Asks the host to stop, and waits for its end. Returns its data directory.
    pub async fn shut_down(mut self) -> TempDir {
        drop(self.stop.take());
        if let Some(served) = self.served.take() {
            crate::expect("end of the host", served).await.expect("the server ends well");
        }
        self.app.service.journal.flush().await;
        self.app.service.accounts.close().await;
        std::mem::replace(&mut self.data, TempDir::new().expect("a temporary directory"))
    }

    /// Asks the host to stop, without waiting.
    pub fn ask_to_stop(&mut self) -> JoinHandle<()> {
        drop(self.stop.take());
        self.served.take().expect("asked once")
    }
}

/// An account for a session without a call.
pub fn session_account(id: Uuid, sealed: Sealed) -> SessionAccount {
    SessionAccount {
        id,
        sealed,
        application: None,
        variables: BTreeMap::new(),
        method: None,
        is_probe: false,
        request_id: "".into(),
        waited: Stopwatch::default(),
        transcript: Transcript::default(),
        deadline: tokio::time::Instant::now() + Limits::default().call_deadline(),
    }
}

/// The target of a create in this category.
pub fn create(category: &str, account: Uuid, query: &str) -> String {
    format!("/unified/{category}/users?integrated_account_id={account}{query}")
}

/// The target of an operation on one user in this category.
pub fn update(category: &str, id: &str, account: Uuid, query: &str) -> String {
    format!("/unified/{category}/users/{id}?integrated_account_id={account}{query}")
}

/// The `mortise` executable of this build, which lies beside the directory of the test binaries.
///
/// # Panics
/// If it does not exist: `cargo test` builds it, and `cargo test -p mortise-tests` alone does not.
pub fn mortise_binary() -> PathBuf {
    let test = std::env::current_exe().expect("a test binary has a path");
    let binary = test.ancestors().nth(2).expect("a test binary lies in a target directory").join("mortise");
    assert!(binary.exists(), "{} is missing: run `cargo build -p mortise` first", binary.display());
    binary
}
