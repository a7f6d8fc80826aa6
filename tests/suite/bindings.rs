//! The Rust bindings of the contract, which `wit-bindgen` writes and the SDK holds, so that an author's first build needs no generator.
//! `UPDATE=1 cargo test -p mortise -p mortise-tests --test suite bindings` writes them again.

use mortise_tests::hostile;
use wit_bindgen_core::wit_parser::Resolve;
use wit_bindgen_core::{Files, WorldGenerator as _};
use wit_bindgen_rust::Opts;

/// The bindings, formatted, in the module that `mortise_sdk::export!` names.
fn generated() -> Vec<u8> {
    let mut resolve = Resolve::default();
    let contract = hostile::root().join("wit/integration.wit");
    let (package, _) = resolve.push_path(contract).expect("the contract can be read");
    let world = resolve.select_world(&[package], Some("integration")).expect("the contract has a world");
    let options = Opts {
        format: true,
        pub_export_macro: true,
        default_bindings_module: Some("mortise_sdk::bindings".to_owned()),
        ..Opts::default()
    };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files).expect("the contract has bindings");
    let (_, bindings) = files.iter().next().expect("one file");
    bindings.to_vec()
}

#[test]
fn the_bindings_of_the_sdk_are_those_of_the_contract() {
    let path = hostile::root().join("sdk/src/bindings.rs");
    let expected = generated();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &expected).expect("writable");
    }
    let written = std::fs::read(&path).unwrap_or_default();
    assert!(written == expected, "sdk/src/bindings.rs differs from the contract: run this test with UPDATE=1");
}
