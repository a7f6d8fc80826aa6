//! Makes instances: each use gets a fresh store with its limits, and the host throws it away afterwards.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, Result};
use wasmtime::component::{Component, HasData, HasSelf, Linker, ResourceTable};
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::cli::{WasiCli, WasiCliView};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView};
use wasmtime_wasi::p2::bindings::{cli, clocks, random};
use wasmtime_wasi::random::{WasiRandom, WasiRandomView};

use super::bindings::exports::mortise::integration::describe::Declaration;
use super::bindings::{Integration, IntegrationPre};
use super::native::Native;
use super::outcome::CallError;
use super::state::{Context, State};
use super::threads::GuestThreads;
use crate::config::{Bounds, Class, Limits};
use crate::engine::{Engine, TICK};

/// Wall time in which a plugin must describe itself.
const DESCRIBE_TIME: Duration = Duration::from_secs(5);
/// Slices after which a guest counts as computing for long. The first slice may be short, because the clock ticks for
/// all guests at once.
const LONG_SLICES: u64 = 2;

/// A component that is linked and ready to be instantiated.
pub struct Prepared {
    /// The class of limits for its instances.
    pub class: Class,
    linked: IntegrationPre<State>,
    native: OnceLock<Arc<Native>>,
}

impl Prepared {
    /// Makes `native` answer every call from now on, for benchmarks. Only the first one takes effect.
    ///
    /// This is in the library because the benchmark measures the host as it is shipped. A feature would make another
    /// build. It costs a call one load, and the executable never calls it.
    pub fn replace(&self, native: Arc<Native>) {
        let _ = self.native.set(native);
    }

    /// The native mapping that answers in place of the component. `None` except in a benchmark.
    pub(super) fn native(&self) -> Option<Arc<Native>> {
        self.native.get().cloned()
    }
}

/// The linkers and limits of all instances.
pub struct Sandbox {
    engine: Arc<Engine>,
    ordinary: Room,
    interpreter: Room,
    limits: Limits,
    threads: GuestThreads,
}

/// The engine and the linker of one class.
struct Room {
    linker: Linker<State>,
    bounds: Bounds,
}

struct HasTable;

impl HasData for HasTable {
    type Data<'a> = &'a mut ResourceTable;
}

impl Sandbox {
    /// Links everything that a guest may import, interface by interface: the contract, and the WASI interfaces that
    /// every Rust, JavaScript or Python program imports, which give access to nothing. Sockets, files and `wasi:http`
    /// stay undefined, so that the host refuses a component that imports them when it loads it.
    ///
    /// # Errors
    /// If the interfaces contradict each other, or the guests' threads do not start.
    pub fn new(engine: Arc<Engine>, limits: Limits) -> Result<Self> {
        let room = |class: Class| {
            let mut linker = Linker::new(engine.wasmtime(class));
            link(&mut linker).map_err(anyhow::Error::from)?;
            anyhow::Ok(Room { linker, bounds: class.bounds(&limits) })
        };
        let (ordinary, interpreter) = (room(Class::Ordinary)?, room(Class::Interpreter)?);
        let threads = GuestThreads::start().context("the threads for guests did not start")?;
        Ok(Self { engine, ordinary, interpreter, limits, threads })
    }

    fn room(&self, class: Class) -> &Room {
        match class {
            Class::Ordinary => &self.ordinary,
            Class::Interpreter => &self.interpreter,
        }
    }

    /// Links a component that was loaded for this class.
    ///
    /// # Errors
    /// If it imports something that the host does not have, or lacks an export.
    pub fn prepare(&self, class: Class, component: &Component) -> Result<Prepared> {
        let linked = self.room(class).linker.instantiate_pre(component).map_err(anyhow::Error::from)?;
        let linked = IntegrationPre::new(linked).map_err(anyhow::Error::from)?;
        Ok(Prepared { class, linked, native: OnceLock::new() })
    }

    /// Asks a plugin for its declaration, in a sandbox without account and network.
    ///
    /// # Errors
    /// If it traps or takes too long.
    pub async fn describe(&self, slug: &str, prepared: &Prepared) -> Result<Declaration, CallError> {
        let mut store = self.store(prepared.class, Context { slug: slug.into(), ..Context::default() });
        let described = async {
            let instance = self.instantiate(prepared, &mut store).await?;
            instance.mortise_integration_describe().call_capabilities(&mut store).await
        };
        match tokio::time::timeout(DESCRIBE_TIME, described).await {
            Ok(described) => {
                described.map_err(|error| super::outcome::ended(&error, &store, self.bounds(prepared.class)))
            }
            Err(_) => Err(CallError::Deadline(DESCRIBE_TIME.as_millis().try_into().unwrap_or(u64::MAX))),
        }
    }

    /// Makes an instance and throws it away, for benchmarks of a call's fixed costs.
    ///
    /// # Errors
    /// If the pool is exhausted or the component's initialiser traps.
    pub async fn rehearse(&self, prepared: &Prepared) -> Result<()> {
        let mut store = self.store(prepared.class, Context::default());
        self.instantiate(prepared, &mut store).await?;
        Ok(())
    }

    pub(super) async fn instantiate(
        &self,
        prepared: &Prepared,
        store: &mut Store<State>,
    ) -> wasmtime::Result<Integration> {
        prepared.linked.instantiate_async(store).await
    }

    /// The limits of the host.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Calls that can run at the same time.
    pub fn concurrent_calls(&self) -> usize {
        self.engine.concurrent_calls() as usize
    }

    /// The limits of every instance of this class.
    pub fn bounds(&self, class: Class) -> &Bounds {
        &self.room(class).bounds
    }

    pub(super) fn threads(&self) -> &GuestThreads {
        &self.threads
    }

    pub(super) fn store(&self, class: Class, context: Context) -> Store<State> {
        let bounds = self.bounds(class);
        let spent = u64::try_from(context.spent.computed.as_millis()).unwrap_or(u64::MAX);
        let left_ms = bounds.guest_cpu_ms.saturating_sub(spent);
        let mut store = Store::new(self.engine.wasmtime(class), State::new(bounds, context, self.engine.guest()));
        store.limiter(|state| &mut state.limiter);
        store.set_hostcall_fuel(self.limits.guest_hostcall_bytes);
        store.set_max_component_handles(256);
        store.set_epoch_deadline(1);
        let budget = left_ms.saturating_mul(1_000_000) / u64::try_from(TICK.as_nanos()).unwrap_or(1);
        store.epoch_deadline_callback(move |mut store| {
            let state = store.data_mut();
            state.slices += 1;
            if state.slices > budget {
                return Ok(UpdateDeadline::Interrupt);
            }
            if state.slices >= LONG_SLICES {
                state.context.long.set();
            }
            // tokio's own yield puts the task at the end of the queue. A plain yield would wake this task first again.
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
        });
        store
    }
}

fn link(l: &mut Linker<State>) -> wasmtime::Result<()> {
    Integration::add_to_linker::<_, HasSelf<_>>(l, |state| state)?;
    wasmtime_wasi_io::bindings::wasi::io::error::add_to_linker::<State, HasTable>(l, |s| &mut s.table)?;
    wasmtime_wasi_io::bindings::wasi::io::poll::add_to_linker::<State, HasTable>(l, |s| &mut s.table)?;
    wasmtime_wasi_io::bindings::wasi::io::streams::add_to_linker::<State, HasTable>(l, |s| &mut s.table)?;
    cli::environment::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::exit::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::stdin::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::stdout::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::stderr::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_input::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_output::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_stdin::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_stdout::add_to_linker::<State, WasiCli>(l, State::cli)?;
    cli::terminal_stderr::add_to_linker::<State, WasiCli>(l, State::cli)?;
    clocks::monotonic_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)?;
    clocks::wall_clock::add_to_linker::<State, WasiClocks>(l, State::clocks)?;
    random::random::add_to_linker::<State, WasiRandom>(l, State::random)?;
    random::insecure::add_to_linker::<State, WasiRandom>(l, State::random)?;
    random::insecure_seed::add_to_linker::<State, WasiRandom>(l, State::random)?;
    Ok(())
}
