//! The cost of the sandbox for a call: compares the Dixa create mapping with an in-memory transport in two forms,
//! compiled natively and as a component. The engine has loaded every integration.
//!
//! `cargo bench -p mortise-tests --bench call_overhead`. The parts are measured separately, so that a regression names
//! its layer:
//!
//! - `native`: canonical user text in, mapping, canonical user text out.
//! - `sandboxed`: the same through `Calls::invoke` in a fresh instance. It includes opening the session and dropping
//!   the instance.
//! - `session`: opening the account's credentials and the egress of one call. It is a part of `sandboxed`.
//! - `instance`: a store with its limits, an instance in it, and dropping both. It is a part of `sandboxed`.
//! - `instance_of_another`: the same for each integration in turn, so that no slot has memory of the same component.
//! - `guest`: the computation of the guest itself. It is a part of `sandboxed`: the guest's polls without the host's
//!   functions. It includes a clock read before and after each function, about 0.1 µs.

#![allow(missing_docs, reason = "criterion's macros")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Bencher, Criterion};
use futures_util::FutureExt;
use mortise::call::Output;
use mortise_tests::benchmark::{self, Rooms, native};
use mortise_tests::components;
use mortise_tests::host::mortise_binary;
use mortise_tests::workload::Workload;
use tokio::runtime::Runtime;

/// The measurements, in this order.
const PARTS: [&str; 6] = ["native", "sandboxed", "session", "instance", "instance_of_another", "guest"];

fn main() {
    benchmark::start();
    let directory = output_directory();
    let mut criterion = Criterion::default().configure_from_args().output_directory(&directory);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let workload = Workload::create_agent();
    let slugs: Vec<_> = components::integrations().keys().map(String::as_str).collect();
    let rooms = Arc::new(runtime.block_on(Rooms::start(&workload, &slugs)));
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    let called = runtime.block_on(call(rooms.clone())).0;
    // Compares JSON values, because the component does not keep the order of members.
    assert_eq!(json(&called), json(&native::map(&workload)), "both give the same user");

    let mut group = criterion.benchmark_group("call_overhead");
    group.measurement_time(Duration::from_secs(8)).sample_size(200);
    group.bench_function("native", |b| b.iter(|| native::map(black_box(&workload))));
    group.bench_function("sandboxed", |b| on_runtime(b, &runtime, &rooms, |rooms| timed(call(rooms))));
    group.bench_function("session", |b| b.iter(|| black_box(rooms.session().now_or_never())));
    group.bench_function("instance", |b| {
        on_runtime(b, &runtime, &rooms, |rooms| timed(async move { rooms.instance().await }));
    });
    group.bench_function("instance_of_another", |b| {
        on_runtime(b, &runtime, &rooms, |rooms| timed(async move { rooms.instance_of_another().await }));
    });
    group.bench_function("guest", |b| on_runtime(b, &runtime, &rooms, |rooms| async move { call(rooms).await.1 }));
    group.finish();
    criterion.final_summary();
    summarise(&directory);
}

/// A sandboxed call. Returns its user, and the time that the guest computed.
async fn call(rooms: Arc<Rooms>) -> (String, Duration) {
    let completed = rooms.call(rooms.session().await).await;
    let Output::User(Some(user)) = completed.result.expect("a success") else { panic!("the call creates a user") };
    (user, completed.guest)
}

/// The duration of `work`.
async fn timed(work: impl Future) -> Duration {
    let started = Instant::now();
    black_box(work.await);
    started.elapsed()
}

/// Repeats `work`, which returns its duration. Runs in a task of the runtime, as a connection does, so that the tasks
/// of `work` stay on the same thread.
fn on_runtime<W: Future<Output = Duration> + Send>(
    bencher: &mut Bencher<'_>,
    runtime: &Runtime,
    rooms: &Arc<Rooms>,
    work: impl Fn(Arc<Rooms>) -> W + Copy + Send + 'static,
) {
    bencher.iter_custom(|rounds| {
        let rooms = rooms.clone();
        let repeated = async move {
            let mut took = Duration::ZERO;
            for _ in 0..rounds {
                took += work(rooms.clone()).await;
            }
            took
        };
        runtime.block_on(runtime.spawn(repeated)).expect("no panic")
    });
}

/// Criterion's folder for its results: beside the measured build.
fn output_directory() -> PathBuf {
    mortise_binary().ancestors().nth(2).expect("a target directory").join("criterion")
}

/// The medians, and the difference that has a target.
fn summarise(directory: &Path) {
    let median = |name: &str| -> Option<f64> {
        let file = directory.join("call_overhead").join(name).join("new/estimates.json");
        let estimates: serde_json::Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        Some(estimates["median"]["point_estimate"].as_f64()? / 1_000.0)
    };
    println!("\n| median | µs |\n| --- | ---: |");
    for name in PARTS {
        if let Some(median) = median(name) {
            println!("| {name} | {median:.1} |");
        }
    }
    if let (Some(native), Some(sandboxed)) = (median("native"), median("sandboxed")) {
        println!("| difference, target 20 | {:.1} |", sandboxed - native);
    }
}
