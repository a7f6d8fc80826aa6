//! Never returns from `capabilities`.
#![cfg(target_family = "wasm")]

mortise_hostile::lie!(|_| loop {
    core::hint::spin_loop();
});
