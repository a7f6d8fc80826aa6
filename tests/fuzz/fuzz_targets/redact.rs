//! No secret is left in an answer, in any spelling that the oracle knows, for a whole text and for a text in pieces.
//! Input: two secrets and a text, each on one line. A control character in the text stands for a spelling of the first
//! secret (`spelled` in the oracle).
#![no_main]

#[path = "../../../host/policy/tests/oracle/redact.rs"]
mod oracle;

libfuzzer_sys::fuzz_target!(|text: &str| oracle::check(text));
