//! The end of a declared host stays, for every value of a variable. An override is a base, and nothing more. Input: the
//! declaration (also read as an override), then one value on each line.
#![no_main]

#[path = "../../../host/policy/tests/oracle/origin.rs"]
mod oracle;

libfuzzer_sys::fuzz_target!(|text: &str| oracle::check(text));
