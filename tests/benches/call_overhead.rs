//! What the sandbox costs a call: the Dixa create mapping against an in-memory transport, compiled natively and as a component, in
//! an engine that has loaded every integration.
//!
//! `cargo bench -p mortise-tests --bench call_overhead`. The parts are measured apart, so that a regression names its layer:
//!
//! - `native`: canonical user text in, mapping, canonical user text out.
//! - `sandboxed`: the same through `Calls::invoke` in a fresh instance, dropped afterwards, with the session's opening.
//! - `session`: opening the account's credentials and the egress of one call, a part of `sandboxed`.
//! - `instance`: a store with its limits, an instance in it, and dropping both, a part of `sandboxed`.
//! - `instance_of_another`: the same of every integration in turn, so that no slot holds what the one before left.

#![allow(missing_docs, reason = "criterion's macros")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a benchmark fails by panicking")]

#[path = "../../plugins/dixa/src/lib.rs"]
#[allow(dead_code, unused_imports, unreachable_pub, reason = "the root of a crate of its own, with its tests")]
mod dixa;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cap_std::fs::Dir;
use criterion::{Bencher, Criterion};
use futures_util::FutureExt;
use mortise::account::{Accounts, MasterKey, Secrets, Vault};
use mortise::call::{Calls, Invocation, Lane, Prepared, Sandbox};
use mortise::config::{Class, Limits};
use mortise::egress::{
    AuthKind, AuthScheme, Delivery, Egress, Profile, RemoteInput, Session, SessionAccount, Template,
};
use mortise::engine::Engine;
use mortise::observe::{Metrics, Stopwatch};
use mortise_model::{Category, Operation};
use mortise_policy::origin::OriginTemplate;
use mortise_tests::host::mortise_binary;
use mortise_tests::workload::Workload;
use mortise_tests::{benchmark, components};
use uuid::Uuid;

/// A token as long as Dixa's.
const TOKEN: &str = "bench-token-0123456789abcdef0123456789abcdef0123456789abcdef";

fn main() {
    benchmark::start();
    let directory = output_directory();
    let mut criterion = Criterion::default().configure_from_args().output_directory(&directory);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let workload = Workload::create_agent();
    let host = Arc::new(runtime.block_on(Host::start(&workload)));
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    let called = runtime.block_on(async { host.call(host.session().await).await });
    // The component keeps no order of members.
    assert_eq!(json(&called), json(&native::map(&workload)), "both do the same");

    let mut group = criterion.benchmark_group("call_overhead");
    group.measurement_time(Duration::from_secs(8)).sample_size(200);
    group.bench_function("native", |b| b.iter(|| native::map(black_box(&workload))));
    group.bench_function("sandboxed", |b| {
        on_runtime(b, &runtime, &host, |host| async move { host.call(host.session().await).await });
    });
    group.bench_function("session", |b| b.iter(|| black_box(host.session().now_or_never())));
    group.bench_function("instance", |b| {
        on_runtime(b, &runtime, &host, |host| async move {
            host.sandbox.rehearse(&host.prepared).await.expect("an instance")
        });
    });
    group.bench_function("instance_of_another", |b| {
        on_runtime(
            b,
            &runtime,
            &host,
            |host| async move { host.sandbox.rehearse(host.next()).await.expect("an instance") },
        );
    });
    group.finish();
    criterion.final_summary();
    summarise(&directory);
}

/// Repeats `work` inside a task of the runtime, as a connection does: what it spawns stays on the same thread.
fn on_runtime<W: Future + Send>(
    bencher: &mut Bencher<'_>,
    runtime: &tokio::runtime::Runtime,
    host: &Arc<Host>,
    work: impl Fn(Arc<Host>) -> W + Copy + Send + 'static,
) {
    bencher.iter_custom(|rounds| {
        let host = host.clone();
        let timed = async move {
            let started = Instant::now();
            for _ in 0..rounds {
                black_box(work(host.clone()).await);
            }
            started.elapsed()
        };
        runtime.block_on(runtime.spawn(timed)).expect("no panic")
    });
}

/// The mapping compiled into this benchmark.
mod native {
    use super::*;
    use crate::dixa::Dixa;
    use mortise_sdk::{Answer, Call, Integration, Outgoing, Result, Transport, User};

    /// What the component does between its texts.
    pub(super) fn map(workload: &Workload) -> String {
        let user: User = serde_json::from_str(&workload.user).expect("a user");
        let call = Call::new(Category::Ticketing, Box::new(Memory(workload.answer.clone())));
        let user = Dixa::create_user(&call, user).expect("a success").expect("a user");
        serde_json::to_string(&user).expect("a user is JSON")
    }

    /// Answers from memory.
    struct Memory(Bytes);

    impl Transport for Memory {
        fn send(&self, request: Outgoing) -> Result<Box<dyn Answer>> {
            black_box(request);
            Ok(Box::new(Self(self.0.clone())))
        }

        fn variable(&self, _: &str) -> Option<String> {
            None
        }

        fn parameter(&self, _: &str) -> Option<String> {
            None
        }

        fn wants_user(&self) -> bool {
            true
        }

        fn log(&self, _: &str, _: &str) {}
    }

    impl Answer for Memory {
        fn status(&self) -> u16 {
            201
        }

        fn header(&self, _: &str) -> Option<String> {
            None
        }

        fn body(&self) -> Result<Vec<u8>> {
            Ok(self.0.to_vec())
        }
    }
}

/// The rooms of the host that a call runs through, with a network that answers from memory.
struct Host {
    sandbox: Arc<Sandbox>,
    calls: Calls,
    egress: Egress,
    lane: Arc<Lane>,
    prepared: Arc<Prepared>,
    integrations: Vec<Arc<Prepared>>,
    turn: AtomicUsize,
    profile: Profile,
    account: Uuid,
    sealed: mortise::account::Sealed,
    user: String,
    _data: tempfile::TempDir,
}

impl Host {
    async fn start(workload: &Workload) -> Self {
        let limits = Limits::default();
        let data = tempfile::tempdir().expect("a temporary directory");
        let dir = Dir::open_ambient_dir(data.path(), cap_std::ambient_authority()).expect("just made");
        components::share_cache(data.path());
        let engine = Arc::new(Engine::new(&limits, &dir, mortise_binary()).expect("an engine"));
        let sandbox = Arc::new(Sandbox::new(engine.clone(), limits.clone()).expect("a sandbox"));
        let mut integrations = BTreeMap::new();
        for slug in components::integrations().keys() {
            let wasm = components::component(slug);
            let digest = mortise::plugin::digest(&wasm);
            let component = engine.load(Class::Ordinary, wasm, &digest).await.expect("the component compiles");
            let prepared = sandbox.prepare(Class::Ordinary, &component).expect("the component links");
            integrations.insert(slug.as_str(), Arc::new(prepared));
        }
        components::keep_cache(data.path());
        let prepared = integrations["dixa"].clone();
        let integrations = integrations.into_values().collect();
        let vault = Arc::new(Vault::new(MasterKey::from_text(&"5a".repeat(32)).expect("a key"), []));
        let account = Uuid::new_v4();
        let sealed = vault.seal(account, &Secrets::from([("api_token".to_owned(), TOKEN.into())]));
        let database = format!("sqlite://{}?mode=rwc", data.path().join("mortise.db").display());
        let accounts = Accounts::connect(&database.into()).await.expect("a database");
        let egress = Egress::new(
            limits,
            vault,
            accounts,
            Arc::new(memory::Network(workload.answer.clone())),
            Arc::new(Metrics::new()),
        );
        let profile = Profile {
            slug: "dixa".into(),
            origins: vec![OriginTemplate::parse("https://dev.dixa.io/v1").expect("an origin")],
            headers: Arc::new([]),
            auth: vec![AuthScheme {
                kind: AuthKind::Header,
                params: vec![("authorization".into(), Template::parse("{api_token}").expect("a template"))],
                exchange: None,
            }],
            messages: Arc::new([]),
            limits: Arc::new([]),
            replacement: None,
        };
        let user = workload.user.clone();
        let calls = Calls::new(sandbox.clone());
        let lane = Arc::new(Lane::new("dixa", Class::Ordinary, sandbox.limits()));
        let turn = AtomicUsize::new(0);
        Self { lane, sandbox, calls, egress, prepared, integrations, turn, profile, account, sealed, user, _data: data }
    }

    /// Every integration in turn.
    fn next(&self) -> &Prepared {
        &self.integrations[self.turn.fetch_add(1, Ordering::Relaxed) % self.integrations.len()]
    }

    async fn session(&self) -> Session {
        let account = SessionAccount {
            id: self.account,
            sealed: self.sealed.clone(),
            variables: BTreeMap::new(),
            method: None,
            request_id: String::new(),
            waited: Stopwatch::default(),
        };
        let session = self.egress.session(&self.profile, account, RemoteInput::default(), Delivery::Buffered);
        session.await.expect("a session")
    }

    async fn call(&self, session: Session) -> String {
        let invocation = Invocation {
            lane: self.lane.clone(),
            account: self.account,
            prepared: self.prepared.clone(),
            category: Category::Ticketing,
            operation: Operation::CreateUser,
            id: None,
            user: self.user.clone(),
            parameters: BTreeMap::new(),
            variables: BTreeMap::new(),
            wants_user: true,
            session,
            request_id: String::new(),
        };
        self.calls.invoke(invocation).await.result.expect("a success").expect("a user")
    }
}

mod memory {
    use bytes::Bytes;
    use futures_util::FutureExt;
    use futures_util::future::{BoxFuture, ready};
    use mortise::egress::{Transport, TransportError};
    use uuid::Uuid;

    /// Answers from memory.
    pub(super) struct Network(pub(super) Bytes);

    impl Transport for Network {
        fn send(
            &self,
            _: Uuid,
            _: bool,
            request: reqwest::Request,
        ) -> BoxFuture<'_, Result<reqwest::Response, TransportError>> {
            std::hint::black_box(request);
            let answer = http::Response::builder()
                .status(201)
                .header("content-type", "application/json")
                .body(self.0.clone())
                .expect("an answer");
            ready(Ok(answer.into())).boxed()
        }
    }
}

/// Where criterion keeps its results: beside the build that is measured.
fn output_directory() -> PathBuf {
    mortise_binary().ancestors().nth(2).expect("a target directory").join("criterion")
}

/// The medians, and the difference that has a target.
fn summarise(directory: &std::path::Path) {
    let median = |name: &str| -> Option<f64> {
        let file = directory.join("call_overhead").join(name).join("new/estimates.json");
        let estimates: serde_json::Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        Some(estimates["median"]["point_estimate"].as_f64()? / 1_000.0)
    };
    println!("\n| median | µs |\n| --- | ---: |");
    for name in ["native", "sandboxed", "session", "instance", "instance_of_another"] {
        if let Some(median) = median(name) {
            println!("| {name} | {median:.1} |");
        }
    }
    if let (Some(native), Some(sandboxed)) = (median("native"), median("sandboxed")) {
        println!("| difference, target 20 | {:.1} |", sandboxed - native);
    }
}
