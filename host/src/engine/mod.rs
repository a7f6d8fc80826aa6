//! wasmtime: one configuration, an engine for each class of guests, the epoch clock and the compiled components.

pub mod cache;
mod clock;
pub mod compile;
mod space;
mod trial;

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use wasmtime::component::Component;
use wasmtime::{Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, WasmBacktraceDetails};

use crate::config::{Bounds, Class, Limits};
use cache::Cache;
use clock::Clock;
pub use clock::Guest;
use compile::Compiling;

pub use space::{AddressSpace, NoRoom, room};
pub use trial::trial;

/// Length of a guest's uninterrupted slice. Every other task of the runtime waits for at most a few slices, which is
/// well below the latency that callers notice. `docs/adr/0002-epochs.md` has the measurements.
pub const TICK: Duration = Duration::from_millis(1);

/// Ticks of the epoch clock without a guest, after which it sleeps. Waking it costs a call some microseconds, which a
/// busy host should not pay between one call and the next.
const IDLE_TICKS: u32 = 100;

/// Slots that a thread collects before it clears them with one system call for each batch.
const DECOMMIT_BATCH: usize = 16;

/// Bytes of a slot's memory that stay with the slot and are restored by copying. They are 64 KiB of stack, the data,
/// and 64 KiB of first heap, which are at the front in this order (`host/src/build/components.toml`,
/// `sdk/src/allocator.rs`), and one more page of heap. A memory of at most this size is restored without a system call,
/// and its next call finds every page there. Pages beyond it are given back, and the next call faults them in again.
/// When fewer bytes did not cover a call, the whole host needed a fourth more processor time. More bytes cost nothing
/// if memories are shorter, and memory for each slot if they are not. Every cassette of `plugins/` stays within it
/// (`tests/integrations`).
pub const KEPT_MEMORY: usize = 256 << 10;

/// Bytes at the end of a fiber's stack that stay with it, and are cleared by writing. A usual call goes no deeper.
/// Stack beyond them is given back with a system call, and faulted in again.
const KEPT_STACK: usize = 32 << 10;

/// Bytes of a table that stay with a slot. An ordinary component has about 200 functions in its table, of 8 bytes each.
/// The whole table stays; so would one of 2,000 functions.
const KEPT_TABLE: usize = 16 << 10;

/// Slots that belong to no call and are not free yet, because a thread is clearing its batch. Without room for them, an
/// admitted call could find the pool empty for a moment. The threads of the API and of guests are two for each
/// processor.
fn slots_being_cleared() -> u32 {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    u32::try_from(2 * processors * DECOMMIT_BATCH).unwrap_or(u32::MAX)
}

/// How much the compiler optimizes the code of components.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Effort {
    /// As much as is worth it for components that serve for long.
    #[default]
    Full,
    /// As little as possible: an author waits for the component, and calls it a few times.
    Least,
}

/// The target of a compilation, on which engine and compiling process must agree.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// How much address space the host has.
    pub space: AddressSpace,
    /// How much their code is optimized.
    pub effort: Effort,
}

/// The only place that configures wasmtime. Serving and compiling must agree, or artefacts do not load.
fn configuration(bounds: &Bounds, target: Target) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        // The contract is synchronous. Without the bookkeeping of concurrent tasks a fresh call is a third cheaper.
        .concurrency_support(false)
        .max_wasm_stack(bounds.stack_bytes)
        // The rest is for host functions, which run on the same stack.
        .async_stack_size(bounds.stack_bytes + (512 << 10))
        // The next tenant uses the stack slot again.
        .async_stack_zeroing(true)
        .memory_init_cow(true)
        .wasm_memory64(false)
        .wasm_relaxed_simd(false)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        // Registering unwind tables costs time that grows with the number of components.
        .native_unwind_info(false)
        .cranelift_opt_level(match target.effort {
            Effort::Full => OptLevel::Speed,
            Effort::Least => OptLevel::None,
        });
    if target.space == AddressSpace::Scarce {
        config.memory_reservation(0).memory_reservation_for_growth(space::GROWTH).memory_guard_size(64 << 10);
    }
    config
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

/// The engines of a host. They compile components in a child process, keep the results, and tick the epoch while there
/// are guests. The code of a component is the same in every class. Each class has a pool of its own, so that none can
/// take the room of another.
#[derive(Debug)]
pub struct Engine {
    ordinary: Pool,
    interpreter: Pool,
    cache: Arc<Cache>,
    compiler: compile::Compiler,
    concurrent_calls: u32,
    clock: Arc<Clock>,
}

/// The engine of one class.
#[derive(Debug)]
struct Pool {
    inner: wasmtime::Engine,
    bounds: Bounds,
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
    fn both(limits: &Limits, target: Target) -> wasmtime::Result<[Self; 2]> {
        Ok([Self::new(Class::Ordinary, limits, target)?, Self::new(Class::Interpreter, limits, target)?])
    }
}

/// The pools of a host, and what they are for.
struct Reserved {
    target: Target,
    /// Calls that have room at a time.
    concurrent_calls: u32,
    pools: [Pool; 2],
}

/// Reserves the pools, or, if there is too little address space for them, makes engines that map each instance when it is made.
fn reserve(limits: &Limits, effort: Effort) -> Result<Reserved> {
    let configured = limits.concurrent_calls;
    let plenty = Target { space: AddressSpace::Plenty, effort };
    let error = match Pool::both(limits, plenty) {
        Ok(pools) => return Ok(Reserved { target: plenty, concurrent_calls: configured, pools }),
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
    Ok(Reserved { target, concurrent_calls, pools })
}

impl Engine {
    /// Makes the engines. `data` is the host's own directory, with the compile cache. `compiling` is the compiler that
    /// runs in a child process.
    ///
    /// # Errors
    /// [`cache::CacheError`], [`NoRoom`], or if wasmtime cannot be set up on this machine.
    pub fn new(limits: &Limits, data: &cap_std::fs::Dir, compiling: impl Into<Compiling>) -> Result<Self> {
        let Compiling { executable, effort } = compiling.into();
        let Reserved { target, concurrent_calls, pools } = reserve(limits, effort)?;
        let [ordinary, interpreter] = pools;
        let cache = Arc::new(Cache::open(data, &fingerprint(&ordinary.inner))?);
        let engines = [&ordinary, &interpreter].map(|pool| pool.inner.weak());
        let tick = move || engines.iter().filter_map(wasmtime::EngineWeak::upgrade).for_each(|e| e.increment_epoch());
        let clock = Clock::start(TICK, IDLE_TICKS, tick).context("the epoch clock did not start")?;
        let compiler = compile::Compiler::new(executable, target);
        Ok(Self { ordinary, interpreter, cache, compiler, concurrent_calls, clock })
    }

    /// Calls that have room at a time: `limits.concurrent_calls`, or fewer if address space is scarce.
    pub fn concurrent_calls(&self) -> u32 {
        self.concurrent_calls
    }

    /// The wasmtime engine of this class, for linkers and stores.
    pub fn wasmtime(&self, class: Class) -> &wasmtime::Engine {
        &self.pool(class).inner
    }

    /// Keeps the epoch clock ticking for one guest. A store whose deadline is an epoch holds one.
    pub fn guest(&self) -> Guest {
        self.clock.guest()
    }

    /// Whether the epoch clock sleeps, which it does after 100 ms without a guest.
    pub fn clock_sleeps(&self) -> bool {
        self.clock.is_asleep()
    }

    fn pool(&self, class: Class) -> &Pool {
        match class {
            Class::Ordinary => &self.ordinary,
            Class::Interpreter => &self.interpreter,
        }
    }

    /// Whether [`Engine::load`] would have to compile.
    pub fn is_cached(&self, digest: &str) -> bool {
        self.cache.contains(digest)
    }

    /// The component of these bytes: from the cache, or compiled in a child process and then cached. `digest` is the
    /// lower-case hex SHA-256 of `wasm`, and `class` the class that the bytes need.
    ///
    /// # Errors
    /// If the bytes do not compile within the limits of the class.
    pub async fn load(&self, class: Class, wasm: Vec<u8>, digest: &str) -> Result<Component> {
        let pool = self.pool(class);
        if let Some(artefact) = self.cached(digest).await? {
            match pool.deserialize(artefact).await {
                Ok(component) => return Ok(component),
                Err(error) => tracing::warn!(
                    digest,
                    error = format!("{error:#}"),
                    "cached artefact does not load, compiling again"
                ),
            }
        }
        let artefact = self.compiler.compile(wasm, &pool.bounds).await?;
        if let Err(error) = self.cache.store(digest, &artefact) {
            tracing::warn!(
                digest,
                error = format!("{error:#}"),
                "the compile cache could not be written: the next start compiles again"
            );
        }
        pool.deserialize(artefact).await
    }

    /// The artefact in the cache, read on a blocking thread.
    async fn cached(&self, digest: &str) -> Result<Option<Vec<u8>>> {
        let (cache, digest) = (self.cache.clone(), digest.to_owned());
        tokio::task::spawn_blocking(move || cache.load(&digest)).await.context("reading the compile cache panicked")
    }
}

impl Pool {
    async fn deserialize(&self, artefact: Vec<u8>) -> Result<Component> {
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

/// Identifies everything that decides whether an artefact fits: wasmtime's full version, compiler settings, CPU.
fn fingerprint(engine: &wasmtime::Engine) -> String {
    struct Digesting(blake3::Hasher);
    impl Hasher for Digesting {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hasher = Digesting(blake3::Hasher::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let mut text = hasher.0.finalize().to_hex().to_string();
    text.truncate(16);
    text
}
