//! Takes memory until the host refuses, and then goes on asking: one page at a time. Or by `name`: `small` makes many
//! small allocations, `large` asks for 1 GiB at once.
#![cfg(target_family = "wasm")]

use mortise_hostile::{attack, memory, report};

attack!(|call| match call.name.as_str() {
    "small" => {
        let mut kept = Vec::new();
        loop {
            kept.push(Box::new([1u8; 24]));
        }
    }
    "large" => report(format!("large: {}", memory::grow(16_384).is_some())),
    _ => loop {
        if let Some(page) = memory::grow(1) {
            page[0] = 1;
        }
    },
});
