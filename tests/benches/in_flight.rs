//! Many concurrent calls that wait for a slow vendor: the memory of `mortise serve` for each call, the number of failed
//! calls, and `/healthz` meanwhile.
//!
//! `cargo bench -p mortise-tests --bench in_flight [-- <calls> <seconds that the vendor takes>]`. Clients and vendor
//! are in this process, and the host is in its own process. Both processes have two sockets for each call. With fewer
//! open files (`ulimit -Hn`), the benchmark makes fewer calls.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a benchmark fails by panicking")]

use std::time::{Duration, Instant};

use mortise_tests::benchmark::load::{self, Connection, Load};
use mortise_tests::benchmark::{self, Extent};
use mortise_tests::measure::{self, Latencies};
use mortise_tests::spawned::Spawned;
use mortise_tests::workload::Workload;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::oneshot;

/// Open files of either process in addition to the sockets of calls.
const BESIDE: u64 = 200;

fn main() {
    let extent = benchmark::start();
    let mut arguments = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let given = arguments.next().map(|calls| (calls, Duration::from_secs(arguments.next().unwrap_or(1))));
    let scenarios = match (given, extent) {
        (Some(given), _) => vec![given],
        (None, Extent::Measured) => vec![(1_000, Duration::from_secs(1)), (10_000, Duration::from_secs(10))],
        (None, Extent::Tried) => vec![(4, Duration::from_millis(100))],
    };
    let most = scenarios.iter().map(|(calls, _)| *calls).max().unwrap_or_default();
    let most = (open_files(2 * most + BESIDE) - BESIDE) / 2;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for (calls, wait) in scenarios {
        runtime.block_on(measure(calls.min(most), wait));
    }
}

/// Lets this process and its children open this many files, if the system allows it. Returns the number of files that
/// they may open.
fn open_files(wanted: u64) -> u64 {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let more = maximum.map(|maximum| maximum.max(wanted));
    // The system never refuses the present maximum.
    for maximum in [more, maximum] {
        if setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok() {
            break;
        }
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

async fn measure(calls: u64, wait: Duration) {
    let workload = Workload::create_agent();
    let vendor = load::slow_vendor(workload.answer.clone(), wait);
    let limits = [
        ("concurrent_calls", calls),
        ("concurrent_calls_per_integration", calls),
        // All the calls begin at once, so the last one waits for the processor time of all.
        ("call_deadline_ms", 60_000),
        // The callers open all connections before they send the first call, and the time for a request's headers runs
        // from the opening.
        ("caller_read_ms", 120_000),
        ("vendor_timeout_ms", 60_000),
    ];
    let environment =
        limits.map(|(limit, value)| (format!("MORTISE_LIMITS_{}", limit.to_uppercase()), value.to_string()));
    let environment: Vec<_> = environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let host = Spawned::start("dixa", &format!("http://{vendor}/v1"), &environment).await;
    let (address, body) = (host.address, serde_json::to_vec(&workload.body).expect("JSON"));
    let request = load::request(address, host.token(), host.account, &body);
    let first = Load::new(address, request.clone());
    tokio::task::spawn_blocking(move || first.one()).await.expect("the call succeeds");
    let before = measure::resident_mib(host.id());

    let (opened, are_open) = oneshot::channel();
    let call_all = move || {
        load::on_thread("load", async move {
            let mut connections = Vec::new();
            for _ in 0..calls {
                connections.push(Connection::open(address).await);
            }
            let _ = opened.send(());
            let started = Instant::now();
            let call = |mut connection: Connection| {
                let request = request.clone();
                tokio::task::spawn_local(async move {
                    match connection.answer(&request).await {
                        Some((201, _)) => None,
                        Some((_, body)) => Some(String::from_utf8_lossy(body).into_owned()),
                        None => Some("no answer".to_owned()),
                    }
                })
            };
            let calling: Vec<_> = connections.into_iter().map(call).collect();
            let mut failures = Vec::new();
            for failure in calling {
                failures.extend(failure.await.expect("no panic"));
            }
            (failures, started.elapsed())
        })
    };
    let called = tokio::task::spawn_blocking(call_all);
    are_open.await.expect("the host takes the connections");
    let (health, called) = Latencies::of_health_during(address, called).await;
    let (failures, took) = called.expect("the calls end");
    let peak = host.peak_memory() >> 20;
    println!("{calls} calls at once, the vendor answers after {wait:?}:");
    println!("  settings: {}", limits.map(|(limit, value)| format!("limits.{limit} = {value}")).join(", "));
    println!("  failed: {}; all ended after {took:.1?}", failures.len());
    if let Some(failure) = failures.first() {
        println!("  the first failure: {failure}");
    }
    println!(
        "  resident: {before} MiB before, {peak} MiB at most, {:.3} MiB a call",
        (peak - before) as f64 / calls as f64
    );
    println!("  /healthz meanwhile: {health}");
}
