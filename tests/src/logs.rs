//! Everything that is logged by this process, at every level, kept for the tests that search it. Only wasmtime's traces are
//! left out: they fill 20 kB a call with types and slots.

use std::io;
use std::sync::{LazyLock, Mutex, Once};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

static LINES: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(Mutex::default);

/// Starts to keep the log, in the JSON form that production writes. Further calls do nothing.
pub fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let wanted = Targets::new().with_default(LevelFilter::TRACE).with_target("wasmtime", LevelFilter::DEBUG);
        let lines = tracing_subscriber::fmt::layer().json().with_writer(Sink);
        tracing_subscriber::registry().with(wanted).with(lines).init();
    });
}

/// What has been logged so far.
pub fn captured() -> String {
    String::from_utf8_lossy(&LINES.lock().expect("no writer panics")).into_owned()
}

/// Forgets what has been logged so far, for tests that measure memory. Only with the process to oneself.
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
