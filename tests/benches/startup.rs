//! The time from the start of the process to the first successful `/readyz`, and the resident memory at that time, with
//! a warm compile cache.
//!
//! `cargo bench -p mortise-tests --bench startup [-- <starts>]`. Runs the real `mortise serve` of the same build with a
//! lock file: with three integrations, with all of `plugins/`, and with sixty. The sixty are twenty copies of each of
//! the three. Every copy has its own slug, and so its own digest, grant and cached artefact.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a benchmark fails by panicking")]

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use mortise_tests::host::mortise_binary;
use mortise_tests::{benchmark, components};

/// Three ordinary integrations. The slug of each is in one place of its component.
const THREE: [&str; 3] = ["clickup", "dixa", "planhat"];

fn main() {
    let extent = benchmark::start();
    let starts = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let starts: usize = starts.unwrap_or(extent.rounds(15));
    println!("| integrations | starts | ready, median ms | fastest | slowest | resident MiB | of it anonymous |");
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let all: Vec<_> = components::integrations().keys().map(String::as_str).collect();
    let sets = [(&THREE[..], 1), (&all, 1), (&THREE, 20)];
    for (slugs, copies) in sets.into_iter().take(extent.rounds(sets.len())) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let count = install(directory.path(), slugs, copies);
        let mut measured: Vec<Start> = (0..starts).map(|_| start(directory.path())).collect();
        measured.sort_by_key(|start| start.ready);
        let ms = |index: usize| measured[index].ready.as_secs_f64() * 1e3;
        let middle = &measured[starts / 2];
        println!(
            "| {count} | {starts} | {:.0} | {:.0} | {:.0} | {:.1} | {:.1} |",
            ms(starts / 2),
            ms(0),
            ms(starts - 1),
            middle.resident_kib as f64 / 1024.0,
            middle.anonymous_kib as f64 / 1024.0,
        );
    }
}

/// Puts `copies` copies of each integration into the directory and grants them, which also fills the compile cache.
/// Returns their number.
fn install(directory: &Path, slugs: &[&str], copies: usize) -> usize {
    let plugins = directory.join("plugins");
    fs::create_dir(&plugins).expect("writable");
    let mut count = 0;
    for slug in slugs {
        let component = components::component(slug);
        for copy in 0..copies {
            let own = if copy == 0 { (*slug).to_owned() } else { format!("{}{copy:02}", &slug[..slug.len() - 2]) };
            let component = if copy == 0 { component.clone() } else { renamed(&component, slug, &own) };
            fs::write(plugins.join(&own).with_extension("wasm"), component).expect("writable");
            let granted =
                mortise(directory).args(["grant", &own, "--yes"]).stderr(Stdio::piped()).output().expect("runs");
            assert!(granted.status.success(), "grant {own}: {}", String::from_utf8_lossy(&granted.stderr));
            count += 1;
        }
    }
    count
}

/// The component with another slug of the same length in its data. Other occurrences of the old slug are parts of
/// origins and paths.
fn renamed(component: &[u8], old: &str, new: &str) -> Vec<u8> {
    let part_of_another = |before: Option<&u8>| before.is_some_and(|byte| b"./-_ ".contains(byte));
    let places: Vec<usize> = (0..component.len() - old.len())
        .filter(|at| component[*at..].starts_with(old.as_bytes()))
        .filter(|at| !part_of_another(at.checked_sub(1).and_then(|before| component.get(before))))
        .collect();
    let [place] = places[..] else { panic!("`{old}` stands at {places:?}, expected one place") };
    let mut component = component.to_vec();
    component[place..place + old.len()].copy_from_slice(new.as_bytes());
    component
}

struct Start {
    ready: Duration,
    resident_kib: u64,
    anonymous_kib: u64,
}

/// Starts the host, waits until it is ready, and ends it.
fn start(directory: &Path) -> Start {
    let address = free_address();
    let started = Instant::now();
    let mut command = mortise(directory);
    let child = command.arg("serve").arg("--listen").arg(address.to_string()).stderr(Stdio::null()).spawn();
    let mut running = Running(child.expect("the host starts"));
    while !is_ready(address) {
        assert!(running.0.try_wait().expect("a child").is_none(), "the host ended early");
    }
    let ready = started.elapsed();
    let status = fs::read_to_string(format!("/proc/{}/status", running.0.id())).expect("Linux");
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line of that name");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    };
    Start { ready, resident_kib: kib("VmRSS:"), anonymous_kib: kib("RssAnon:") }
}

/// A host's process, which is killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks `/readyz` once. The host listens before it loads anything, so the answer comes when the host is ready.
fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        write!(stream, "GET /readyz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let ready = ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"));
    if !ready {
        std::thread::sleep(Duration::from_micros(200));
    }
    ready
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback");
    listener.local_addr().expect("bound")
}

/// The host's executable. All its files are below `directory`.
fn mortise(directory: &Path) -> Command {
    let mut command = Command::new(mortise_binary());
    command
        .current_dir(directory)
        .env("MORTISE_MASTER_KEY", "5a".repeat(32))
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}
