//! Ends without an answer. `name` chooses the way: `panic`, `exit` (status 0), `exit-1`, `out-of-bounds`, otherwise
//! `unreachable`.
#![cfg(target_family = "wasm")]

use core::hint::black_box;
use mortise_hostile::{attack, report};

attack!(|call| match call.name.as_str() {
    "panic" => panic!("a panic with \u{1b}[31mcolour\r\nand a second line"),
    "exit" => std::process::exit(0),
    "exit-1" => std::process::exit(1),
    // SAFETY: none. The address is far beyond the end of memory on purpose.
    "out-of-bounds" => report(unsafe { black_box(0xffff_fff0 as *const u8).read_volatile() }.to_string()),
    _ => core::arch::wasm32::unreachable(),
});
