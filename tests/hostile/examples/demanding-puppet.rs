//! Like [`puppet`], but requires parameters for lists and deletions. No shell can have their names as variables.
#![cfg(target_family = "wasm")]

use mortise_hostile::{attack, create, puppet};

attack!(create, |declared| {
    let mut declared = puppet::declare(declared);
    let required = ["created_at[gte]", "sort_by[name]", "reassign_to"];
    let query = declared.operations.iter_mut().flat_map(|operation| &mut operation.query);
    for parameter in query.filter(|parameter| required.contains(&parameter.field.as_str())) {
        parameter.level = "required".to_owned();
    }
    declared
});
