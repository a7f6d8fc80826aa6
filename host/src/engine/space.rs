//! Address space: whether memories of guests can be reserved ahead, and how many fit if a limit (`ulimit -v`) bounds
//! them.

use rustix::process::{Resource, getrlimit};

use crate::config::{Class, Limits};

/// How much address space this process may use. Compiled code depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressSpace {
    /// Each memory reserves 4 GiB, so that code needs few bounds checks. Those of all instances are reserved at the
    /// start.
    Plenty,
    /// A memory is mapped when its instance is made, and moves when it outgrows its room.
    Scarce,
}

/// Bytes in which a memory can grow without a move, if address space is scarce. Real plugins need a few MiB. With less
/// room, a plugin that fills its 64 MiB page by page would be copied too often.
pub(super) const GROWTH: u64 = 16 << 20;

/// Bytes that a host uses beside its guests: its program, threads, allocator, database and vendors' answers.
const HOST: u64 = 1 << 30;

/// The error if there is no room for a single guest.
#[derive(Debug, thiserror::Error)]
#[error(
    "this process may use {limit} bytes of address space (ulimit -v, LimitAS= of systemd), and a host needs {HOST} and {guest} more for \
     each call at a time: raise that limit or lower limits.guest_memory_bytes"
)]
pub struct NoRoom {
    limit: u64,
    guest: u64,
}

/// The number of calls whose guests fit into the address space that this process may use. `None` without a limit.
///
/// # Errors
/// If there is no room for a single call.
pub fn room(limits: &Limits) -> Result<Option<u32>, NoRoom> {
    let Some(limit) = getrlimit(Resource::As).current else { return Ok(None) };
    let bounds = Class::Ordinary.bounds(limits);
    let guest = (bounds.guest_memory_bytes as u64).saturating_add(GROWTH).saturating_add(bounds.stack_bytes as u64);
    match limit.saturating_sub(HOST) / guest {
        0 => Err(NoRoom { limit, guest }),
        calls => Ok(Some(u32::try_from(calls).unwrap_or(u32::MAX))),
    }
}
