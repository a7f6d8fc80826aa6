//! Declares parameters of reads, lists and deletions as ignored, and an own parameter of a list: the host would not do
//! what the caller requests.
#![cfg(target_family = "wasm")]

use mortise_hostile::{FieldSupport, lie, puppet, writable};

lie!(|declared| {
    let mut declared = puppet::declare(declared);
    let ignored = |name: &str| FieldSupport { level: "ignored".to_owned(), ..writable(name) };
    let own = FieldSupport { json_type: Some("string".to_owned()), ..writable("shift") };
    for operation in &mut declared.operations {
        operation.query = match operation.operation.as_str() {
            "get-user" => vec![ignored("user_id")],
            "list-users" => vec![ignored("email"), ignored("group_id"), own.clone()],
            "delete-user" => vec![ignored("force")],
            _ => vec![],
        };
    }
    declared
});
