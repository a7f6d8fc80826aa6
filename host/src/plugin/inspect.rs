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

/// Validates the bytes and their imports.
///
/// # Errors
/// If they are no valid component, or import what the host does not offer.
pub(super) fn inspect(wasm: &[u8]) -> Result<()> {
    ensure!(
        wasmtime::Engine::detect_precompiled(wasm).is_none(),
        "this is a precompiled artefact: give the component itself, the host compiles it"
    );
    ensure!(wasm.starts_with(b"\0asm"), "this is not a WebAssembly component");
    let mut depth = 0_usize;
    let mut foreign = Vec::new();
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
    Ok(())
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
