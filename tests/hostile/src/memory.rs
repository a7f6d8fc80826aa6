//! A guest's view of its own linear memory, byte by byte.

use core::arch::wasm32::{memory_grow, memory_size};
use std::collections::BTreeSet;

/// Size of a WebAssembly page in bytes.
pub const PAGE: usize = 65_536;

/// The start of a canary: raw, then in base64 after 0, 1 and 2 other bytes. Each is spelled backwards, so that a scan
/// does not find this table.
const MARKERS: [&[u8]; 4] = [b"-yranac", b"5JXYuF2Y", b"SeyFmbhN", b"tknch5WYj"];

/// The present number of pages of linear memory.
pub fn pages() -> usize {
    memory_size(0)
}

/// Grows by this many pages and returns the new memory. `None` if the host refuses.
pub fn grow(pages: usize) -> Option<&'static mut [u8]> {
    let start = memory_grow(0, pages);
    // SAFETY: the pages from `start` are new, and no other code uses them.
    (start != usize::MAX).then(|| unsafe { core::slice::from_raw_parts_mut((start * PAGE) as *mut u8, pages * PAGE) })
}

/// The stack below this frame, except a part for the callees: most of the memory that an instance starts with. The
/// linker puts the stack first, and the stack grows towards address 0.
pub fn free_stack() -> &'static mut [u8] {
    const FIRST: usize = 1 << 10;
    const CALLEES: usize = 64 << 10;
    let here = 0_u8;
    let top = core::ptr::from_ref(&here).addr();
    // SAFETY: nothing is stored there while the callees of this frame stay within their part.
    unsafe { core::slice::from_raw_parts_mut(FIRST as *mut u8, top.saturating_sub(CALLEES).saturating_sub(FIRST)) }
}

/// The distinct canaries in the whole linear memory, at most 100.
pub fn canaries() -> BTreeSet<String> {
    let end = pages() * PAGE;
    let mut found = BTreeSet::new();
    let mut at = 0;
    while at < end && found.len() < 100 {
        if at % 8 == 0 && word(at) == 0 {
            at += 8;
            continue;
        }
        if MARKERS.iter().any(|marker| starts_with(at, end, marker)) {
            found.insert(token(at, end));
        }
        at += 1;
    }
    found
}

/// Whether the memory at `at` contains the marker, which is spelled backwards.
fn starts_with(at: usize, end: usize, marker: &[u8]) -> bool {
    at + marker.len() <= end && marker.iter().rev().enumerate().all(|(i, expected)| byte(at + i) == *expected)
}

/// The token characters from `at`, at most 100.
fn token(at: usize, end: usize) -> String {
    let text = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_+/=%".contains(byte);
    (at..end.min(at + 100)).map(byte).take_while(text).map(char::from).collect()
}

fn byte(at: usize) -> u8 {
    // SAFETY: the callers stay below the end of linear memory; any byte of it can be read.
    unsafe { (at as *const u8).read_volatile() }
}

fn word(at: usize) -> u64 {
    // SAFETY: as in `byte`; memory ends at a multiple of 8 and `at` is one.
    unsafe { (at as *const u64).read_volatile() }
}
