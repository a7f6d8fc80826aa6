//! The types of the SDKs for other languages, written from the same model.
//! `UPDATE=1 cargo test -p mortise-model --features schema --test languages` writes them again.
#![cfg(feature = "schema")]
#![allow(missing_docs, reason = "a test's name says what it checks")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests fail their test")]

mod python;
mod types;
mod typescript;
mod words;

use std::path::Path;

fn assert_current(file: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, expected).expect("writable");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == expected, "{file} differs from the model: run this test with UPDATE=1");
}

#[test]
fn the_types_for_typescript_are_those_of_the_model() {
    assert_current("js/src/model.d.ts", &typescript::objects(&types::read()));
}

#[test]
fn the_types_for_python_are_those_of_the_model() {
    assert_current("python/src/mortise_sdk/_model.py", &python::objects(&types::read()));
}

#[test]
fn the_words_for_typescript_are_those_of_the_contract() {
    assert_current("js/src/words.d.ts", &typescript::words(&words::read()));
}

#[test]
fn the_words_for_python_are_those_of_the_contract() {
    assert_current("python/src/mortise_sdk/_words.py", &python::words(&words::read()));
}
