//! Declares a field that its category does not have, without a JSON type. Also declares own fields with the names of
//! other fields of the model, whose values would be lost from answers.
#![cfg(target_family = "wasm")]

use mortise_hostile::{FieldSupport, lie, writable};

lie!(|declared| {
    let mut declared = declared;
    let own = |name| FieldSupport { json_type: Some("string".to_owned()), ..writable(name) };
    declared.operations[0].request.extend([writable("shoe_size"), own("timezone"), own("etag"), own("shoe_colour")]);
    declared
});
