//! The data of one store: the limits of one guest, its WASI without access to anything, and the call that it serves.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use tokio::io::AsyncWrite;
use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtx, WasiCtxView, WasiView};

use super::threads::Long;
use crate::config::Bounds;
use crate::egress::Session;
use crate::engine::Guest;
use crate::observe::Stopwatch;

/// Most resources that a guest can hold in the host: vendor answers and WASI streams.
const MAX_RESOURCES: usize = 256;
/// Most random bytes that a guest gets in one host call.
const MAX_RANDOM_BYTES: u64 = 64 << 10;
/// Most log lines of one call.
const LOG_LINES: usize = 64;
/// Most bytes of all log lines of one call.
const LOG_BYTES: usize = 16 << 10;
/// Bytes of a guest's standard error that the host keeps. It is the message of a panic.
const STDERR_BYTES: usize = 4 << 10;
/// Resolution of the guest's clocks. It is too coarse for timing side channels.
const CLOCK_RESOLUTION: Duration = Duration::from_millis(1);

/// The call, as far as its guest can read it.
#[derive(Default)]
pub(super) struct Context {
    pub(super) variables: BTreeMap<String, String>,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) wants_user: bool,
    /// `None` while the host describes a plugin.
    pub(super) session: Option<Session>,
    /// The integration's slug, for the guest's log lines.
    pub(super) slug: Arc<str>,
    pub(super) request_id: Arc<str>,
    /// Set when the guest computes for long.
    pub(super) long: Long,
    /// Whether a field that the plugin does not write ends the call.
    pub(super) strict: bool,
    /// What earlier instances of the call have used.
    pub(super) spent: Spent,
}

/// The amounts of time and log that the instances of one call have used. A call runs one instance after the other.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    /// CPU time of the instances.
    pub computed: Duration,
    /// The rest of the log's budget.
    pub(super) log: LogBudget,
}

/// The data of one store.
pub(super) struct State {
    pub(super) context: Context,
    pub(super) table: ResourceTable,
    pub(super) limiter: Limiter,
    pub(super) log: LogBudget,
    /// The fields that the guest reported as not written.
    pub(super) ignored: Vec<String>,
    /// Slices that the guest has used.
    pub(super) slices: u64,
    /// Time that host functions took within the guest's polls.
    pub(super) hosted: Stopwatch,
    wasi: Option<WasiCtx>,
    stderr: Stderr,
    _guest: Guest,
}

impl State {
    pub(super) fn new(bounds: &Bounds, context: Context, guest: Guest) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        Self {
            log: context.spent.log,
            context,
            table,
            limiter: Limiter::new(bounds),
            ignored: Vec::new(),
            slices: 0,
            hosted: Stopwatch::default(),
            wasi: None,
            stderr: Stderr::default(),
            _guest: guest,
        }
    }

    /// The guest's text on standard error.
    pub(super) fn complaint(&self) -> String {
        let bytes = self.stderr.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).trim().to_owned()
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        // Most calls never touch WASI, so the host makes its context at the first use.
        let ctx = self.wasi.get_or_insert_with(|| {
            WasiCtx::builder()
                .stderr(self.stderr.clone())
                .max_random_size(MAX_RANDOM_BYTES)
                .monotonic_clock(CoarseClock(Instant::now()))
                .wall_clock(CoarseClock(Instant::now()))
                .build()
        });
        WasiCtxView { ctx, table: &mut self.table }
    }
}

/// Bounds memory and tables of a whole store, because wasmtime's own limiter counts each memory separately.
pub(super) struct Limiter {
    memory: usize,
    memory_limit: usize,
    entries: usize,
    entries_limit: usize,
    /// The limit that was exceeded first, for the message: its description, and its name without the class.
    pub(super) refused: Option<(&'static str, &'static str)>,
    /// Whether the system refused memory that the limits allow.
    pub(super) out_of_memory: bool,
}

impl Limiter {
    fn new(bounds: &Bounds) -> Self {
        Self {
            memory: 0,
            memory_limit: bounds.guest_memory_bytes,
            entries: 0,
            entries_limit: bounds.guest_table_entries,
            refused: None,
            out_of_memory: false,
        }
    }

    fn grow(total: &mut usize, limit: usize, current: usize, desired: usize) -> bool {
        let next = total.saturating_add(desired.saturating_sub(current));
        let allowed = next <= limit;
        if allowed {
            *total = next;
        }
        allowed
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let allowed =
            maximum.is_none_or(|m| desired <= m) && Self::grow(&mut self.memory, self.memory_limit, current, desired);
        if !allowed {
            self.refused.get_or_insert(("its memory limit", "guest_memory_bytes"));
        }
        Ok(allowed)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        self.out_of_memory |= is_out_of_memory(&error);
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        let allowed =
            maximum.is_none_or(|m| desired <= m) && Self::grow(&mut self.entries, self.entries_limit, current, desired);
        if !allowed {
            self.refused.get_or_insert(("its table limit", "guest_table_entries"));
        }
        Ok(allowed)
    }
}

/// Whether the system had no memory or address space for a request.
pub(super) fn is_out_of_memory(error: &wasmtime::Error) -> bool {
    error.chain().any(|cause| {
        cause.is::<wasmtime::error::OutOfMemory>()
            || cause.downcast_ref::<Errno>() == Some(&Errno::NOMEM)
            || cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::OutOfMemory)
    })
}

/// The rest of a call's log budget.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogBudget {
    lines: usize,
    bytes: usize,
}

impl Default for LogBudget {
    fn default() -> Self {
        Self { lines: LOG_LINES, bytes: LOG_BYTES }
    }
}

impl LogBudget {
    /// Counts a line of this length, if it still fits. The first line that does not fit ends the budget.
    pub(super) fn take(&mut self, bytes: usize) -> LogLine {
        if self.lines == 0 {
            return LogLine::Dropped;
        }
        if self.lines == 1 || bytes > self.bytes {
            self.lines = 0;
            return LogLine::Last;
        }
        self.lines -= 1;
        self.bytes -= bytes;
        LogLine::Written
    }
}

/// What the host does with a guest's log line.
pub(super) enum LogLine {
    Written,
    /// The first line beyond the budget. The host logs in its place that it drops the rest.
    Last,
    Dropped,
}

struct CoarseClock(Instant);

impl HostMonotonicClock for CoarseClock {
    fn resolution(&self) -> u64 {
        CLOCK_RESOLUTION.as_nanos().try_into().unwrap_or(u64::MAX)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_mul(1_000_000)
    }
}

impl HostWallClock for CoarseClock {
    fn resolution(&self) -> Duration {
        CLOCK_RESOLUTION
    }

    fn now(&self) -> Duration {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Duration::from_millis(now.as_millis().try_into().unwrap_or(u64::MAX))
    }
}

/// Keeps the first bytes of standard error and drops the rest. A full pipe would make `eprintln!` panic.
#[derive(Clone, Default)]
struct Stderr(Arc<Mutex<Vec<u8>>>);

impl IsTerminal for Stderr {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stderr {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }
}

impl AsyncWrite for Stderr {
    fn poll_write(self: Pin<&mut Self>, _: &mut std::task::Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = STDERR_BYTES.saturating_sub(kept.len()).min(bytes.len());
        kept.extend_from_slice(bytes.get(..room).unwrap_or_default());
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut std::task::Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
