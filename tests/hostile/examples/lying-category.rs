//! Serves a category that does not exist.
#![cfg(target_family = "wasm")]

use mortise_hostile::lie;

lie!(|declared| {
    let mut declared = declared;
    declared.operations[0].category = "payroll".to_owned();
    declared
});
