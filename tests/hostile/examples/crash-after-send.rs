//! Sends the primary request and traps once the vendor has answered.
#![cfg(target_family = "wasm")]

mortise_hostile::attack!(|call| {
    mortise_hostile::create(call)?;
    core::arch::wasm32::unreachable()
});
