//! The engines of a host, with what they share: epoch clock, compiler and compile cache.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use wasmtime::component::Component;

use super::cache::Cache;
use super::clock::{Clock, Guest};
use super::compile::{Compiler, Compiling};
use super::pool::{Pool, Reserved};
use crate::config::{Class, Limits};

/// Length of a guest's uninterrupted slice. Every other task of the runtime waits for at most a few slices, which is
/// well below the latency that callers notice. `docs/adr/0002-epochs.md` has the measurements.
pub const TICK: Duration = Duration::from_millis(1);

/// Ticks of the epoch clock without a guest, after which it sleeps. Waking it costs a call some microseconds, which a
/// busy host should not pay between one call and the next.
const IDLE_TICKS: u32 = 100;

/// The engines of a host. They compile components in a child process, keep the results, and tick the epoch while there
/// are guests. The code of a component is the same in every class. Each class has a pool of its own, so that none can
/// take the room of another.
#[derive(Debug)]
pub struct Engine {
    ordinary: Pool,
    interpreter: Pool,
    cache: Arc<Cache>,
    compiler: Compiler,
    concurrent_calls: u32,
    clock: Arc<Clock>,
}

impl Engine {
    /// Makes the engines. `data` is the host's own directory, with the compile cache. `compiling` is the compiler that
    /// runs in a child process.
    ///
    /// # Errors
    /// [`CacheError`](super::cache::CacheError), [`NoRoom`](super::NoRoom), or if wasmtime cannot be set up on this machine.
    pub fn new(limits: &Limits, data: &cap_std::fs::Dir, compiling: impl Into<Compiling>) -> Result<Self> {
        let Compiling { executable, effort } = compiling.into();
        let Reserved { target, concurrent_calls, pools } = Reserved::for_host(limits, effort)?;
        let [ordinary, interpreter] = pools;
        let cache = Arc::new(Cache::open(data, &fingerprint(&ordinary.inner))?);
        let engines = [&ordinary, &interpreter].map(|pool| pool.inner.weak());
        let tick = move || engines.iter().filter_map(wasmtime::EngineWeak::upgrade).for_each(|e| e.increment_epoch());
        let clock = Clock::start(TICK, IDLE_TICKS, tick).context("the epoch clock did not start")?;
        let compiler = Compiler::new(executable, target);
        Ok(Self { ordinary, interpreter, cache, compiler, concurrent_calls, clock })
    }

    /// Calls that can run at the same time: `limits.concurrent_calls`, or fewer if address space is scarce.
    pub fn concurrent_calls(&self) -> u32 {
        self.concurrent_calls
    }

    /// The wasmtime engine of this class, for linkers and stores.
    pub fn wasmtime(&self, class: Class) -> &wasmtime::Engine {
        &self.pool(class).inner
    }

    /// Keeps the epoch clock ticking for one guest. Every store with an epoch deadline holds one.
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

/// A digest of everything that decides whether an artefact fits: wasmtime's full version, compiler settings, CPU.
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
