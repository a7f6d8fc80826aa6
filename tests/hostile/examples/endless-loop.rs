//! Never returns, and calls no function of the host.
#![cfg(target_family = "wasm")]

mortise_hostile::attack!(|_| loop {
    core::hint::spin_loop();
});
