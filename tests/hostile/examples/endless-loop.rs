//! Never comes back and calls nobody.
#![cfg(target_family = "wasm")]

mortise_hostile::attack!(|_| loop {
    core::hint::spin_loop();
});
