//! The engine of one class of guests, with its pool of slots for instances.

use anyhow::{Context, Result};
use wasmtime::component::Component;
use wasmtime::{Enabled, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::configuration::configuration;
use super::space::{AddressSpace, room};
use super::target::{Effort, Target};
use crate::config::{Bounds, Class, Limits};

/// Slots that a thread collects before it clears them with one system call for each batch.
const DECOMMIT_BATCH: usize = 16;

/// Bytes of a slot's memory that stay with the slot and are restored by copying. They are 64 KiB of stack, the data,
/// and 64 KiB of first heap, which are at the front in this order (`host/authoring/src/build/components.toml`,
/// `sdk/src/allocator.rs`), and one more page of heap. A memory of at most this size is restored without a system call,
/// and its next call finds every page there. Pages beyond it are given back, and the next call faults them in again.
/// When fewer bytes did not cover a call, the whole host needed a fourth more processor time. More bytes cost nothing
/// if memories are shorter, and memory for each slot if they are not. Every cassette of `plugins/` stays within it
/// (`tests/integrations`).
pub const KEPT_MEMORY: usize = 256 << 10;

/// Bytes at the end of a fiber's stack that stay with it and are cleared by writing. A usual call goes no deeper. The
/// host gives back the stack beyond them with a system call, and the next call faults it in again.
const KEPT_STACK: usize = 32 << 10;

/// Bytes of a table that stay with a slot. An ordinary component has about 200 functions of 8 bytes each in its table,
/// which stays as a whole. So would a table of 2,000 functions.
const KEPT_TABLE: usize = 16 << 10;

/// Slots that belong to no call and are not free yet, because a thread is clearing its batch. Without room for them, an
/// admitted call could find the pool empty for a moment. The threads of the API and of guests are two for each
/// processor.
fn slots_being_cleared() -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    u32::try_from(2 * processors * DECOMMIT_BATCH).unwrap_or(u32::MAX)
}

/// The engine of one class.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) inner: wasmtime::Engine,
    pub(super) bounds: Bounds,
}

impl Pool {
    fn new(class: Class, limits: &Limits, target: Target) -> wasmtime::Result<Self> {
        let bounds = class.bounds(limits);
        let mut configuration = configuration(&bounds, target);
        if target.space == AddressSpace::Plenty {
            configuration.allocation_strategy(pooling(&bounds));
        }
        Ok(Self { inner: wasmtime::Engine::new(&configuration)?, bounds })
    }

    /// Both pools. They have one kind, because every component must load into either.
    pub(super) fn both(limits: &Limits, target: Target) -> wasmtime::Result<[Self; 2]> {
        Ok([Self::new(Class::Ordinary, limits, target)?, Self::new(Class::Interpreter, limits, target)?])
    }

    pub(super) async fn deserialize(&self, artefact: Vec<u8>) -> Result<Component> {
        let engine = self.inner.clone();
        tokio::task::spawn_blocking(move || {
            // SAFETY: the bytes come from this host's own compiler process, directly or through the cache, which has checked its
            // keyed hash over exactly this buffer.
            #[allow(unsafe_code)]
            let component = unsafe { Component::deserialize(&engine, &artefact) }.map_err(anyhow::Error::from)?;
            component.initialize_copy_on_write_image().map_err(anyhow::Error::from)?;
            Ok(component)
        })
        .await
        .context("loading a component panicked")?
    }
}

/// The pools of a host.
pub(super) struct Reserved {
    pub(super) target: Target,
    /// Calls that have room at a time.
    pub(super) concurrent_calls: u32,
    pub(super) pools: [Pool; 2],
}

impl Reserved {
    /// Reserves the pools. If there is too little address space for them, the engines map each instance when they make it.
    pub(super) fn for_host(limits: &Limits, effort: Effort) -> Result<Self> {
        let configured = limits.concurrent_calls;
        let plenty = Target { space: AddressSpace::Plenty, effort };
        let error = match Pool::both(limits, plenty) {
            Ok(pools) => return Ok(Self { target: plenty, concurrent_calls: configured, pools }),
            Err(error) => error,
        };
        let concurrent_calls = room(limits)?.map_or(configured, |calls| calls.min(configured));
        tracing::warn!(
            error = format!("{error:#}"),
            concurrent_calls,
            "address space for the instance pool is not available: instances are allocated on demand, calls cost more"
        );
        let target = Target { space: AddressSpace::Scarce, effort };
        let pools = Pool::both(limits, target).map_err(anyhow::Error::from)?;
        Ok(Self { target, concurrent_calls, pools })
    }
}

/// Slots that are reserved ahead, with memory images mapped copy-on-write: instantiation takes microseconds.
fn pooling(bounds: &Bounds) -> InstanceAllocationStrategy {
    let slots = bounds.concurrent_calls.saturating_add(slots_being_cleared());
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        .total_memories(slots.saturating_mul(bounds.memories))
        .total_tables(slots.saturating_mul(bounds.tables))
        .total_core_instances(slots.saturating_mul(bounds.core_instances))
        .total_stacks(slots)
        .max_memories_per_component(bounds.memories)
        .max_tables_per_component(bounds.tables)
        .max_core_instances_per_component(bounds.core_instances)
        .max_memory_size(bounds.guest_memory_bytes)
        .table_elements(bounds.guest_table_entries)
        // A warm slot keeps the image of one component mapped. There are as many as calls, so that any mix of
        // components stays warm.
        .max_unused_warm_slots(bounds.concurrent_calls)
        // Fewer system calls for slots that are given back. The pool flushes by itself before it is empty.
        .decommit_batch_size(DECOMMIT_BATCH)
        // Memory that a call uses anyway costs less to clear than to give back and fault in again.
        .linear_memory_keep_resident(KEPT_MEMORY)
        .async_stack_keep_resident(KEPT_STACK)
        .table_keep_resident(KEPT_TABLE)
        // Asking the kernel which pages a call has written (PAGEMAP_SCAN) would restore fewer of them. It is off:
        // wasmtime's use of it is being fixed (its pull request 14357), and one of the two faults leaves data of an
        // instance for the next one.
        .pagemap_scan(Enabled::No);
    InstanceAllocationStrategy::Pooling(pool)
}
