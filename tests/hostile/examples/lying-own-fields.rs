//! Declares types of its own fields in wrong places: two types for one field, a type in a deletion, a type of a field
//! that no answer has, a field of the model in an operation without a body, and a field without a type.
#![cfg(target_family = "wasm")]

use mortise_hostile::{FieldSupport, lie, puppet, writable};

lie!(|declared| {
    let mut declared = puppet::declare(declared);
    let own = |name, json_type: &str| FieldSupport { json_type: Some(json_type.to_owned()), ..writable(name) };
    for operation in &mut declared.operations {
        match operation.operation.as_str() {
            "create-user" => operation.request.push(own("badge", "string")),
            "update-user" => operation.request.push(own("badge", "integer")),
            "get-user" => operation.request.extend([own("desk", "string"), writable("name")]),
            "list-users" => operation.response.push("locker".to_owned()),
            _ => operation.request.push(own("seat", "string")),
        }
    }
    declared
});
