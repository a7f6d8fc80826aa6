use mortise_sdk::mock::{Mock, delete, get, page, post, put};
use mortise_sdk::{Category, FailureKind, Level, Operation};
use serde_json::json;

use super::*;

const ID: &str = "61fbb2b7a5aa6b0d24c3e7d1";
const ROLE: &str = "60ab3c1f8d0e4a0012345678";

fn update(category: Category, change: Value, sent: Value) {
    let vendor = Mock::new(category).on(put(&format!("/users/{ID}")).json(sent).answers(200, json!({"_id": ID})));
    vendor.update::<Planhat>(ID, change).unwrap();
}

/// The ticketing user that Planhat's `answer` to an update becomes.
fn read(answer: Value) -> Value {
    let vendor = Mock::new(Category::Ticketing).on(put(&format!("/users/{ID}")).answers(200, answer));
    vendor.update::<Planhat>(ID, json!({})).unwrap().unwrap()
}

#[test]
fn four_fields_are_required_on_creation_and_none_on_update() {
    let capabilities = Planhat::capabilities();
    let required = |category, operation| {
        let support = capabilities.support(category, operation).unwrap();
        support.request.iter().filter(|f| f.level == Level::Required).map(|f| f.field).collect::<Vec<_>>()
    };
    let create = required(Category::Ticketing, Operation::CreateUser);
    assert_eq!(create, ["first_name", "last_name", "nick_name", "emails"]);
    assert!(required(Category::Ticketing, Operation::UpdateUser).is_empty());
    assert!(required(Category::Crm, Operation::UpdateUser).is_empty());
}

#[test]
fn an_absent_field_is_left_alone() {
    update(Category::Ticketing, json!({}), json!({}));
    update(Category::Ticketing, json!({"emails": []}), json!({}));
    update(Category::Crm, json!({"email": "a@x.io"}), json!({"email": "a@x.io"}));
}

#[test]
fn a_null_clears_roles_and_custom_fields() {
    update(Category::Ticketing, json!({"roles": null, "custom_fields": null}), json!({"roles": [], "custom": null}));
}

#[test]
fn what_planhat_insists_on_cannot_be_cleared() {
    for (category, field) in [
        (Category::Ticketing, "emails"),
        (Category::Ticketing, "first_name"),
        (Category::Ticketing, "last_name"),
        (Category::Ticketing, "nick_name"),
        (Category::Ticketing, "status"),
        (Category::Crm, "email"),
        (Category::Crm, "is_active"),
    ] {
        let error = Mock::new(category).update::<Planhat>(ID, json!({ field: null })).unwrap_err();
        assert_eq!(error.kind(), FailureKind::InvalidInput);
        assert_eq!(error.field().map(|name| category.name_for_caller(name)).as_deref(), Some(field));
    }
}

#[test]
fn the_activity_is_sent_as_its_opposite() {
    update(Category::Ticketing, json!({"status": "active"}), json!({"inactive": false}));
    update(Category::Ticketing, json!({"status": "inactive"}), json!({"inactive": true}));
    update(Category::Crm, json!({"is_active": true}), json!({"inactive": false}));
    update(Category::Crm, json!({"is_active": false}), json!({"inactive": true}));
}

#[test]
fn a_role_may_be_told_by_its_identifier_in_any_shape() {
    for roles in [json!(ROLE), json!([ROLE]), json!([{"id": ROLE}]), json!([{"name": ROLE}])] {
        update(Category::Ticketing, json!({ "roles": roles }), json!({ "roles": [ROLE] }));
    }
}

#[test]
fn a_role_without_a_word_takes_no_other_away() {
    for roles in [json!([{}]), json!([{"id": null, "name": null}])] {
        let error = Mock::new(Category::Ticketing).update::<Planhat>(ID, json!({ "roles": roles })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("roles[0]")));
    }
}

#[test]
fn a_role_is_read_as_an_identifier_or_an_object() {
    let roles = json!([ROLE, 1, {"_id": "2", "name": "Admin", "description": ""}, {"_id": 3}, {"name": "Guest"}]);
    let expected = json!([{"id": ROLE}, {"id": "1"}, {"id": "2", "name": "Admin"}, {"id": "3"}, {"name": "Guest"}]);
    assert_eq!(read(json!({"_id": ID, "roles": roles}))["roles"], expected);
}

#[test]
fn the_name_is_put_together_from_what_there_is() {
    for (answer, name) in [
        (json!({"_id": ID, "firstName": "Ada", "lastName": "Example", "nickName": "A"}), Some("Ada Example")),
        (json!({"_id": ID, "firstName": "Ada", "nickName": "A"}), Some("Ada")),
        (json!({"_id": ID, "nickName": "A"}), Some("A")),
        (json!({"_id": ID, "nickName": ""}), None),
        (json!({"_id": ID}), None),
    ] {
        assert_eq!(read(answer).get("name").and_then(Value::as_str), name);
    }
}

#[test]
fn who_is_inactive_or_removed_is_not_active() {
    for (inactive, removed, is_active) in [
        (json!(false), json!(false), true),
        (json!(null), json!(null), true),
        (json!(true), json!(false), false),
        (json!(false), json!(true), false),
    ] {
        let user = read(json!({"_id": ID, "inactive": inactive, "removed": removed}));
        assert_eq!(user["is_active"], json!(is_active));
    }
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let expected = json!({"id": "7", "is_active": true});
    assert_eq!(read(json!({"_id": 7})), expected);
    let nulls = json!({"_id": "7", "email": null, "nickName": null, "firstName": null, "roles": null, "createdAt": null,
        "createDate": null, "updatedAt": null});
    assert_eq!(read(nulls), expected);
    assert_eq!(read(json!({"_id": "7", "roles": []}))["roles"], json!([]));
}

#[test]
fn the_older_creation_time_serves_where_the_newer_is_missing() {
    let user = read(json!({"_id": ID, "createDate": "2024-02-03T10:00:00.000Z"}));
    assert_eq!(user["created_at"], "2024-02-03T10:00:00.000Z");
}

#[test]
fn a_vendor_error_becomes_a_vendor_failure() {
    let body = json!({"first_name": "A", "last_name": "B", "nick_name": "C", "emails": [{"email": "a@x.io"}]});
    for (status, text) in [(400, r#"{"error":"duplicate key"}"#), (403, "forbidden"), (429, "")] {
        let vendor = Mock::new(Category::Ticketing).on(post("/users").answers_bytes(status, text));
        assert_eq!(vendor.create::<Planhat>(body.clone()).unwrap_err().kind(), FailureKind::Vendor);
    }
}

#[test]
fn a_page_that_is_full_is_not_the_last() {
    for category in [Category::Ticketing, Category::Crm] {
        let request = get("/users").query("limit", "2").query("offset", "4");
        for (rows, next) in [(json!([{"_id": "7"}, {"_id": "8"}]), Some("6")), (json!([{"_id": "7"}]), None)] {
            let vendor = Mock::new(category).on(request.clone().answers(200, rows));
            assert_eq!(vendor.list::<Planhat>(&page(2).at("4")).unwrap().next.as_deref(), next);
        }
    }
}

#[test]
fn a_user_is_read_and_deleted_by_one_request() {
    let path = format!("/users/{ID}");
    let found = Mock::new(Category::Crm).on(get(&path).answers(200, json!({"_id": ID, "nickName": "Ada"})));
    assert_eq!(found.get::<Planhat>(ID).unwrap(), Some(json!({"id": ID, "name": "Ada", "is_active": true})));
    let deletion = delete(&path).without_body().answers(200, json!({"n": 1, "deletedCount": 1}));
    Mock::new(Category::Crm).on(deletion).delete::<Planhat>(ID).unwrap();
}
