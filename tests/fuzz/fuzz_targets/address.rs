//! Address classes agree with the list of ranges, and no spelling of a host hides an address. Input: 4 or 16 bytes are
//! an address and a host; all other inputs are a host only.
#![no_main]

#[path = "../../../host/policy/tests/oracle/address.rs"]
mod oracle;

use std::net::IpAddr;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        oracle::check(IpAddr::from(octets));
    }
    if let Ok(octets) = <[u8; 16]>::try_from(bytes) {
        oracle::check(IpAddr::from(octets));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        oracle::check_text(text);
    }
});
