//! Everything that is logged by this process, at every level, kept for the tests that search it.

use std::io;
use std::sync::{LazyLock, Mutex, Once};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

static LINES: LazyLock<Mutex<Vec<u8>>> = LazyLock::new(Mutex::default);

/// Starts to keep the log, in the JSON form that production writes. Further calls do nothing.
pub fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt().json().with_max_level(LevelFilter::TRACE).with_writer(Sink).init();
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
