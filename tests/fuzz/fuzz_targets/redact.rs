//! No secret is left in an answer, in any spelling that the oracle knows, whole or in pieces. Input: two secrets and a text, a line each;
//! a control character in the text stands for a spelling of the first secret (`spelled` of the oracle).
#![no_main]

#[path = "../../../host/policy/tests/oracle/redact.rs"]
mod oracle;

libfuzzer_sys::fuzz_target!(|text: &str| oracle::check(text));
