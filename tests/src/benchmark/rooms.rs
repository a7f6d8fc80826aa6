//! The parts of the host that a call runs through after the session. Each can be measured alone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cap_std::fs::Dir;
use mortise::account::{Accounts, MasterKey, Sealed, Secrets, Vault};
use mortise::call::{AdmissionControl, Calls, Completed, Input, Invocation, Prepared, Sandbox, Spent};
use mortise::config::{Class, Limits};
use mortise::egress::{AuthScheme, Delivery, Egress, Profile, RemoteInput, Session, Template};
use mortise::engine::Engine;
use mortise::observe::Metrics;
use mortise_model::{AuthKind, Category};
use mortise_policy::origin::OriginTemplate;
use tempfile::TempDir;
use uuid::Uuid;

use super::{CREDENTIAL, memory};
use crate::components;
use crate::host::{mortise_binary, session_account};
use crate::workload::Workload;

/// Sandbox and egress for Dixa, with a network that answers from memory.
pub struct Rooms {
    sandbox: Arc<Sandbox>,
    calls: Calls,
    egress: Egress,
    admission: Arc<AdmissionControl>,
    prepared: Arc<Prepared>,
    integrations: Vec<Arc<Prepared>>,
    turn: AtomicUsize,
    profile: Profile,
    account: Uuid,
    sealed: Sealed,
    user: String,
    _data: TempDir,
}

impl Rooms {
    /// Loads these integrations, Dixa among them, in one engine. The vendor's answer is that of the workload.
    ///
    /// # Panics
    /// If one cannot be loaded.
    pub async fn start(workload: &Workload, slugs: &[&str]) -> Self {
        let limits = Limits::default();
        let data = tempfile::tempdir().expect("a temporary directory");
        let dir = Dir::open_ambient_dir(data.path(), cap_std::ambient_authority()).expect("just made");
        components::share_cache(data.path());
        let engine = Arc::new(Engine::new(&limits, &dir, mortise_binary()).expect("an engine"));
        let sandbox = Arc::new(Sandbox::new(engine.clone(), limits.clone()).expect("a sandbox"));
        let mut integrations = BTreeMap::new();
        for slug in slugs {
            let wasm = components::component(slug);
            let digest = mortise_policy::grant::digest(&wasm);
            let component = engine.load(Class::Ordinary, wasm, &digest).await.expect("the component compiles");
            let prepared = sandbox.prepare(Class::Ordinary, &component).expect("the component links");
            integrations.insert(*slug, Arc::new(prepared));
        }
        components::keep_cache(data.path());
        let prepared = integrations["dixa"].clone();
        let integrations = integrations.into_values().collect();
        let vault = Arc::new(Vault::new(MasterKey::from_text(&"5a".repeat(32)).expect("a key"), []));
        let account = Uuid::new_v4();
        let sealed = vault.seal(account, &Secrets::from([("api_token".to_owned(), CREDENTIAL.into())]));
        let database = format!("sqlite://{}?mode=rwc", data.path().join("mortise.db").display());
        let accounts = Accounts::connect(&database.into()).await.expect("a database");
        let network = Arc::new(memory::Network(workload.answer.clone()));
        let egress = Egress::new(limits, vault, accounts, network, Arc::new(Metrics::new()));
        let profile = Profile {
            slug: "dixa".into(),
            origins: vec![OriginTemplate::parse("https://dev.dixa.io/v1").expect("an origin")],
            headers: Arc::new([]),
            auth: vec![AuthScheme {
                kind: AuthKind::Header,
                params: vec![("authorization".into(), Template::parse("{api_token}").expect("a template"))],
                exchange: None,
                origins: Vec::new(),
            }],
            limits: Arc::new([]),
            messages: Arc::new([]),
            replacement: None,
        };
        let user = workload.user.clone();
        let calls = Calls::new(sandbox.clone());
        let admission = Arc::new(AdmissionControl::new("dixa", Class::Ordinary, sandbox.limits()));
        let turn = AtomicUsize::new(0);
        Self {
            admission,
            sandbox,
            calls,
            egress,
            prepared,
            integrations,
            turn,
            profile,
            account,
            sealed,
            user,
            _data: data,
        }
    }

    /// Opens the account's credentials and the egress of one call.
    ///
    /// # Panics
    /// If they do not open.
    pub async fn session(&self) -> Session {
        let account = session_account(self.account, self.sealed.clone());
        let session = self.egress.session(&self.profile, account, RemoteInput::default(), Delivery::Buffered);
        session.await.expect("a session")
    }

    /// Makes an instance of Dixa, in a store with its limits, and drops both.
    ///
    /// # Panics
    /// If there is no free instance. The same holds for [`Rooms::instance_of_another`].
    pub async fn instance(&self) {
        self.sandbox.rehearse(&self.prepared).await.expect("an instance");
    }

    /// Makes an instance of each integration in turn, and drops it.
    pub async fn instance_of_another(&self) {
        let next = &self.integrations[self.turn.fetch_add(1, Ordering::Relaxed) % self.integrations.len()];
        self.sandbox.rehearse(next).await.expect("an instance");
    }

    /// Runs the workload's call in the sandbox.
    pub async fn call(&self, session: Session) -> Completed {
        let invocation = Invocation {
            admission: self.admission.clone(),
            account: self.account,
            prepared: self.prepared.clone(),
            category: Category::Ticketing,
            input: Input::Create { user: self.user.clone() },
            parameters: BTreeMap::new(),
            variables: BTreeMap::new(),
            wants_user: true,
            strict: false,
            spent: Spent::default(),
            session,
            request_id: "".into(),
        };
        self.calls.invoke(invocation).await
    }
}
