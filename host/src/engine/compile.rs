//! Compilation of untrusted components in a child process with bounded memory, CPU time and wall time. wasmtime does
//! not promise that compiling ends.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

use super::cache::MAX_ARTEFACT_BYTES;
use super::configuration::configuration;
use super::{AddressSpace, Effort, Target};
use crate::config::{Bounds, Class, Limits};

/// The hidden subcommand that compiles: component on standard input, artefact on standard output.
pub const SUBCOMMAND: &str = "compile-component";

/// The child's flag for [`AddressSpace::Scarce`].
const SCARCE: &str = "--scarce-address-space";

/// The child's flag for [`Effort::Least`].
const LEAST: &str = "--least-effort";

/// The child's exit code for an error that it explains, as of all `mortise` commands.
const FAILURE: i32 = 1;

/// Bytes of the child's standard error that are kept for the message.
const STDERR_BYTES: u64 = 8 << 10;

/// How much lower the child's priority is than the host's, in steps of `nice`. The child uses every core, and calls go
/// first.
const NICENESS: i32 = 10;

/// The compiler: an executable, and how much it optimizes the code.
#[derive(Debug, Clone)]
pub struct Compiling {
    /// `mortise` itself, which has the [subcommand](SUBCOMMAND).
    pub executable: PathBuf,
    /// How much it optimizes.
    pub effort: Effort,
}

impl From<PathBuf> for Compiling {
    /// With full effort.
    fn from(executable: PathBuf) -> Self {
        Self { executable, effort: Effort::default() }
    }
}

/// Permits for the compiling processes: one at a time, because a compilation uses every core.
#[derive(Debug)]
pub(super) struct Compiler {
    executable: PathBuf,
    target: Target,
    turn: Mutex<()>,
}

impl Compiler {
    /// Compiles for engines of this target.
    pub(super) fn new(executable: PathBuf, target: Target) -> Self {
        Self { executable, target, turn: Mutex::new(()) }
    }

    /// Compiles within the bounds of the component's class.
    pub(super) async fn compile(&self, wasm: Vec<u8>, bounds: &Bounds) -> Result<Vec<u8>> {
        let (wall, memory) = (Duration::from_millis(bounds.compile_ms), bounds.compile_memory_bytes);
        let setting = |limit| bounds.class.setting(limit);
        // A compilation runs on several cores.
        let cpu_seconds = wall.as_secs().max(1) * 2;
        let _turn = self.turn.lock().await;
        let mut child = self.spawn(memory, cpu_seconds)?;
        let (Some(mut stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            bail!("the compiler process has no pipes");
        };
        let run = async {
            let feed = async {
                // A child that dies early closes the pipe. Its exit status says more than the write error.
                let _ = stdin.write_all(&wasm).await;
                drop(stdin);
                Ok(())
            };
            let read = async {
                let mut artefact = Vec::new();
                let read = stdout.take(MAX_ARTEFACT_BYTES + 1).read_to_end(&mut artefact).await;
                let read = read.context("the compiler process could not be read")?;
                ensure!(
                    read as u64 <= MAX_ARTEFACT_BYTES,
                    "the component compiles to more than {MAX_ARTEFACT_BYTES} bytes"
                );
                Ok(artefact)
            };
            let listen = async {
                let mut complaint = Vec::new();
                let _ = stderr.take(STDERR_BYTES).read_to_end(&mut complaint).await;
                Ok(complaint)
            };
            let ((), artefact, complaint) = tokio::try_join!(feed, read, listen)?;
            let status = child.wait().await.context("the compiler process was lost")?;
            let complaint = String::from_utf8_lossy(&complaint).trim().replace(char::is_control, " ");
            match status.code() {
                Some(0) => Ok(artefact),
                Some(FAILURE) => bail!("the component does not compile: {complaint}"),
                // A signal or a panic. If memory or time run out, the compiler does not end normally.
                _ => bail!(
                    "the component does not compile within {memory} bytes of memory ({}) and {cpu_seconds} s of CPU time \
                     ({}): {status} {complaint}",
                    setting("compile_memory_bytes"),
                    setting("compile_ms")
                ),
            }
        };
        tokio::time::timeout(wall, run).await.unwrap_or_else(|_| {
            bail!("the component did not compile within {} s ({})", wall.as_secs_f32(), setting("compile_ms"))
        })
    }

    /// Starts the child process. It ends when the handle is dropped.
    fn spawn(&self, memory_bytes: u64, cpu_seconds: u64) -> Result<Child> {
        Command::new(&self.executable)
            .arg(SUBCOMMAND)
            .arg(format!("--memory-bytes={memory_bytes}"))
            .arg(format!("--cpu-seconds={cpu_seconds}"))
            .args((self.target.space == AddressSpace::Scarce).then_some(SCARCE))
            .args((self.target.effort == Effort::Least).then_some(LEAST))
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("the compiler process {} did not start", self.executable.display()))
    }
}

/// The child's side: limits itself, then compiles standard input to standard output.
///
/// # Errors
/// If the limits cannot be set, the input is not a component, or the output cannot be written.
pub fn child_main(memory_bytes: u64, cpu_seconds: u64, target: Target) -> Result<()> {
    let cap = |resource, value| {
        // If the host itself has a lower limit, that one stays.
        let value = getrlimit(resource).maximum.map_or(value, |most| most.min(value));
        setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })
    };
    cap(Resource::As, memory_bytes).context("the memory limit could not be set")?;
    cap(Resource::Cpu, cpu_seconds).context("the CPU limit could not be set")?;
    cap(Resource::Core, 0).context("core dumps could not be switched off")?;
    // If this is refused, the compilation has the host's own priority.
    let _ = nice(NICENESS);
    let mut wasm = Vec::new();
    std::io::stdin().lock().read_to_end(&mut wasm).context("the component could not be read")?;
    // The code is the same for every class: a class only says how much an instance may use.
    let bounds = Class::Ordinary.bounds(&Limits::default());
    let engine = wasmtime::Engine::new(&configuration(&bounds, target)).map_err(anyhow::Error::from)?;
    let artefact = engine.precompile_component(&wasm).map_err(anyhow::Error::from)?;
    std::io::stdout().lock().write_all(&artefact).context("the artefact could not be written")
}
