use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, get, patch};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

#[test]
fn a_role_is_a_number_or_one_that_every_instance_has() {
    for (role, number) in [
        (json!("Admin"), 1),
        (json!([{"name": "participant"}]), 4),
        (json!([{"id": 5}]), 5),
        (json!([{"id": "1234", "name": "Analyst"}]), 1234),
        (json!([{"id": "own", "name": "Social"}]), 5),
    ] {
        let vendor = mock().on(patch("/users/7").json(json!({ "roleId": number })).answers(200, json!({"id": 7})));
        vendor.update::<Domo>("7", json!({ "roles": role })).unwrap();
    }
    for (roles, field) in
        [(json!(["Owner"]), "roles[0]"), (json!(null), "roles"), (json!(["Admin", "Editor"]), "roles[1]")]
    {
        let error = mock().update::<Domo>("7", json!({ "roles": roles })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn nobody_is_created_without_an_address_or_a_role() {
    for (emails, roles, field) in
        [(json!([]), json!(["Admin"]), "emails"), (json!([{"email": "a@b.c"}]), json!([]), "roles")]
    {
        let error = mock().create::<Domo>(json!({"name": "Ada", "emails": emails, "roles": roles})).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn a_role_of_the_instance_has_no_name_that_is_known() {
    for (role, roles) in [(json!(5), json!([{"id": "5", "name": "Social"}])), (json!("77"), json!([{"id": "77"}]))] {
        let answer = json!({"users": [{"id": 7, "roleId": role, "displayName": null, "emailAddress": ""}]});
        let vendor = mock().on(get("/users/7").query("parts", "DETAILED").answers(200, answer));
        assert_eq!(vendor.get::<Domo>("7"), Ok(Some(json!({"id": "7", "roles": roles}))));
    }
}

#[test]
fn an_empty_list_says_that_there_is_no_such_user() {
    let vendor = mock().on(get("/users/7").query("parts", "DETAILED").answers(200, json!({"users": []})));
    assert_eq!(vendor.get::<Domo>("7").unwrap_err().kind(), FailureKind::NotFound);
    assert_eq!(mock().get::<Domo>("ada").unwrap_err().kind(), FailureKind::NotFound);
}
