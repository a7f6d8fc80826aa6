use mortise_sdk::mock::{Mock, get, patch, post};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("server", "acme")
}

fn account(groups: Value) -> Value {
    json!({"username": "ada", "groups": groups, "status": "enabled"})
}

#[test]
fn groups_become_what_is_wanted_by_one_request() {
    let user = get("/v2/users/ada").answers(200, account(json!(["dev", "readers"])));
    let groups = patch("/v2/users/ada/groups").json(json!({"add": ["ops"], "remove": ["readers"]}));
    let vendor = mock().on(user.clone()).on(groups.answers(200, json!({}))).on(user.clone());
    vendor.update::<JFrog>("ada", json!({"groups": [{"id": "dev"}, {"name": "ops"}]})).unwrap();
    let none = patch("/v2/users/ada/groups").json(json!({"add": [], "remove": ["dev", "readers"]}));
    let vendor = mock().on(user.clone()).on(none.answers(200, json!({}))).on(user.clone());
    vendor.update::<JFrog>("ada", json!({"groups": null})).unwrap();
    // The user is in all of the wanted groups already.
    let same = json!({"groups": [{"id": "readers"}, {"id": "dev"}]});
    assert!(mock().on(user.clone()).on(user).update::<JFrog>("ada", same).is_ok());
}

#[test]
fn a_status_is_written_by_scim() {
    for (status, active) in [("active", true), ("inactive", false)] {
        let change = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": active}],
        });
        let vendor = mock().on(patch("/v1/scim/v2/Users/ada").json(change).answers(200, json!({"id": "ada"})));
        let vendor = vendor.on(get("/v2/users/ada").answers(200, account(json!([]))));
        assert!(vendor.update::<JFrog>("ada", json!({ "status": status })).is_ok());
    }
}

#[test]
fn what_jfrog_cannot_be_without_is_not_cleared() {
    for field in ["emails", "password", "status"] {
        let error = mock().update::<JFrog>("ada", json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn who_has_no_password_signs_in_otherwise() {
    let body =
        |password: Value| json!({"username": "ada", "emails": [{"email": "ada@example.com"}], "password": password});
    for (password, sent) in [
        (json!("pass-example"), json!({"username": "ada", "email": "ada@example.com", "password": "pass-example"})),
        (json!(null), json!({"username": "ada", "email": "ada@example.com", "internal_password_disabled": true})),
    ] {
        let vendor = mock().on(post("/v2/users").json(sent).answers(201, account(json!(["readers"]))));
        assert!(vendor.create::<JFrog>(body(password)).is_ok());
    }
}

#[test]
fn a_status_is_one_of_ours() {
    for (theirs, ours) in
        [("enabled", "active"), ("disabled", "inactive"), ("locked", "inactive"), ("invited", "invited")]
    {
        let vendor = mock().on(get("/v2/users/ada").answers(200, json!({"username": "ada", "status": theirs})));
        assert_eq!(vendor.get::<JFrog>("ada").unwrap().unwrap()["status"], ours);
    }
    let vendor =
        mock().on(get("/v2/users/ada").answers(200, json!({"username": "ada", "email": null, "groups": null})));
    assert_eq!(vendor.get::<JFrog>("ada"), Ok(Some(json!({"id": "ada", "name": "ada", "username": "ada"}))));
}
