//! The vendor answers that cost the host most: the time for a call, the longest time that other requests wait for a
//! thread meanwhile, and the time of the search for credentials.
//!
//! `cargo bench -p mortise-tests --bench worst_cases [-- <calls>]`. The host has one worker thread, so that no other
//! thread takes over waiting requests.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use mortise_policy::redact::Scrubber;
use mortise_tests::benchmark::load::{self, Connection};
use mortise_tests::benchmark::{self, CREDENTIAL, Extent, Served};
use mortise_tests::measure::{Latencies, LongestPoll};
use mortise_tests::workload::Workload;
use tokio::runtime::Builder;

fn main() {
    let extent = benchmark::start();
    let calls = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let calls: usize = calls.unwrap_or(if extent == Extent::Measured { 200 } else { 2 });
    println!(
        "| vendor's answer | bytes | a call p50, ms | p99 | its longest poll p50, ms | worst \
         | search for credentials, ms | of the call |"
    );
    println!("| --- |{}", " ---: |".repeat(7));
    for (name, extra) in answers() {
        measure(name, &extra, calls);
    }
}

/// The answers' content beside the agent, as JSON.
fn answers() -> [(&'static str, String); 7] {
    let text = |piece: &str, times: usize| format!("\"{}\"", piece.repeat(times));
    let record = r#"{"id":"4d2ab456","displayName":"Ada Example","email":"ada@example.com","roles":["Agent"]}"#;
    let list = |element: &str, bytes: usize| format!("[{}]", vec![element; bytes / (element.len() + 1)].join(","));
    // The credential without its last letter, in escapes: the longest comparison.
    let nearly: String = CREDENTIAL.bytes().take(CREDENTIAL.len() - 1).map(|byte| format!("\\u{byte:04x}")).collect();
    [
        ("an ordinary one", "null".to_owned()),
        ("64 KiB", list(record, 64 << 10)),
        ("1 MiB", list(record, 1 << 20)),
        (r"20,000 `\uXXXX`", text(r"\u738b", 20_000)),
        ("20,000 `%XX`", text("%E7", 20_000)),
        ("64 KiB of names in Chinese", list("\"王小明\"", 64 << 10)),
        (r"1 MiB of `\uXXXX` that nearly spell the credential", text(&nearly, (1 << 20) / nearly.len())),
    ]
}

fn measure(name: &str, extra: &str, calls: usize) {
    let workload = Workload::create_agent();
    let agent = std::str::from_utf8(&workload.answer).expect("JSON is text");
    let open = agent.strip_suffix("}}").expect("an object in an object");
    let answer = Bytes::from(format!("{open},\"notes\":{extra}}}}}"));

    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let host = runtime.block_on(Served::start(load::vendor(answer.clone()), None, |_| {}));
    let request = host.request(&serde_json::to_vec(&workload.body).expect("JSON"));
    let address = host.address;
    let (latencies, _) = call(address, request.clone(), calls, || ());
    let polls = LongestPoll::watch(&runtime);
    let (_, longest) = call(address, request, calls, move || polls.take());
    let (latencies, longest) = (Latencies::from(latencies), Latencies::from(longest));

    let scrub = || {
        let started = Instant::now();
        black_box(Scrubber::new([CREDENTIAL]).bytes(black_box(answer.clone())));
        started.elapsed()
    };
    let scrub = Latencies::from((0..calls).map(|_| scrub()).collect::<Vec<_>>()).percentile(50);
    let [half, most] = [50, 99].map(|percent| latencies.percentile(percent));
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "| {name} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.3} | {:.1} % |",
        answer.len(),
        ms(half),
        ms(most),
        ms(longest.percentile(50)),
        ms(longest.percentile(100)),
        ms(scrub),
        100.0 * ms(scrub) / ms(half),
    );
}

/// Makes a call several times. Returns the duration of each call, and the result of `after` after it. The first call
/// only warms the host up.
fn call<T: Send + 'static>(
    address: SocketAddr,
    request: Bytes,
    calls: usize,
    after: impl Fn() -> T + Send + 'static,
) -> (Vec<Duration>, Vec<T>) {
    load::on_thread("load", async move {
        let mut connection = Connection::open(address).await;
        connection.exchange(&request, 201).await;
        after();
        let mut called = Vec::with_capacity(calls);
        for _ in 0..calls {
            let started = Instant::now();
            connection.exchange(&request, 201).await;
            called.push((started.elapsed(), after()));
        }
        called.into_iter().unzip()
    })
}
