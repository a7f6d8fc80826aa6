//! Measurements of a process, for tests that set bounds.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::client::Client;

/// Resident memory of a process in MiB.
///
/// # Panics
/// If the kernel does not say.
pub fn resident_mib(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a process has resident memory");
    let kib: usize = line.trim().trim_end_matches(" kB").parse().expect("a number of KiB");
    kib / 1024
}

/// The number of open files and sockets of a process. `None` if the kernel tells it to root only, as for every
/// `mortise`.
///
/// # Panics
/// If the kernel does not say.
pub fn open_files(process: u32) -> Option<usize> {
    match std::fs::read_dir(format!("/proc/{process}/fd")) {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => None,
        found => Some(found.expect("Linux").count()),
    }
}

/// Durations of requests, sorted.
#[derive(Debug)]
pub struct Latencies(Vec<Duration>);

impl From<Vec<Duration>> for Latencies {
    fn from(mut took: Vec<Duration>) -> Self {
        took.sort();
        Self(took)
    }
}

impl Latencies {
    /// Asks for `/healthz` `samples` times in a row, each time over a new connection, from its own thread. A busy host
    /// does not delay this thread.
    pub async fn of_health(address: SocketAddr, samples: usize) -> Self {
        Self::of_health_while(address, Duration::ZERO, move |taken| taken < samples).await
    }

    /// Asks for `/healthz` 100 times a second until `work` ends. Returns the durations and the result of `work`.
    pub async fn of_health_during<T>(address: SocketAddr, work: impl Future<Output = T>) -> (Self, T) {
        let is_done = Arc::new(AtomicBool::new(false));
        let goes_on = is_done.clone();
        let wanted = move |taken| taken == 0 || !goes_on.load(Ordering::Relaxed);
        let work = async {
            let result = work.await;
            is_done.store(true, Ordering::Relaxed);
            result
        };
        tokio::join!(Self::of_health_while(address, Duration::from_millis(10), wanted), work)
    }

    async fn of_health_while(
        address: SocketAddr,
        pause: Duration,
        wanted: impl Fn(usize) -> bool + Send + 'static,
    ) -> Self {
        let measure = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let mut took = Vec::new();
                while wanted(took.len()) {
                    let started = Instant::now();
                    assert_eq!(Client::new(address).get("/healthz").await.status, 200);
                    took.push(started.elapsed());
                    if !pause.is_zero() {
                        tokio::time::sleep(pause).await;
                    }
                }
                took.into()
            })
        };
        tokio::task::spawn_blocking(measure).await.expect("the measurement ends")
    }

    /// The duration that `percent` of the requests did not exceed.
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

/// Watches the only worker of a runtime: the longest time between two polls of a task that is always ready. No poll of
/// another task takes longer, and no request waits longer for the worker.
#[derive(Clone)]
pub struct LongestPoll(Arc<AtomicU64>);

impl LongestPoll {
    /// Starts to watch, until the runtime ends.
    pub fn watch(runtime: &Runtime) -> Self {
        let longest = Arc::new(AtomicU64::new(0));
        let kept = longest.clone();
        runtime.spawn(async move {
            let now = || (thread::current().id(), Instant::now());
            let mut last = now();
            loop {
                tokio::task::yield_now().await;
                let this = now();
                // During long blocking work, a thread keeps the work, and its other tasks move to another thread.
                if this.0 == last.0 {
                    kept.fetch_max((this.1 - last.1).as_nanos() as u64, Ordering::Relaxed);
                }
                last = this;
            }
        });
        Self(longest)
    }

    /// The longest time since the last call of this function.
    pub fn take(&self) -> Duration {
        Duration::from_nanos(self.0.swap(0, Ordering::Relaxed))
    }
}
