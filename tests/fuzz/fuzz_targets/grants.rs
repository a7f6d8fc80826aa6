//! Grants agree with set logic. Input, one on each line: the component's digest, the granted digest (empty: no grant),
//! then `d origin` (declared), `g origin` (granted), `s header` (declared) and `h header` (granted).
#![no_main]

#[path = "../../../host/policy/tests/oracle/grant.rs"]
mod oracle;

libfuzzer_sys::fuzz_target!(|text: &str| oracle::check(text));
