//! The whole host in this process, as `mortise serve` runs it.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use mortise::account::{MasterKey, NewAccount, Scope, Secrets};
use mortise::app::{Admission, App, Surroundings};
use mortise::config::Config;
use mortise::egress::{SystemResolver, Transport};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::{CREDENTIAL, load};
use crate::components;
use crate::host::mortise_binary;

/// The quota of a token and of an account in a window. It is larger than the number of requests, so that the host
/// counts each request and refuses none.
const REQUESTS: u32 = 1_000_000;

/// A host with SQLite, the Dixa component, one account and one token. Ends with its runtime.
pub struct Served {
    /// The address of its API.
    pub address: SocketAddr,
    /// The host.
    pub app: Arc<App>,
    /// A token for calls.
    pub token: String,
    /// The account.
    pub account: Uuid,
    _directory: TempDir,
}

impl Served {
    /// Starts the host with the default settings, except the quotas and the changes of `change`. The vendor listens at
    /// this address, unless `transport` answers in its place.
    ///
    /// # Panics
    /// If the host does not start.
    pub async fn start(
        vendor: SocketAddr,
        transport: Option<Arc<dyn Transport>>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut config = Config { data_dir: directory.path().to_owned(), ..Config::default() };
        config.plugins_dir = directory.path().join("plugins");
        fs::create_dir(&config.plugins_dir).expect("writable");
        components::share_cache(directory.path());
        fs::write(config.plugins_dir.join("dixa.wasm"), components::component("dixa")).expect("writable");
        config.integrations.entry("dixa".into()).or_default().origin = Some(format!("http://{vendor}/v1"));
        (config.limits.token_requests, config.limits.account_requests) = (REQUESTS, REQUESTS);
        change(&mut config);
        let key = MasterKey::from_text(&"5a".repeat(32)).expect("a key");
        let surroundings =
            Surroundings { compiling: mortise_binary().into(), resolver: Arc::new(SystemResolver), transport };
        let app = App::start_in(surroundings, config, key, Admission::AsDeclared).await.expect("the host starts");
        components::keep_cache(directory.path());
        let account = NewAccount {
            tenant_id: "tenant".into(),
            integration: "dixa".into(),
            authentication_method: None,
            is_sandbox: false,
            context: serde_json::Map::new(),
            secrets: Secrets::from([("api_token".into(), CREDENTIAL.into())]),
            application_id: None,
        };
        let account = app.service.accounts.create(account).await.expect("an account").id;
        let (token, _) = app.service.accounts.tokens().create(Scope::Call, None, None, None).await.expect("a token");
        let token = token.expose_secret().to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(mortise::api::serve(app.clone(), listener, std::future::pending()));
        Self { address, app, token, account, _directory: directory }
    }

    /// A request that creates this user.
    pub fn request(&self, body: &[u8]) -> Bytes {
        load::request(self.address, &self.token, self.account, body)
    }
}
