//! What can be said of a component before anything is compiled: that it is a component, and that it imports only what the
//! host has. Names what is missing, so that an author knows at once.

use anyhow::{Result, bail, ensure};
use wasmparser::{Encoding, Parser, Payload, Validator, WasmFeatures};

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

/// Validates the bytes and their imports; the version of the SDK that the component was built with, where it says so.
///
/// # Errors
/// If they are no valid component, or import what the host does not offer.
pub(super) fn inspect(wasm: &[u8]) -> Result<Option<String>> {
    ensure!(
        wasmtime::Engine::detect_precompiled(wasm).is_none(),
        "this is a precompiled artefact: give the component itself, the host compiles it"
    );
    ensure!(wasm.starts_with(b"\0asm"), "this is not a WebAssembly component");
    let mut depth = 0_usize;
    let mut foreign = Vec::new();
    let mut sdk_version = None;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
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
    Ok(sdk_version)
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
