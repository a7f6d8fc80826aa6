//! Components that attack the host: each costs one call, its own.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use mortise_tests::alone::alone;
use mortise_tests::client::{Answer, Client};
use mortise_tests::host::{Host, Setup, create, update};
use mortise_tests::measure::{Latencies, resident_mib};
use mortise_tests::vendor::{self, Behaviour, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

/// Endless guests in flight.
const ENDLESS: usize = 64;

/// What the API promises to answer within, whatever guests do.
const PROMISED: Duration = Duration::from_millis(20);

fn user(name: &str) -> Value {
    json!({ "name": name })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_guests_hold_up_neither_the_api_nor_other_integrations() {
    let vendor = Vendor::start(vendor::Answer::json(200, &json!({ "id": "1", "name": "Ada" }))).await;
    let slugs = ["endless-loop", "trap"];
    let setup = slugs.iter().fold(Setup::new(), |setup, slug| setup.plugin_at(slug, &vendor.url()));
    let alone = alone().await;
    let minute = 60_000;
    let host = setup
        .limits(|limits| {
            (limits.guest_cpu_ms, limits.call_deadline_ms) = (minute, minute);
            limits.concurrent_calls_per_integration = ENDLESS as u32;
        })
        .alone(&alone)
        .start()
        .await;
    let (endless, other) = (host.account("endless-loop").await, host.account("trap").await);
    let idle = Latencies::of_health(host.address, 200).await;

    let client = host.client();
    let call = || async { client.post(&create("ticketing", endless, ""), &user("Ada")).await };
    let mut calls: FuturesUnordered<_> = (0..ENDLESS + 3).map(|_| call()).collect();
    for _ in 0..3 {
        // Those for which there is no room, and so the others run.
        let refused = calls.next().await.expect("three more than there is room for");
        assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "{}", refused.text());
    }
    let mut busy = Latencies::of_health(host.address, 200).await;
    for _ in 0..2 {
        if busy.percentile(99) > PROMISED {
            println!("again, for this machine may have been busy with something else: {busy}");
            busy = Latencies::of_health(host.address, 200).await;
        }
    }
    println!("/healthz idle: {idle}; with {ENDLESS} endless guests: {busy}");
    assert!(busy.percentile(99) <= PROMISED, "/healthz with {ENDLESS} endless guests: {busy}");

    for _ in 0..10 {
        let answer = host.client().patch(&update("ticketing", "1", other, ""), &user("Ada")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    // Callers that hang up take their guests with them.
    drop(calls);
    let mut room = host.client().patch(&update("ticketing", "1", endless, ""), &user("Ada")).await;
    for _ in 0..20 {
        if room.status == 503 {
            room = host.client().patch(&update("ticketing", "1", endless, ""), &user("Ada")).await;
        }
    }
    assert_eq!(room.status, 200, "{}", room.text());
}
