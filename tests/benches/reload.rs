//! The time from replacing a built component, and from saving a source file, to the first answer of the new generation.
//!
//! `cargo bench -p mortise-tests --bench reload [-- <rounds>]`. Runs the real `mortise dev` of the same build on a
//! project that `mortise new` made, and calls it without a pause until the answer names another generation. Also
//! measures the parts, on an engine in this process.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a benchmark fails by panicking")]

use std::fs;
use std::time::{Duration, Instant};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use mortise::call::Sandbox;
use mortise::config::{Class, Limits};
use mortise::engine::Engine;
use mortise_tests::author::Author;
use mortise_tests::benchmark;
use mortise_tests::components::version;
use mortise_tests::host::mortise_binary;
use sha2::{Digest, Sha256};

fn main() {
    let extent = benchmark::start();
    let rounds = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let rounds: usize = rounds.unwrap_or(extent.rounds(15));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    println!("| median of {rounds} | ms | fastest | slowest |");
    println!("| --- | ---: | ---: | ---: |");
    runtime.block_on(async {
        let mut author = Author::start("timed", &[]).await;
        let component = fs::read(author.built()).expect("a built component");

        let mut replaced = Vec::new();
        for round in 0..rounds {
            let started = Instant::now();
            author.replace_component(&version(&component, round));
            replaced.push(until_served(&mut author, started).await);
        }
        row("component replaced → first answer", replaced);

        let (mut saved, mut built, mut label) = (Vec::new(), Vec::new(), "Timed".to_owned());
        for round in 0..rounds {
            let next = format!("Timed {round}");
            let started = Instant::now();
            author.edit("src/lib.rs", &format!("\"{label}\""), &format!("\"{next}\""));
            let event = author.event().await;
            built.push(Duration::from_millis(event["built_ms"].as_u64().expect("a build")));
            saved.push(answered(&author, &event, started).await);
            label = next;
        }
        row("Rust source saved → first answer", saved);
        row("of it: the build", built);
        parts(&component, rounds).await;
    });
}

async fn until_served(author: &mut Author, started: Instant) -> Duration {
    let event = author.event().await;
    answered(author, &event, started).await
}

/// Makes one call, because the event comes when the generation serves. Returns the time since `started`.
async fn answered(author: &Author, event: &serde_json::Value, started: Instant) -> Duration {
    assert_eq!(event["outcome"], "loaded", "{event}");
    let (target, body) = author.creation();
    let answer = author.client().post(&target, &body).await;
    assert_eq!(answer.header("mortise-generation"), event["generation"].as_str(), "{}", answer.text());
    started.elapsed()
}

/// Compiles in the child process, calls `capabilities`, and loads the compiled component.
async fn parts(component: &[u8], rounds: usize) {
    let data = tempfile::tempdir().expect("a temporary directory");
    let dir = Dir::open_ambient_dir(data.path(), ambient_authority()).expect("a directory");
    let engine = std::sync::Arc::new(Engine::new(&Limits::default(), &dir, mortise_binary()).expect("an engine"));
    let sandbox = Sandbox::new(engine.clone(), Limits::default()).expect("a sandbox");
    let [mut compiled, mut cached, mut described] = [(); 3].map(|()| Vec::new());
    for round in 0..rounds {
        let wasm = version(component, 100 + round);
        let digest = hex::encode(Sha256::digest(&wasm));
        for times in [&mut compiled, &mut cached] {
            let started = Instant::now();
            let loaded = engine.load(Class::Ordinary, wasm.clone(), &digest).await.expect("it compiles");
            times.push(started.elapsed());
            let prepared = sandbox.prepare(Class::Ordinary, &loaded).expect("it links");
            let started = Instant::now();
            sandbox.describe("timed", &prepared).await.expect("it describes itself");
            described.push(started.elapsed());
        }
    }
    row("part: compile and load", compiled);
    row("part: load what is compiled already", cached);
    row("part: ask for the capabilities", described);
}

fn row(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "| {what} | {:.1} | {:.1} | {:.1} |",
        ms(times[times.len() / 2]),
        ms(times[0]),
        ms(times[times.len() - 1])
    );
}
