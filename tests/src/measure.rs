//! Figures of this process, for tests that bound them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::client::Client;

/// Resident memory of a process in MiB.
///
/// # Panics
/// Where the kernel does not say.
pub fn resident_mib(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a process has resident memory");
    let kib: usize = line.trim().trim_end_matches(" kB").parse().expect("a number of KiB");
    kib / 1024
}

/// Files, sockets and the like that a process has open; `None` where the kernel tells root only, as of every `mortise`.
///
/// # Panics
/// Where the kernel does not say.
pub fn open_files(process: u32) -> Option<usize> {
    match std::fs::read_dir(format!("/proc/{process}/fd")) {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => None,
        found => Some(found.expect("Linux").count()),
    }
}

/// How long requests took, sorted.
#[derive(Debug)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Asks for `/healthz`, `samples` times in a row and over a connection each, from a thread of its own that a busy host
    /// does not hold up.
    pub async fn of_health(address: SocketAddr, samples: usize) -> Self {
        let measure = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let mut took = Vec::with_capacity(samples);
                for _ in 0..samples {
                    let started = Instant::now();
                    assert_eq!(Client::new(address).get("/healthz").await.status, 200);
                    took.push(started.elapsed());
                }
                took.sort();
                Self(took)
            })
        };
        tokio::task::spawn_blocking(measure).await.expect("the measurement ends")
    }

    /// The time that `percent` of the requests did not exceed.
    pub fn percentile(&self, percent: usize) -> Duration {
        self.0[(self.0.len() * percent).div_ceil(100).max(1) - 1]
    }
}

impl std::fmt::Display for Latencies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [half, most, all] = [50, 99, 100].map(|percent| self.percentile(percent));
        write!(f, "p50 {half:?}, p99 {most:?}, worst {all:?}")
    }
}
