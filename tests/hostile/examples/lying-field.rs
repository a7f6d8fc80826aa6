//! Declares a field that its category does not have, and gives no JSON type for it.
#![cfg(target_family = "wasm")]

use mortise_hostile::{lie, writable};

lie!(|declared| {
    let mut declared = declared;
    declared.operations[0].request.push(writable("shoe_size"));
    declared
});
