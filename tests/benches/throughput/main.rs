//! Requests a second through the whole host, against a handwritten axum and reqwest service that does the same work natively.
//!
//! `cargo bench -p mortise-tests --bench throughput [-- <rounds> <seconds> <connections>]`. Both services answer the same requests over
//! loopback and ask the same vendor, which keeps its connections open. They are measured alternately, so that a noisy machine
//! is noisy for both, and the ratio is taken round by round. Load, vendor and each service run on threads of their own; what
//! their threads compute is told apart by name.
//!
//! The handwritten service is the harder opponent where there was a choice: its tokens and accounts are in memory, it checks
//! nothing that its types do not, and it knows one vendor.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a benchmark fails by panicking")]

mod load;
mod native;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use load::{Load, Round};
use mortise::account::{MasterKey, NewAccount, Scope, Secrets};
use mortise::app::{Admission, App, Surroundings};
use mortise::config::Config;
use mortise::egress::SystemResolver;
use mortise_tests::host::mortise_binary;
use mortise_tests::workload::Workload;
use mortise_tests::{benchmark, components};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

/// The credential of the one account.
const CREDENTIAL: &str = "bench-token-0123456789abcdef0123456789abcdef0123456789abcdef";

fn main() {
    let extent = benchmark::start();
    let mut arguments = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let rounds = arguments.next().unwrap_or(extent.rounds(10));
    let seconds = Duration::from_secs(arguments.next().unwrap_or(extent.rounds(3)));
    // Each sends one request at a time.
    let connections = arguments.next().unwrap_or(32);
    // Every line is formatted and handed to the system, as in production, and not kept.
    let sink = fs::OpenOptions::new().write(true).open("/dev/null").expect("a sink");
    tracing_subscriber::fmt().json().flatten_event(true).with_current_span(true).with_writer(Arc::new(sink)).init();

    let workload = Workload::create_agent();
    let body = serde_json::to_vec(&workload.body).expect("JSON");
    let vendor = load::vendor(workload.answer.clone());
    let (host_runtime, native_runtime) = (runtime("host"), runtime("native"));
    let host = host_runtime.block_on(Host::start(vendor));
    let token = host.token.clone();
    let native = native_runtime.block_on(native::start(vendor, &token, host.account, CREDENTIAL));
    let request = |address| load::request(address, &token, host.account, &body);
    let services =
        [("mortise", Load::new(host.address, request(host.address))), ("native", Load::new(native, request(native)))];

    let answers = services.each_ref().map(|(_, load)| load.one());
    assert_eq!(answers[0], answers[1], "both services answer the same");

    for (_, load) in &services {
        load.run(connections, Duration::from_secs(extent.rounds(2)));
    }
    println!("| round | mortise req/s | native req/s | ratio |\n| ---: | ---: | ---: | ---: |");
    let mut measured: Vec<[Round; 2]> = Vec::new();
    for round in 1..=rounds {
        let pair = services.each_ref().map(|(_, load)| load.run(connections, seconds));
        println!(
            "| {round} | {:.0} | {:.0} | {:.3} |",
            pair[0].rate(),
            pair[1].rate(),
            pair[0].rate() / pair[1].rate()
        );
        measured.push(pair);
    }
    summarise(&measured);
}

fn summarise(measured: &[[Round; 2]]) {
    let median = |value: &dyn Fn(&[Round; 2]) -> f64| {
        let mut values: Vec<f64> = measured.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    println!("\n| median of the rounds | mortise | native | mortise / native |\n| --- | ---: | ---: | ---: |");
    let row = |name: &str, digits: usize, value: &dyn Fn(&Round) -> f64| {
        let (host, native) = (median(&|pair| value(&pair[0])), median(&|pair| value(&pair[1])));
        let ratio = median(&|pair| value(&pair[0]) / value(&pair[1]));
        println!("| {name} | {host:.digits$} | {native:.digits$} | {ratio:.3} |");
    };
    row("requests/s (target 0.85)", 0, &Round::rate);
    row("latency p50, µs", 0, &|round| round.latency(0.5));
    row("latency p99, µs", 0, &|round| round.latency(0.99));
    row("CPU of the service, µs/request", 1, &|round| round.service_cpu());
    row("CPU of load and vendor, µs/request", 1, &|round| round.other_cpu());
}

fn runtime(name: &str) -> Runtime {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    Builder::new_multi_thread().worker_threads(cores).thread_name(name).enable_all().build().expect("a runtime")
}

/// The host as `mortise serve` runs it: SQLite, the real component, the vendor replaced by the operator's origin.
struct Host {
    address: SocketAddr,
    token: String,
    account: Uuid,
    _directory: tempfile::TempDir,
}

impl Host {
    async fn start(vendor: SocketAddr) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut config = Config { data_dir: directory.path().join("data"), ..Config::default() };
        (config.limits.token_requests, config.limits.account_requests) = (0, 0);
        config.plugins_dir = directory.path().join("plugins");
        fs::create_dir(&config.plugins_dir).expect("writable");
        fs::write(config.plugins_dir.join("dixa.wasm"), components::component("dixa")).expect("writable");
        config.integrations.entry("dixa".into()).or_default().origin = Some(format!("http://{vendor}/v1"));
        let key = MasterKey::from_text(&"5a".repeat(32)).expect("a key");
        let surroundings =
            Surroundings { compiler: mortise_binary(), resolver: Arc::new(SystemResolver), transport: None };
        let app = App::start_in(surroundings, config, key, Admission::AsDeclared).await.expect("the host starts");
        let account = NewAccount {
            tenant_id: "tenant".into(),
            integration: "dixa".into(),
            authentication_method: None,
            is_sandbox: false,
            context: serde_json::Map::new(),
            secrets: Secrets::from([("api_token".into(), CREDENTIAL.into())]),
        };
        let account = app.accounts.create(account).await.expect("an account").id;
        let (token, _) = app.accounts.tokens().create(Scope::Call, None, None, None).await.expect("a token");
        let token = token.expose_secret().to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback");
        let address = listener.local_addr().expect("bound");
        tokio::spawn(mortise::api::serve(app, listener, std::future::pending()));
        Self { address, token, account, _directory: directory }
    }
}
