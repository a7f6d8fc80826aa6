//! The log of a test's process: kept for tests that search it, or written as in production for measurements.

use std::io;
use std::sync::{LazyLock, Mutex, Once};
use std::thread;

use mortise::observe::lines::json_lines;
use mortise::observe::log::{LogFlush, LogQueue};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Filter, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

use crate::allocations;

static LINES: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(Mutex::default);

/// Starts to keep every log line, at every level, in the JSON form of production. It excludes only wasmtime's traces,
/// which fill 20 kB for each call with types and slots. Further calls have no effect.
pub fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let wanted = Targets::new().with_default(LevelFilter::TRACE).with_target("wasmtime", LevelFilter::DEBUG);
        tracing_subscriber::registry().with(wanted).with(json_lines(Sink)).init();
    });
}

/// The log lines so far.
pub fn captured() -> String {
    String::from_utf8_lossy(&LINES.lock().expect("no writer panics")).into_owned()
}

/// Deletes the log lines so far, for tests that measure memory. Use it only in a test that uses the process alone.
pub fn clear() {
    *LINES.lock().expect("no writer panics") = Vec::new();
}

struct Sink;

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().map_err(|_| io::Error::other("poisoned"))?.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the log as `mortise serve` does, to a pipe whose reader keeps no data. The returned value waits for the last
/// lines.
///
/// # Panics
/// If this process writes a log already, or the system has no pipe or thread.
pub fn in_production(filter: impl Filter<Registry> + Send + Sync + 'static) -> LogFlush {
    let (mut reader, writer) = io::pipe().expect("a pipe");
    let read = move || {
        allocations::leave_out_this_thread();
        io::copy(&mut reader, &mut io::sink())
    };
    thread::Builder::new().name("log-reader".into()).spawn(read).expect("a thread");
    let (queue, flush) = LogQueue::start(writer).expect("a thread");
    let lines = json_lines(queue);
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();
    flush
}
