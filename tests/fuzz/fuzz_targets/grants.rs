//! Grants agree with set logic. Input: the component's digest, the granted digest (empty: none), then `d origin` (declared),
//! `g origin` (granted), `s header` (declared) and `h header` (granted), one a line.
#![no_main]

#[path = "../../../host/policy/tests/oracle/grant.rs"]
mod oracle;

libfuzzer_sys::fuzz_target!(|text: &str| oracle::check(text));
