//! The allocations of the host for one call: a warm host with default settings and SQLite creates an agent at Dixa.
//! Client and vendor are not counted. The test has its own binary, because a process has one allocator.
//!
//! The test bounds the total. To find the parts, it leaves one of them out at a time. It also lists the source files
//! that allocate, so that a regression names its layer.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use libtest_mimic::{Arguments, Failed, Trial};
use mortise::app::App;
use mortise::call::Output;
use mortise::config::Config;
use mortise::egress::Transport;
use mortise_tests::allocations::{self, Count, Counting, Site};
use mortise_tests::benchmark::load::Connection;
use mortise_tests::benchmark::{Rooms, Served, load, memory};
use mortise_tests::logs;
use mortise_tests::workload::Workload;
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::{EnvFilter, reload};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The bound for a call: the lowest count so far, and 3 %. Lower it if the host needs less.
const MOST: Count = Count { allocations: 256, reallocations: 15, bytes: 123_000 };
/// Calls before the first that is counted.
const WARM_UP: usize = 8;
/// The number of calls that the test measures. Their median counts.
const CALLS: usize = 24;
/// The smallest number of allocated blocks for which the list names a source file.
const FEW: i64 = 5;
/// The variable that makes the test print each place that allocates. Its value does not matter.
const SITES: &str = "ALLOCATION_SITES";

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    libtest_mimic::run(&arguments, vec![Trial::test("a_call_stays_within_its_allocations", stays_within)]).exit_code()
}

fn stays_within() -> Result<(), Failed> {
    allocations::leave_out_this_thread();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (filter, log) = reload::Layer::new(EnvFilter::new("info"));
    let _flush = logs::in_production(filter);
    let workload = Workload::create_agent();

    let host = Host::start(&workload, None, |_| {});
    let (whole, http, sites) = (host.call(), host.cost(HEALTH, 200), host.sites());
    let from_memory: Arc<dyn Transport> = Arc::new(memory::Network(workload.answer.clone()));
    let vendor = whole - Host::start(&workload, Some(from_memory), |_| {}).call();
    let record = whole - Host::start(&workload, None, |config| config.limits.log_account_entries = 0).call();
    log.reload(EnvFilter::new("off")).expect("the subscriber lives");
    let lines = whole - host.call();
    let [session, instance, sandboxed] = rooms(&workload);

    println!("| what | allocations | reallocations | bytes |\n| --- | ---: | ---: | ---: |");
    for (part, Count { allocations, reallocations, bytes }) in [
        ("a call, whole host", whole),
        ("of it: session (credentials, signer, scrubber)", session),
        ("of it: store, instance, drop", instance),
        ("of it: the rest of the sandboxed call, with an answer from memory", sandboxed - session - instance),
        ("of it: vendor over a socket in place of memory", vendor),
        ("of it: log lines", lines),
        ("of it: log of calls", record),
        ("of it: HTTP, as for `GET /healthz`", http),
        ("of it: token, quotas, account, plan, answer", whole - sandboxed - vendor - lines - record - http),
    ] {
        println!("| {part} | {allocations} | {reallocations} | {bytes} |");
    }
    print_sites(&sites);
    for (figure, counted, most) in [
        ("allocations", whole.allocations, MOST.allocations),
        ("reallocations", whole.reallocations, MOST.reallocations),
        ("bytes", whole.bytes, MOST.bytes),
    ] {
        assert!(counted <= most, "a call makes {counted} {figure}, more than its bound of {most}");
    }
    Ok(())
}

/// A request that gives the host no work.
const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// A whole host, its vendor, and the request of the workload.
struct Host {
    served: Served,
    request: Bytes,
    // The runtime ends after all other fields.
    _runtime: Runtime,
}

impl Host {
    fn start(workload: &Workload, transport: Option<Arc<dyn Transport>>, change: fn(&mut Config)) -> Self {
        let runtime = runtime();
        let served = Served::start(load::vendor(workload.answer.clone()), transport, change);
        let served = runtime.block_on(served);
        let request = served.request(&serde_json::to_vec(&workload.body).expect("JSON"));
        Self { served, request, _runtime: runtime }
    }

    /// The cost of the workload's call.
    fn call(&self) -> Count {
        self.cost(&self.request, 201)
    }

    /// The cost of this request, with the records that the host writes after it.
    fn cost(&self, request: &[u8], status: u16) -> Count {
        let (request, address, app) = (Bytes::copy_from_slice(request), self.served.address, self.served.app.clone());
        load::on_thread("load", async move {
            let mut connection = Connection::open(address).await;
            let mut counts = Vec::new();
            for _ in 0..WARM_UP + CALLS {
                let before = Count::so_far();
                connection.exchange(&request, status).await;
                settle(&mut connection, &app).await;
                let answered = Count::so_far();
                settle(&mut connection, &app).await;
                counts.push(answered - before - (Count::so_far() - answered));
            }
            Count::median(&counts[WARM_UP..])
        })
    }

    /// The places that allocate or grow blocks for the workload's call.
    fn sites(&self) -> BTreeMap<Site, i64> {
        let (request, address, app) = (self.request.clone(), self.served.address, self.served.app.clone());
        load::on_thread("load", async move {
            let mut connection = Connection::open(address).await;
            for _ in 0..WARM_UP {
                connection.exchange(&request, 201).await;
            }
            settle(&mut connection, &app).await;
            let call = async {
                connection.exchange(&request, 201).await;
                settle(&mut connection, &app).await;
            };
            let mut sites = allocations::by_site(call).await;
            for (site, blocks) in allocations::by_site(settle(&mut connection, &app)).await {
                *sites.entry(site).or_default() -= blocks;
            }
            sites
        })
    }
}

/// The source files that allocate more than a few blocks, the largest first. With [`SITES`] also each place.
fn print_sites(sites: &BTreeMap<Site, i64>) {
    let mut files = BTreeMap::<_, (i64, Vec<_>)>::new();
    for (site, blocks) in sites.iter().filter(|(_, blocks)| **blocks != 0) {
        let (all, ways) = files.entry(&site.file).or_default();
        *all += blocks;
        ways.push((blocks, &site.way));
    }
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_by_key(|(_, (blocks, _))| std::cmp::Reverse(*blocks));
    println!("\n| file, of a call | blocks, new or grown |\n| --- | ---: |");
    for (file, (blocks, _)) in files.iter().filter(|(_, (blocks, _))| *blocks >= FEW) {
        println!("| {file} | {blocks} |");
    }
    if std::env::var_os(SITES).is_some() {
        for (file, (_, ways)) in &files {
            println!("\n{file}");
            ways.iter().for_each(|(blocks, way)| println!("{blocks:>5}  {way}"));
        }
    }
}

/// Waits until the host has no work left from the last call. The host reads a connection's next request only after it
/// has recorded the call before.
async fn settle(connection: &mut Connection, app: &App) {
    connection.exchange(HEALTH, 200).await;
    app.service.journal.flush().await;
}

/// The costs of a session, of an instance, and of a sandboxed call with its session.
fn rooms(workload: &Workload) -> [Count; 3] {
    let runtime = runtime();
    let rooms = Arc::new(runtime.block_on(Rooms::start(workload, &["dixa"])));
    let session = each(&runtime, &rooms, |rooms| async move { drop(rooms.session().await) });
    let instance = each(&runtime, &rooms, |rooms| async move { rooms.instance().await });
    let sandboxed = each(&runtime, &rooms, |rooms| async move {
        let user = rooms.call(rooms.session().await).await.result;
        assert!(matches!(user, Ok(Output::User(Some(_)))), "the call succeeds");
    });
    [session, instance, sandboxed]
}

/// The cost of this work.
fn each<W: Future<Output = ()> + Send>(
    runtime: &Runtime,
    rooms: &Arc<Rooms>,
    work: impl Fn(Arc<Rooms>) -> W + Send + 'static,
) -> Count {
    let rooms = rooms.clone();
    let counted = async move {
        let mut counts = Vec::with_capacity(WARM_UP + CALLS);
        for _ in 0..WARM_UP + CALLS {
            let before = Count::so_far();
            work(rooms.clone()).await;
            counts.push(Count::so_far() - before);
        }
        Count::median(&counts[WARM_UP..])
    };
    runtime.block_on(runtime.spawn(counted)).expect("no panic")
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}
