//! No spelling of a refused header passes, in either direction. Input: name, line break, value.
#![no_main]

#[path = "../../../host/policy/tests/oracle/headers.rs"]
mod oracle;

libfuzzer_sys::fuzz_target!(|text: &str| oracle::check(text));
