//! Loops for ever in its initialiser, before the host can call any export.
#![cfg(target_family = "wasm")]

#[used]
#[unsafe(link_section = ".init_array")]
static SPIN: extern "C" fn() = spin;

extern "C" fn spin() {
    loop {
        core::hint::spin_loop();
    }
}

mortise_hostile::attack!(mortise_hostile::create);
