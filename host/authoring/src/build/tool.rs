//! The common part of the languages with an interpreter: the contract in a folder, running a tool, and the record of
//! what a component was made of.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result};

use super::BuildFailed;
use crate::project::Project;
use crate::scaffold::sdk;

/// The contract, for tools that read it from a folder.
pub(super) const CONTRACT: &str = include_str!("../../../../wit/integration.wit");

/// The custom section in which an SDK leaves its version.
const SDK_VERSION: &str = "mortise:sdk-version";

/// The file in [`Work`] that says what the component was made of, and the version of its SDK, one line each.
const MADE: &str = "made";

/// The folder for the output of this project's builds: `<base>/target/plugins/<language>/<slug>`. Only one build at a
/// time has it.
pub(super) struct Work {
    root: PathBuf,
    /// Closing the file unlocks it.
    _lock: File,
}

impl Work {
    /// Makes the folder, with the contract in it. Waits until another build of the project ends.
    pub(super) fn prepare(project: &Project, language: &str) -> Result<Self> {
        let root = project.base().join("target/plugins").join(language).join(&project.slug);
        let locked = fs::create_dir_all(&root).and_then(|()| {
            let lock = File::create(root.join("lock"))?;
            lock.lock().map(|()| lock)
        });
        let work = Self { _lock: locked.with_context(|| format!("cannot write into {}", root.display()))?, root };
        work.write("wit/integration.wit", CONTRACT)?;
        Ok(work)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// The path of the component.
    pub(super) fn component(&self) -> PathBuf {
        self.path("component.wasm")
    }

    /// Whether there is a component that was made of this.
    pub(super) fn has(&self, made: &str) -> bool {
        self.component().is_file() && fs::read_to_string(self.path(MADE)).is_ok_and(|of| of == made)
    }

    /// Call this before the component changes, so that an unfinished one is made again.
    pub(super) fn forget(&self) -> Result<()> {
        match fs::remove_file(self.path(MADE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", self.path(MADE).display()))
            }
            _ => Ok(()),
        }
    }

    /// Records what the component, which is now complete, was made of.
    pub(super) fn keep(&self, made: &str) -> Result<()> {
        self.write(MADE, made)
    }

    pub(super) fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path(name);
        let written = fs::create_dir_all(path.parent().unwrap_or(&path)).and_then(|()| fs::write(&path, text));
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Runs a tool in `dir`, with `input` on its standard input. `None` if there is no such tool.
pub(super) fn run(mut command: Command, dir: &Path, input: &'static str) -> Result<Option<Output>> {
    let spawned = command.current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot run {}", command.get_program().to_string_lossy()));
        }
    };
    if let Some(mut stdin) = child.stdin.take() {
        // A tool that ends early closes its input. Its output says more than this error.
        let _ = io::Write::write_all(&mut stdin, input.as_bytes());
    }
    let output = child.wait_with_output();
    Ok(Some(output.with_context(|| format!("lost {}", command.get_program().to_string_lossy()))?))
}

/// What to do if a tool of the project's build is missing.
pub(super) fn how_to_install(project: &Project) -> String {
    let command = project.language.install(sdk::is_own(project)).unwrap_or_default();
    format!("run `{command}` in {}", project.root.display())
}

/// A tool's failure with its whole output.
pub(super) fn failed(tool: &'static str, dir: &Path, output: &Output) -> BuildFailed {
    let said = [&output.stdout, &output.stderr].map(|said| String::from_utf8_lossy(said).trim_end().to_owned());
    let said = said.into_iter().filter(|said| !said.is_empty()).collect::<Vec<_>>().join("\n");
    BuildFailed { tool, dir: dir.to_owned(), said }
}

/// Writes the version of the SDK into a component, where a host can read it without compiling anything.
pub(super) fn stamp(component: &Path, version: &str) -> Result<()> {
    let mut wasm = fs::read(component).with_context(|| format!("cannot read {}", component.display()))?;
    let mut section = Vec::new();
    leb128(SDK_VERSION.len(), &mut section);
    section.extend_from_slice(SDK_VERSION.as_bytes());
    section.extend_from_slice(version.trim().as_bytes());
    wasm.push(0);
    leb128(section.len(), &mut wasm);
    wasm.append(&mut section);
    fs::write(component, wasm).with_context(|| format!("cannot write {}", component.display()))
}

/// An unsigned number in WebAssembly's encoding.
fn leb128(mut number: usize, out: &mut Vec<u8>) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        out.push(if number == 0 { low } else { low | 0x80 });
        if number == 0 {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamped_component_says_its_sdk() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = folder.path().join("a.wasm");
        for length in [1, 64, 100, 200] {
            fs::write(&file, b"\0asm\x0d\0\x01\0").expect("writable");
            let version = "v".repeat(length);
            stamp(&file, &version).expect("stamped");
            let wasm = fs::read(&file).expect("readable");
            let mut payloads = wasmparser::Parser::new(0).parse_all(&wasm).map(|payload| payload.expect("valid"));
            assert!(payloads.any(|payload| matches!(
                payload,
                wasmparser::Payload::CustomSection(section)
                    if section.name() == SDK_VERSION && section.data() == version.as_bytes()
            )));
        }
    }
}
