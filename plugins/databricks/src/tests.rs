use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, get, page, patch, post};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("workspace", "dbc-1.cloud").variable("domain", "databricks.com")
}

const API: &str = "https://dbc-1.cloud.databricks.com/api/2.0/preview/scim/v2";

fn patch_op(operations: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

#[test]
fn active_counts_before_status_and_neither_can_be_cleared() {
    for (body, active) in [
        (json!({"status": "inactive"}), false),
        (json!({"status": "inactive", "active": true}), true),
        (json!({"active": false}), false),
    ] {
        let change = patch_op(json!([{"op": "replace", "path": "active", "value": active}]));
        let user = format!("{API}/Users/7");
        let vendor = mock().on(patch(&user).json(change).answers(200, json!({})));
        let vendor = vendor.on(get(&user).answers(200, json!({"id": "7", "active": active})));
        assert!(vendor.update::<Databricks>("7", body).is_ok());
    }
    for (body, field) in [(json!({"status": null}), "status"), (json!({"active": null}), "active")] {
        let error = mock().update::<Databricks>("7", body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn a_user_leaves_no_group_that_it_cannot_leave() {
    let user = format!("{API}/Users/7");
    let groups = json!([
        {"value": "1", "display": "users", "type": "direct"},
        {"value": "2", "display": "parents", "type": "indirect"},
        {"value": "3", "display": "analysts", "type": "direct"},
    ]);
    let known = json!({"id": "7", "groups": groups});
    let leaves = patch_op(json!([{"op": "remove", "path": "members[value eq \"7\"]"}]));
    let vendor = mock().on(get(&user).answers(200, known.clone()));
    let vendor = vendor.on(patch(&format!("{API}/Groups/3")).json(leaves).answers(204, json!(null)));
    vendor.on(get(&user).answers(200, known.clone())).update::<Databricks>("7", json!({"groups": null})).unwrap();
    // The user is to stay in all of its direct groups.
    let same = json!({"groups": [{"id": "1"}, {"id": "3"}]});
    let vendor = mock().on(get(&user).answers(200, known.clone())).on(get(&user).answers(200, known));
    assert!(vendor.update::<Databricks>("7", same).is_ok());
}

#[test]
fn a_group_is_known_by_its_identifier() {
    let error = mock().update::<Databricks>("7", json!({"groups": [{"name": "analysts"}]})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("groups[0].id")));
}

#[test]
fn a_new_user_signs_in_with_the_primary_address_unless_told_otherwise() {
    for (body, username) in [
        (json!({"emails": [{"email": "ada@example.com"}]}), "ada@example.com"),
        (json!({"emails": [{"email": "ada@example.com"}], "username": "ada@example.org"}), "ada@example.org"),
    ] {
        let new = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": username,
            "emails": [{"value": "ada@example.com", "type": "work", "primary": true}],
        });
        let vendor = mock().on(post(&format!("{API}/Users")).json(new).answers(201, json!({"id": "7"})));
        assert_eq!(vendor.create::<Databricks>(body), Ok(Some(json!({"id": "7"}))));
    }
}

#[test]
fn what_a_caller_looks_for_cannot_leave_its_place_in_the_filter() {
    let users = format!("{API}/Users");
    let filter = r#"userName eq "a\"b" and active eq false"#;
    let request = get(&users).query("filter", filter).query("sortBy", "userName").query("sortOrder", "descending");
    let request = request.query("startIndex", "3").query("count", "2");
    let vendor = mock().on(request.answers(200, json!({"totalResults": 2, "startIndex": 3})));
    let asked = page(2).at("2").by("username", "a\"b").by("status", "inactive").sorted("username", true);
    assert_eq!(vendor.list::<Databricks>(&asked).unwrap().next, None);
}

#[test]
fn a_workspace_is_on_one_of_databricks_clouds() {
    let vendor =
        Mock::new(Category::UserDirectory).variable("workspace", "adb-1.7").variable("domain", "azuredatabricks.net");
    let user =
        get("https://adb-1.7.azuredatabricks.net/api/2.0/preview/scim/v2/Users/7").answers(200, json!({"id": "7"}));
    assert_eq!(vendor.clone().on(user).get::<Databricks>("7"), Ok(Some(json!({"id": "7"}))));
    assert_eq!(
        vendor.variable("domain", "example.com").get::<Databricks>("7").unwrap_err().kind(),
        FailureKind::InvalidInput
    );
}
