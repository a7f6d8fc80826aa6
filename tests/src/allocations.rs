//! Counts the allocations of a process. The count is exact on a noisy machine, where times are not.
#![allow(unsafe_code, reason = "an allocator cannot be written without; this one passes everything on to the system's")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Sub;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::hostile;

static ALLOCATIONS: AtomicI64 = AtomicI64::new(0);
static REALLOCATIONS: AtomicI64 = AtomicI64::new(0);
static BYTES: AtomicI64 = AtomicI64::new(0);

/// The places where blocks were allocated or grown, during a trace.
static TRACES: Mutex<Vec<Backtrace>> = Mutex::new(Vec::new());
static IS_TRACED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static IS_LEFT_OUT: Cell<bool> = const { Cell::new(false) };
}

/// The system's allocator with counters, for use as a test binary's `#[global_allocator]`. It does not count
/// allocations of C code, such as SQLite's.
pub struct Counting;

/// Counts of allocations. The difference of two can be negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// New blocks.
    pub allocations: i64,
    /// Blocks that grew or shrank.
    pub reallocations: i64,
    /// Bytes of the new blocks, and the growth of the others.
    pub bytes: i64,
}

/// Stops counting the allocations of this thread.
pub fn leave_out_this_thread() {
    IS_LEFT_OUT.set(true);
}

impl Count {
    /// The allocations of all counted threads so far.
    pub fn so_far() -> Self {
        Self {
            allocations: ALLOCATIONS.load(Ordering::Relaxed),
            reallocations: REALLOCATIONS.load(Ordering::Relaxed),
            bytes: BYTES.load(Ordering::Relaxed),
        }
    }

    /// The median of each figure: the usual cost of a call, without occasional extra work.
    ///
    /// # Panics
    /// If there are no counts.
    pub fn median(counts: &[Self]) -> Self {
        let median = |figure: fn(&Self) -> i64| {
            let mut figures: Vec<_> = counts.iter().map(figure).collect();
            figures.sort_unstable();
            figures[figures.len() / 2]
        };
        Self {
            allocations: median(|count| count.allocations),
            reallocations: median(|count| count.reallocations),
            bytes: median(|count| count.bytes),
        }
    }
}

impl Sub for Count {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            allocations: self.allocations - other.allocations,
            reallocations: self.reallocations - other.reallocations,
            bytes: self.bytes - other.bytes,
        }
    }
}

fn count(figure: &AtomicI64, bytes: usize) {
    if IS_LEFT_OUT.get() {
        return;
    }
    figure.fetch_add(1, Ordering::Relaxed);
    BYTES.fetch_add(bytes as i64, Ordering::Relaxed);
    if IS_TRACED.load(Ordering::Relaxed) {
        // A trace does not trace its own allocations.
        IS_LEFT_OUT.set(true);
        let trace = Backtrace::force_capture();
        traces().push(trace);
        IS_LEFT_OUT.set(false);
    }
}

fn traces() -> MutexGuard<'static, Vec<Backtrace>> {
    TRACES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A place in the project that allocates: a source file and a line, with the functions between it and the allocator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// The source file of the project's innermost function, whichever library it called. `elsewhere` if there is none.
    pub file: String,
    /// The line in that file, and the functions between it and the allocator, the outermost first.
    pub way: String,
}

/// The places that allocate or grow blocks during `work`, with the number of these blocks.
pub async fn by_site(work: impl Future<Output = ()>) -> BTreeMap<Site, i64> {
    IS_TRACED.store(true, Ordering::Relaxed);
    work.await;
    IS_TRACED.store(false, Ordering::Relaxed);
    let traces = std::mem::take(&mut *traces());
    let mut blocks = BTreeMap::new();
    for trace in traces {
        *blocks.entry(site(&trace.to_string())).or_default() += 1;
    }
    blocks
}

/// Reads a printed trace: a line for each function, and one for its place if that is known.
fn site(trace: &str) -> Site {
    let root = format!("at {}/", hostile::root().display());
    let mut functions = Vec::new();
    for line in trace.lines().map(str::trim) {
        if let Some(place) = line.strip_prefix(&root).filter(|place| !place.starts_with("tests/")) {
            let (file, line) = place.split_once(':').unwrap_or((place, ""));
            functions.reverse();
            return Site { file: file.to_owned(), way: format!("{line} {}", functions.join(" > ")) };
        }
        // Functions of the allocator and of the collections do not help to find the place, and there are many.
        if let Some((_, function)) = line.split_once(": ")
            && !OF_ALLOCATION.iter().any(|part| function.contains(part))
        {
            functions.push(function.to_owned());
        }
    }
    functions.reverse();
    Site { file: "elsewhere".to_owned(), way: functions.join(" > ") }
}

/// Parts of function names that do not help to find the place.
const OF_ALLOCATION: [&str; 6] = ["allocations::", "backtrace", "__rust", "alloc::alloc", "raw_vec", "Global"];

// SAFETY: each function passes its arguments on to the same function of `System`, which has the same contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(&ALLOCATIONS, layout.size());
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(&ALLOCATIONS, layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(&REALLOCATIONS, size.saturating_sub(layout.size()));
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(block, layout) }
    }
}
