//! Requires two orders of a list, which can have only one, and declares no words for one of them.
#![cfg(target_family = "wasm")]

use mortise_hostile::{lie, puppet, writable};

lie!(|declared| {
    let mut declared = puppet::declare(declared);
    for list in declared.operations.iter_mut().filter(|operation| operation.listing.is_some()) {
        list.query.push(writable("sort_by[created_at]"));
        for order in list.query.iter_mut().filter(|parameter| parameter.field.starts_with("sort_by[")) {
            order.level = "required".to_owned();
        }
    }
    declared
});
