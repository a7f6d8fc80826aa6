//! The clock that interrupts guests: it sleeps while no guest runs, and wakes up for the next guest.

use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use mortise::call::{CallError, Sandbox};
use mortise::config::{Class, Limits};
use mortise::engine::Engine;
use mortise_tests::components::component;
use mortise_tests::expect;
use mortise_tests::host::mortise_binary;
use tempfile::TempDir;

async fn until_it_sleeps(engine: &Engine) {
    expect("sleep of the epoch clock", async {
        while !engine.clock_sleeps() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_epoch_clock_sleeps_while_no_guest_runs_and_interrupts_the_next_one() {
    let data = TempDir::new().unwrap();
    let dir = Dir::open_ambient_dir(data.path(), ambient_authority()).unwrap();
    let limits = Limits { concurrent_calls: 4, guest_cpu_ms: 50, ..Limits::default() };
    let engine = Arc::new(Engine::new(&limits, &dir, mortise_binary()).unwrap());
    let sandbox = Sandbox::new(engine.clone(), limits).unwrap();
    let endless = component("capabilities-spin");
    let loaded = engine.load(Class::Ordinary, endless.clone(), &mortise_policy::grant::digest(&endless)).await.unwrap();
    let prepared = sandbox.prepare(Class::Ordinary, &loaded).unwrap();
    for _ in 0..3 {
        until_it_sleeps(&engine).await;
        let two = tokio::join!(sandbox.describe("one", &prepared), sandbox.describe("another", &prepared));
        for described in [two.0, two.1] {
            // Without a tick, the guest would hold this thread for ever.
            assert!(matches!(described, Err(CallError::CpuBudget(_))), "{:?}", described.err());
        }
    }
    until_it_sleeps(&engine).await;
}
