//! Traps in its initialiser, before the host can call any export.
#![cfg(target_family = "wasm")]

#[used]
#[unsafe(link_section = ".init_array")]
static TRAP: extern "C" fn() = trap;

extern "C" fn trap() {
    core::arch::wasm32::unreachable()
}

mortise_hostile::attack!(mortise_hostile::create);
