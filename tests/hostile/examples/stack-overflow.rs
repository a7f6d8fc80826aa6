//! Recurses without end: on the host's stack, or with `name` `shadow` on the stack in its own linear memory.
#![cfg(target_family = "wasm")]

use core::hint::black_box;
use mortise_hostile::{attack, report};

/// Keeps its state in WebAssembly locals; the mixed operations keep the optimiser from making a loop of it.
#[inline(never)]
fn deep(n: u64) -> u64 {
    if n == u64::MAX { 0 } else { (deep(n + 1) ^ n).wrapping_mul(3) }
}

#[inline(never)]
fn shadow(n: u64) -> u64 {
    let kept = black_box([n; 512]);
    if n == u64::MAX { 0 } else { shadow(n + 1) ^ black_box(kept)[7] }
}

attack!(|call| match call.name.as_str() {
    "shadow" => report(shadow(call.name.len() as u64).to_string()),
    _ => report(deep(call.name.len() as u64).to_string()),
});
