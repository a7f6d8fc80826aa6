//! Declares one operation twice.
#![cfg(target_family = "wasm")]

use mortise_hostile::lie;

lie!(|declared| {
    let mut declared = declared;
    declared.operations[1] = declared.operations[0].clone();
    declared
});
