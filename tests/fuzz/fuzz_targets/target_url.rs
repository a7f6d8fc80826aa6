//! No text becomes a URL that leaves its origin. Input: the target, then one query parameter on each line
//! (`name=value`).
#![no_main]

#[path = "../../../host/policy/tests/oracle/target.rs"]
mod oracle;

libfuzzer_sys::fuzz_target!(|text: &str| oracle::check(text));
