//! Has own fields in answers: `badge`, which an update writes, and `seat`, which is read-only. Otherwise like
//! [`puppet`].
#![cfg(target_family = "wasm")]

use mortise_hostile::{FieldSupport, lie, puppet, writable};

lie!(|declared| {
    let mut declared = puppet::declare(declared);
    let own = |name, json_type: &str| FieldSupport { json_type: Some(json_type.to_owned()), ..writable(name) };
    for operation in &mut declared.operations {
        match operation.operation.as_str() {
            "update-user" => operation.request.push(own("badge", "integer")),
            "get-user" => operation.request.push(own("seat", "object")),
            _ => {}
        }
        if ["get-user", "list-users"].contains(&operation.operation.as_str()) {
            operation.response.extend(["badge", "seat"].map(str::to_owned));
        }
    }
    declared
});
