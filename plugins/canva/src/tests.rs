use mortise_sdk::mock::{Mock, get, page, patch, post};
use mortise_sdk::{FailureKind, Value};

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

fn change(operations: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

/// The user that Canva's `answer` becomes.
fn read(answer: Value) -> Value {
    mock().on(get("/Users/U7").answers(200, answer)).get::<Canva>("U7").unwrap().unwrap()
}

#[test]
fn canvas_own_attributes_stand_in_for_the_standards_lists() {
    let body =
        json!({"emails": [{"email": "a@b.c"}], "languages": ["en_AU", "en"], "roles": ["Admin"], "avatar": null});
    let operations = json!([
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@b.c"},
        {"op": "remove", "path": "photos[type eq \"photo\"].value"},
        {"op": "replace", "path": "locale", "value": "en_AU"},
        {"op": "replace", "path": "role", "value": "Admin"},
    ]);
    let vendor = mock().on(patch("/Users/U7").json(change(operations)).answers(200, json!({"id": "U7"})));
    vendor.update::<Canva>("U7", body).unwrap();
}

#[test]
fn a_user_is_created_with_one_address() {
    let sent = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "locale": "en",
        "emails": [{"value": "d@e.f", "type": "work", "primary": true}]});
    let vendor = mock().on(post("/Users").json(sent).answers(201, json!({"id": "U7"})));
    let emails = json!([{"email": "a@b.c"}, {"email": "d@e.f", "is_primary": true}]);
    vendor.create::<Canva>(json!({"username": "ada", "emails": emails, "languages": ["en"]})).unwrap();
}

#[test]
fn groups_of_body_and_query_are_joined_and_a_failure_says_what_is_done() {
    let join = change(json!([{"op": "add", "path": "members", "value": [{"value": "U7"}]}]));
    let joined = |group: &str, status| patch(&format!("/Groups/{group}")).json(join.clone()).answers(status, json!({}));
    let asked = mock().parameter("groups", json!([{"id": "G2"}]));
    let vendor = asked
        .clone()
        .on(joined("G1", 200))
        .on(joined("G2", 200))
        .on(get("/Users/U7").answers(200, json!({"id": "U7"})));
    let user = vendor.update::<Canva>("U7", json!({"groups": [{"id": "G1"}]})).unwrap();
    assert_eq!(user, Some(json!({"id": "U7"})));
    let primary: Vec<_> = vendor.requests().into_iter().map(|request| request.primary).collect();
    assert_eq!(primary, [false, false, true], "`remote_data` and `raw` are of the user, and not of a group");
    let vendor = asked.on(patch("/Users/U7").answers(200, json!({"id": "U7"}))).on(joined("G2", 404));
    let error = vendor.update::<Canva>("U7", json!({"title": "Designer"})).unwrap_err();
    assert_eq!((error.kind(), error.message()), (FailureKind::Vendor, "the user is changed"));
}

#[test]
fn what_canva_cannot_take_is_the_callers_mistake_and_nothing_is_sent() {
    for (body, field) in [
        (json!({"emails": null}), "emails"),
        (json!({"roles": null}), "roles"),
        (json!({"roles": ["Admin", "Staff"]}), "roles[1]"),
        (json!({"groups": null}), "groups"),
        (json!({"groups": [{"name": "Design"}]}), "groups[0].id"),
        (json!({"groups": (0..16).map(|id| json!({ "id": id })).collect::<Vec<_>>()}), "groups"),
    ] {
        let error = mock().update::<Canva>("U7", body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn a_role_is_a_word_and_what_is_missing_or_null_is_nothing() {
    let nothing = json!({"id": "U7"});
    for told in [json!({"id": "U7"}), json!({"id": "U7", "role": null, "locale": "", "name": null, "meta": null})] {
        assert_eq!(read(told), nothing);
    }
    let user = read(json!({"id": "U7", "role": "Admin", "locale": "en_AU", "active": "false"}));
    assert_eq!((&user["roles"], &user["languages"]), (&json!([{"id": "Admin", "name": "Admin"}]), &json!(["en_AU"])));
    assert_eq!(user["status"], "inactive");
}

#[test]
fn a_filter_is_one_of_scim_with_its_text_escaped() {
    for (field, filter) in [("username", r#"userName eq "a\"b""#), ("external_id", r#"externalId eq "a\"b""#)] {
        let asked = get("/Users").query("filter", filter).query("startIndex", "1").query("count", "10");
        let vendor = mock().on(asked.answers(200, json!({"totalResults": 0})));
        assert!(vendor.list::<Canva>(&page(10).by(field, "a\"b")).unwrap().rows.is_empty());
    }
}

#[test]
fn a_deletion_deactivates() {
    let sent = change(json!([{"op": "replace", "path": "active", "value": false}]));
    mock().on(patch("/Users/U7").json(sent).answers(200, json!({"id": "U7"}))).delete::<Canva>("U7").unwrap();
}
