//! Inspects a component before compilation: whether it is a component, imports only functions that the host has, and
//! exports the functions that the host calls. The error names each function that is missing, for the author.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::{Types, TypesRef};
use wasmparser::{Encoding, Parser, Payload, ValidPayload, Validator, WasmFeatures};

use super::contract::{CONTRACT, Interface, PACKAGE, Version, WASI};
use super::needs::Needs;
use super::refusal::ComponentRefusal;
use super::shape;

/// The custom section in which an SDK writes its version.
const SDK_VERSION: &str = "mortise:sdk-version";
/// Longest version that the host reads, in bytes.
const SDK_VERSION_BYTES: usize = 64;
/// Most names that one sentence lists.
const LISTED: usize = 8;

/// The facts about a component that need no compilation.
#[derive(Debug)]
pub(super) struct Inspected {
    /// The version of the SDK that built it, if it names one. For SDKs of other languages than Rust, the language and a
    /// slash come first.
    pub(super) sdk_version: Option<String>,
    /// The interfaces that it imports, by their full names.
    pub(super) imports: Vec<String>,
    /// The interfaces that it exports.
    pub(super) exports: Vec<String>,
    /// The room that it needs.
    pub(super) needs: Needs,
}

/// Validates the bytes, their imports and exports, and counts what they need.
///
/// `is_compiled`: the cache has an artefact for exactly these bytes. Compilation has validated the code of their
/// functions, and will do so again if the artefact is not usable. So this validates only the rest: nearly all of a
/// component is code.
///
/// # Errors
/// If the bytes are not a valid component. A [`ComponentRefusal`] lists every import that the host does not have, and
/// every missing export.
pub(super) fn inspect(wasm: &[u8], is_compiled: bool) -> Result<Inspected> {
    ensure!(
        wasmtime::Engine::detect_precompiled(wasm).is_none(),
        "this is a precompiled artefact: give the component itself, the host compiles it"
    );
    ensure!(wasm.starts_with(b"\0asm"), "this is not a WebAssembly component");
    let inspected = read(wasm)?;
    let mut problems = Vec::from_iter(foreign_imports(&inspected));
    let mut validator = Validator::new_with_features(features());
    let types = if is_compiled { without_code(&mut validator, wasm) } else { validator.validate_all(wasm).map(Some) };
    match types {
        Ok(Some(types)) => join(types.as_ref(), &inspected, &mut problems),
        Ok(None) => problems.push("the component has no end".to_owned()),
        Err(error) if problems.is_empty() => return Err(error.into()),
        Err(_) => {}
    }
    if problems.is_empty() { Ok(inspected) } else { Err(ComponentRefusal::new("", problems).into()) }
}

/// Reads names, SDK version and needs, without validation.
fn read(wasm: &[u8]) -> Result<Inspected> {
    let mut depth = 0_usize;
    let needs = Needs::of_file(wasm.len());
    let mut inspected = Inspected { sdk_version: None, imports: Vec::new(), exports: Vec::new(), needs };
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        inspected.needs.add(&payload)?;
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
                    inspected.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    inspected.exports.push(export?.name.name.to_owned());
                }
            }
            Payload::CustomSection(section) if section.name() == SDK_VERSION => {
                let version = str::from_utf8(section.data()).ok().filter(|v| is_version(v));
                inspected.sdk_version = version.map(str::to_owned);
            }
            _ => {}
        }
    }
    Ok(inspected)
}

/// The sentence about imports that the host does not have in any version.
fn foreign_imports(inspected: &Inspected) -> Option<String> {
    let foreign: Vec<_> = inspected.imports.iter().filter(|name| is_foreign(name)).map(|n| format!("`{n}`")).collect();
    (!foreign.is_empty()).then(|| {
        format!(
            "the component imports {}, which this host does not offer: an integration has {PACKAGE}@{} and a WASI without \
             files and sockets",
            listed(&foreign),
            CONTRACT.version
        )
    })
}

/// The features of WebAssembly that the engine has (`engine/configuration.rs`). The host refuses a component with other
/// features here, before compilation, with a clear reason.
fn features() -> WasmFeatures {
    WasmFeatures::default()
        - WasmFeatures::MEMORY64
        - WasmFeatures::MULTI_MEMORY
        - WasmFeatures::RELAXED_SIMD
        - WasmFeatures::TAIL_CALL
        - WasmFeatures::THREADS
}

/// Validates everything except the code of functions.
fn without_code(validator: &mut Validator, wasm: &[u8]) -> wasmparser::Result<Option<Types>> {
    let mut last = None;
    for payload in Parser::new(0).parse_all(wasm) {
        // The ends of inner modules and components come before its own.
        if let ValidPayload::End(types) = validator.payload(&payload?)? {
            last = Some(types);
        }
    }
    Ok(last)
}

fn is_version(text: &str) -> bool {
    (1..=SDK_VERSION_BYTES).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Splits a name such as `mortise:integration/context@0.1.0`.
fn parts(name: &str) -> Option<(&str, Version)> {
    let (interface, version) = name.split_once('@')?;
    Some((interface, version.parse().ok()?))
}

/// The interface's own name and its version, if it belongs to the contract's package.
pub(super) fn of_contract(name: &str) -> Option<(&str, Version)> {
    let (interface, version) = parts(name)?;
    Some((interface.strip_prefix(PACKAGE)?.strip_prefix('/')?, version))
}

fn wasi(name: &str) -> Option<&'static [&'static str]> {
    let (interface, version) = parts(name)?;
    let known = WASI.iter().find(|(known, _)| *known == interface && version.fits(Version::WASI));
    known.map(|(_, functions)| *functions)
}

/// Whether the host does not have this interface in any version.
fn is_foreign(name: &str) -> bool {
    of_contract(name).is_none() && wasi(name).is_none()
}

/// Compares the imports and exports of a component with those of the host.
fn join(types: TypesRef<'_>, inspected: &Inspected, problems: &mut Vec<String>) {
    let Inspected { imports, exports, .. } = inspected;
    let imported = |name: &str| Some(&types.component_item_for_import(name)?.ty);
    let exported = |name: &str| Some(&types.component_item_for_export(name)?.ty);
    let interface = |entity: Option<&ComponentEntityType>| match entity {
        Some(ComponentEntityType::Instance(id)) => types.get(*id).map(|instance| shape::interface(types, instance)),
        _ => None,
    };
    let mut other_versions: BTreeMap<Version, Vec<String>> = BTreeMap::new();
    for name in imports {
        let found = interface(imported(name)).unwrap_or_default();
        if let Some((interface, version)) = of_contract(name) {
            if version.fits(CONTRACT.version) {
                import(name, interface, &found, version, problems);
            } else {
                let unknown = unknown_functions(interface, &found);
                let with = if unknown.is_empty() { String::new() } else { format!(" (with {})", listed(&unknown)) };
                other_versions.entry(version).or_default().push(format!("imports `{name}`{with}"));
            }
        } else if let Some(known) = wasi(name) {
            let missing: Vec<_> = quoted(found.functions.keys().filter(|function| !known.contains(&function.as_str())));
            if !missing.is_empty() {
                problems.push(format!(
                    "the component imports {} of `{name}`, which this host does not offer: build it with the tools that the \
                     SDK names",
                    listed(&missing)
                ));
            }
        }
    }
    for wanted in &CONTRACT.exports {
        let all = exports.iter().filter_map(|name| Some((name, of_contract(name)?)));
        let mut all = all.filter(|(_, (interface, _))| interface == wanted);
        let found = all.clone().find(|(_, (_, version))| version.fits(CONTRACT.version));
        match (found, all.next()) {
            (Some((name, _)), _) => {
                export(name, wanted, &interface(exported(name)).unwrap_or_default(), problems);
            }
            (None, Some((name, (_, version)))) => {
                other_versions.entry(version).or_default().push(format!("exports `{name}`"));
            }
            (None, None) => problems.push(format!(
                "the component does not export `{PACKAGE}/{wanted}@{}`, which the host calls",
                CONTRACT.version
            )),
        }
    }
    for (version, uses) in other_versions {
        problems.push(format!(
            "the component {}: this host has contract {}, {}",
            listed(&uses),
            CONTRACT.version,
            CONTRACT.remedy(version)
        ));
    }
}

/// Checks an imported interface of the contract, in a version that fits.
fn import(name: &str, interface: &str, found: &Interface, version: Version, problems: &mut Vec<String>) {
    let Some(known) = CONTRACT.interfaces.get(interface) else {
        problems.push(format!(
            "the component imports `{name}`, an interface that contract {} of this host does not have: {}",
            CONTRACT.version,
            CONTRACT.remedy(version)
        ));
        return;
    };
    let missing = unknown_functions(interface, found);
    if !missing.is_empty() {
        problems.push(format!(
            "the component imports {} of `{name}`, which contract {} of this host does not have: {}",
            listed(&missing),
            CONTRACT.version,
            CONTRACT.remedy(version)
        ));
    }
    problems.extend(shape::differences(name, found, known));
}

/// Checks an exported interface of the contract, in a version that fits.
fn export(name: &str, interface: &str, found: &Interface, problems: &mut Vec<String>) {
    let Some(known) = CONTRACT.interfaces.get(interface) else { return };
    let missing = quoted(known.functions.keys().filter(|function| !found.functions.contains_key(*function)));
    if !missing.is_empty() {
        problems.push(format!("the component exports `{name}` without {}, which the host calls", listed(&missing)));
    }
    problems.extend(shape::differences(name, found, known));
}

fn unknown_functions(interface: &str, found: &Interface) -> Vec<String> {
    let known = CONTRACT.interfaces.get(interface);
    quoted(found.functions.keys().filter(|name| known.is_some_and(|known| !known.functions.contains_key(*name))))
}

fn quoted<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    names.map(|name| format!("`{name}`")).collect()
}

/// Names for a sentence, at most [`LISTED`].
fn listed(names: &[String]) -> String {
    let mut text = names.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    if let Some(more) = names.len().checked_sub(LISTED).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
