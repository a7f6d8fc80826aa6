//! What can be said of a component before anything is compiled: that it is a component, and that it imports only what the
//! host has. Names what is missing, so that an author knows at once.

use anyhow::{Result, bail, ensure};
use wasmparser::{Encoding, Instance, Parser, Payload, Validator, WasmFeatures};

use crate::config::{Class, Limits};

/// Interfaces of the contract that a component may import, by name and exact version.
const CONTRACT: &[&str] = &["types", "http", "context", "log"];
const CONTRACT_VERSION: &str = "0.1.0";

/// WASI packages of which every interface is linked; nothing is behind them.
const WASI: &[&str] = &["wasi:io/", "wasi:clocks/", "wasi:random/"];
/// The interfaces of `wasi:cli` that are linked.
const WASI_CLI: &[&str] = &[
    "environment",
    "exit",
    "stdin",
    "stdout",
    "stderr",
    "terminal-input",
    "terminal-output",
    "terminal-stdin",
    "terminal-stdout",
    "terminal-stderr",
];

/// The custom section in which an SDK leaves its version.
const SDK_VERSION: &str = "mortise:sdk-version";
/// Longest version that is read, in bytes.
const SDK_VERSION_BYTES: usize = 64;

/// A page of linear memory.
const PAGE_BYTES: u64 = 1 << 16;

/// What the bytes of a component say.
#[derive(Debug)]
pub(super) struct Inspected {
    /// The version of the SDK that it was built with, where it says so.
    pub(super) sdk_version: Option<String>,
    /// What an instance of it takes up.
    pub(super) needs: Needs,
}

/// What a component takes up at least: of a file, and of an instance. Nested components count once for each time that they are
/// written down, which is how tools write them.
#[derive(Debug, Default)]
pub(super) struct Needs {
    bytes: u64,
    core_instances: u64,
    memories: u64,
    memory_bytes: u64,
    tables: u64,
    table_entries: u64,
}

impl Needs {
    /// The smallest class that has room for this.
    ///
    /// # Errors
    /// If none has: the limits of the largest that are too small.
    pub(super) fn class(&self, limits: &Limits) -> Result<Class> {
        let mut beyond = Vec::new();
        for class in Class::ALL {
            let bounds = class.bounds(limits);
            let needs = [
                (self.bytes, bounds.component_bytes as u64, "bytes", Some("component_bytes")),
                (self.core_instances, bounds.core_instances.into(), "core instances", None),
                (self.memories, bounds.memories.into(), "memories", None),
                (self.memory_bytes, bounds.guest_memory_bytes as u64, "bytes of memory", Some("guest_memory_bytes")),
                (self.tables, bounds.tables.into(), "tables", None),
                (self.table_entries, bounds.guest_table_entries as u64, "table entries", Some("guest_table_entries")),
            ];
            beyond = needs
                .into_iter()
                .filter(|(needed, bound, ..)| needed > bound)
                .map(|(needed, bound, what, limit)| {
                    let setting = limit.map(|limit| format!(" ({})", class.setting(limit))).unwrap_or_default();
                    format!("{needed} {what}, and at most {bound} are allowed{setting}")
                })
                .collect();
            if beyond.is_empty() {
                return Ok(class);
            }
        }
        bail!("the component needs {}", beyond.join("; "))
    }

    fn add(&mut self, payload: &Payload<'_>) -> Result<()> {
        match payload {
            Payload::InstanceSection(instances) => {
                for instance in instances.clone() {
                    self.core_instances += u64::from(matches!(instance?, Instance::Instantiate { .. }));
                }
            }
            Payload::MemorySection(memories) => {
                for memory in memories.clone() {
                    self.memories += 1;
                    self.memory_bytes = self.memory_bytes.saturating_add(memory?.initial.saturating_mul(PAGE_BYTES));
                }
            }
            Payload::TableSection(tables) => {
                for table in tables.clone() {
                    self.tables += 1;
                    self.table_entries = self.table_entries.saturating_add(table?.ty.initial);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Validates the bytes and their imports, and counts what they need.
///
/// # Errors
/// If they are no valid component, or import what the host does not offer.
pub(super) fn inspect(wasm: &[u8]) -> Result<Inspected> {
    ensure!(
        wasmtime::Engine::detect_precompiled(wasm).is_none(),
        "this is a precompiled artefact: give the component itself, the host compiles it"
    );
    ensure!(wasm.starts_with(b"\0asm"), "this is not a WebAssembly component");
    let mut depth = 0_usize;
    let mut foreign = Vec::new();
    let mut sdk_version = None;
    let mut needs = Needs { bytes: wasm.len() as u64, ..Needs::default() };
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        needs.add(&payload)?;
        match payload {
            Payload::Version { encoding, .. } if depth == 0 => {
                ensure!(
                    encoding == Encoding::Component,
                    "this is a core WebAssembly module, not a component: build it for wasm32-wasip2"
                );
            }
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(imports) if depth == 0 => {
                for import in imports {
                    let name = import?.name.name;
                    if !offered(name) {
                        foreign.push(format!("`{name}`"));
                    }
                }
            }
            Payload::CustomSection(section) if section.name() == SDK_VERSION => {
                sdk_version = str::from_utf8(section.data()).ok().filter(|v| is_version(v)).map(str::to_owned);
            }
            _ => {}
        }
    }
    if !foreign.is_empty() {
        bail!(
            "the component imports {}, which this host does not offer: an integration has mortise:integration@{CONTRACT_VERSION} \
             and a WASI without files and sockets",
            foreign.join(", ")
        );
    }
    // What the engine does not have (`engine::configuration`) is refused here, where the reason is clear.
    let features = WasmFeatures::default()
        - WasmFeatures::MEMORY64
        - WasmFeatures::MULTI_MEMORY
        - WasmFeatures::RELAXED_SIMD
        - WasmFeatures::TAIL_CALL
        - WasmFeatures::THREADS;
    Validator::new_with_features(features).validate_all(wasm)?;
    Ok(Inspected { sdk_version, needs })
}

fn is_version(text: &str) -> bool {
    (1..=SDK_VERSION_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

fn offered(import: &str) -> bool {
    let contract = import
        .strip_prefix("mortise:integration/")
        .and_then(|rest| rest.split_once('@'))
        .is_some_and(|(interface, version)| version == CONTRACT_VERSION && CONTRACT.contains(&interface));
    let wasi = WASI.iter().any(|package| import.starts_with(package));
    let cli = import
        .strip_prefix("wasi:cli/")
        .and_then(|rest| rest.split('@').next())
        .is_some_and(|interface| WASI_CLI.contains(&interface));
    contract || wasi || cli
}
