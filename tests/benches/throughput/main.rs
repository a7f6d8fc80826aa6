//! Requests per second through the whole host, compared with three services that do the same work:
//!
//! - *bare*: a handwritten axum and reqwest service. Its tokens and accounts are in memory, it has no checks but those
//!   of its types, and it knows one vendor;
//! - *unsandboxed*: this host with the same mapping compiled in. It keeps every promise except those of the sandbox;
//! - *node*: a Node.js service whose mapping is JSONata. It is left out if `node` or `npm` is missing.
//!
//! `cargo bench -p mortise-tests --bench throughput [-- <rounds> <seconds> <connections>]`. All services answer the
//! same requests over loopback, call the same vendor, which keeps its connections open, and write their log lines to a
//! pipe that is read. The benchmark measures them in turn, so that a noisy machine is noisy for all, and computes
//! ratios within a round. Load, vendor and each service run on threads of their own. The names of the threads separate
//! their processor times.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a benchmark fails by panicking")]

mod bare;
mod node;

use std::time::Duration;

use mortise_tests::benchmark::load::{self, Load, Round};
use mortise_tests::benchmark::{self, CREDENTIAL, Served, native};
use mortise_tests::logs;
use mortise_tests::workload::Workload;
use node::Node;
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::EnvFilter;

/// The rivals of the host. The host must reach this part of the throughput of each. Every table has the host first.
const RIVALS: [(&str, f64); 3] = [("bare", 0.4), ("unsandboxed", 0.75), ("node", 4.0)];

fn main() {
    let extent = benchmark::start();
    let mut arguments = std::env::args().skip(1).filter_map(|argument| argument.parse::<u64>().ok());
    let rounds = arguments.next().unwrap_or(extent.rounds(10));
    let time = arguments.next().map_or(extent.time(Duration::from_secs(3)), Duration::from_secs);
    // The numbers of connections. Each connection sends one request at a time.
    let connections = arguments.next().map_or(vec![1, 32], |connections| vec![connections]);
    let _flush = logs::in_production(EnvFilter::new("info"));

    let workload = Workload::create_agent();
    let body = serde_json::to_vec(&workload.body).expect("JSON");
    let vendor = load::vendor(workload.answer.clone());
    let [host_runtime, unsandboxed_runtime, bare_runtime] = ["host", "unsandboxed", "bare"].map(runtime);
    let host = host_runtime.block_on(Served::start(vendor, None, |_| {}));
    let unsandboxed = unsandboxed_runtime.block_on(Served::start(vendor, None, |_| {}));
    unsandboxed.app.service.registry.get("dixa").expect("it is served").prepared.replace(native::mapping());
    let (token, account) = (&host.token, host.account);
    let bare = bare_runtime.block_on(bare::start(vendor, token, account, CREDENTIAL));
    let node = Node::start(vendor, token, account);
    let request = |address| load::request(address, token, account, &body);

    let mut services = vec![
        Load::new(host.address, host.request(&body)),
        Load::new(bare, request(bare)),
        Load::new(unsandboxed.address, unsandboxed.request(&body)),
    ];
    match &node {
        Ok(node) => services.push(Load::new(node.address, request(node.address)).of_process(node.id())),
        Err(reason) => println!("SKIPPED: node: {reason}"),
    }
    let answer = services[0].one();
    for (service, (name, _)) in services[1..].iter().zip(RIVALS) {
        assert_eq!(service.one(), answer, "{name} answers as mortise does");
    }
    for connections in connections {
        for service in &services {
            service.run(connections, extent.time(Duration::from_secs(2)));
        }
        let round = |_| services.iter().map(|service| service.run(connections, time)).collect();
        summarise(connections, &(0..rounds).map(round).collect::<Vec<_>>());
    }
}

/// Prints the medians over the rounds. In each round, the host comes first, and its rivals follow.
fn summarise(connections: u64, rounds: &[Vec<Round>]) {
    let services = 0..rounds[0].len();
    let median = |value: &dyn Fn(&[Round]) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(|round| value(round)).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let row = |name: &str, digits: usize, value: &dyn Fn(&[Round], usize) -> f64| {
        let cells = services.clone().map(|service| format!(" {:.digits$} |", median(&|round| value(round, service))));
        println!("| {name} |{}", cells.collect::<String>());
    };
    let rivals = RIVALS.iter().take(services.end - 1);
    let names: String = rivals.clone().map(|(name, _)| format!(" {name} |")).collect();
    println!("\n| {connections} connections, median of {} rounds | mortise |{names}", rounds.len());
    println!("| --- |{}", " ---: |".repeat(services.end));
    row("requests/s", 0, &|round, service| round[service].rate());
    row("latency p50, µs", 0, &|round, service| round[service].latency(0.5));
    row("latency p99, µs", 0, &|round, service| round[service].latency(0.99));
    row("processor time of the service, µs a request", 1, &|round, service| round[service].service_cpu());
    row("processor time of load and vendor, µs a request", 1, &|round, service| round[service].other_cpu());
    row("requests/s of mortise against its", 3, &|round, service| round[0].rate() / round[service].rate());
    let wanted: String = rivals.map(|(_, wanted)| format!(" {wanted:.3} |")).collect();
    println!("| wanted | |{wanted}");
    row("processor time of mortise against its (bare: wanted 2.5)", 2, &|round, service| {
        round[0].service_cpu() / round[service].service_cpu()
    });
    let sandbox = median(&|round| {
        let [host, bare, unsandboxed] = [0, 1, 2].map(|service| round[service].rate().recip());
        (host - unsandboxed) / (host - bare)
    });
    let missing = 1.0 - median(&|round| round[0].rate() / round[1].rate());
    println!(
        "\nOf the {:.0} % that mortise is behind the bare service, {:.0} points are the sandbox, and {:.0} what else it promises.",
        100.0 * missing,
        100.0 * missing * sandbox,
        100.0 * missing * (1.0 - sandbox),
    );
}

fn runtime(name: &str) -> Runtime {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    Builder::new_multi_thread().worker_threads(cores).thread_name(name).enable_all().build().expect("a runtime")
}
