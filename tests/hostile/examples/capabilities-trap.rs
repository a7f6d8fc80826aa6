//! Traps in `capabilities`.
#![cfg(target_family = "wasm")]

mortise_hostile::lie!(|_| core::arch::wasm32::unreachable());
