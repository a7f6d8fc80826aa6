use mortise_sdk::mock::{Mock, delete, get, page, post, put};
use mortise_sdk::{FailureKind, Level, Operation, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::Ticketing).variable("user_id", "owner1").variable("workspace_id", "space1")
}

/// Asserts that `body` becomes the invitation `sent`.
fn invites(body: Value, sent: Value) {
    let request = post("/workspaces/space1/users").query("user_id", "owner1").json(sent);
    mock().on(request.answers(200, json!({"id": "7"}))).create::<Hive>(body).unwrap();
}

/// The user that Hive's `answer` to an update becomes.
fn read(answer: Value) -> Value {
    let vendor = mock().on(put("/users/7").query("user_id", "owner1").answers(200, answer));
    vendor.update::<Hive>("7", json!({})).unwrap().unwrap()
}

#[test]
fn the_address_is_required_on_creation_and_nothing_else_is() {
    for support in Hive::capabilities().operations {
        let required = support.request.iter().filter(|f| f.level == Level::Required).map(|f| f.field);
        let expected = if support.operation == Operation::CreateUser { vec!["emails"] } else { vec![] };
        assert_eq!(required.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_name_is_sent_whole_and_put_together_where_only_parts_are_given() {
    let emails = json!([{"email": "ada@example.com"}]);
    for (name, sent) in [
        (json!({}), None),
        (json!({"name": "Ada Example", "first_name": "A", "last_name": "E"}), Some("Ada Example")),
        (json!({"first_name": "Ada", "last_name": "Example"}), Some("Ada Example")),
        (json!({"first_name": null, "last_name": "Example"}), Some("Example")),
        (json!({"name": " ", "first_name": "Ada"}), Some("Ada")),
        (json!({"name": "", "first_name": ""}), None),
    ] {
        let (mut body, mut invitation) = (name, json!({"email": "ada@example.com"}));
        body["emails"] = emails.clone();
        if let Some(sent) = sent {
            invitation["fullName"] = sent.into();
        }
        invites(body, invitation);
    }
}

#[test]
fn a_list_without_an_address_invites_nobody() {
    for emails in [json!([]), json!([{"email": null}])] {
        let error = mock().create::<Hive>(json!({ "emails": emails })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("emails")));
    }
}

#[test]
fn a_name_cannot_be_cleared() {
    for field in ["first_name", "last_name"] {
        let error = mock().update::<Hive>("7", json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
    let error = mock().create::<Hive>(json!({"emails": [{"email": "a@x.io"}], "name": null})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("name")));
}

#[test]
fn a_part_of_the_name_that_is_not_given_is_not_sent() {
    let request = put("/users/7").query("user_id", "owner1").json(json!({"profile": {"lastName": "King"}}));
    mock().on(request.answers(200, json!({"id": "7"}))).update::<Hive>("7", json!({"last_name": "King"})).unwrap();
}

#[test]
fn without_a_part_of_the_name_no_profile_is_sent() {
    let request = put("/users/7").query("user_id", "owner1").json(json!({}));
    mock().on(request.answers(200, json!({"id": "7"}))).update::<Hive>("7", json!({"name": "Ada"})).unwrap();
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let nulls = json!({"id": "7", "fullName": null, "email": null, "profile": null});
    let empty = json!({"id": "7", "fullName": "", "email": "", "profile": {"firstName": "", "lastName": ""}});
    for answer in [nulls, empty, json!({"id": 7}), json!({"id": "7", "profile": {"firstName": null}})] {
        assert_eq!(read(answer), json!({"id": "7"}));
    }
}

#[test]
fn a_failure_under_a_status_of_success_is_a_failure() {
    let failed = json!({"error": 400, "message": "no such user", "id": "7"});
    let vendor = mock().on(put("/users/7").query("user_id", "owner1").answers(200, failed));
    assert_eq!(vendor.update::<Hive>("7", json!({})).unwrap_err().kind(), FailureKind::Refused);
}

#[test]
fn the_name_is_put_together_where_hive_does_not_tell_it() {
    let user = read(json!({"id": "7", "profile": {"firstName": "Ada", "lastName": "Example"}}));
    assert_eq!(user, json!({"id": "7", "name": "Ada Example", "first_name": "Ada", "last_name": "Example"}));
}

#[test]
fn an_identifier_cannot_leave_its_place_in_the_path() {
    let error = mock().update::<Hive>("7/../8", json!({"first_name": "Ada"})).unwrap_err();
    assert_eq!(error.kind(), FailureKind::InvalidInput);
}

#[test]
fn the_people_of_the_workspace_are_one_page() {
    let request = get("/workspaces/space1/users").query("user_id", "owner1");
    let vendor = mock().on(request.answers(200, json!([{"id": "7"}, {"id": "8", "email": "bo@example.com"}])));
    let listed = vendor.list::<Hive>(&page(100).by("email", "bo@example.com")).unwrap();
    assert_eq!((listed.rows.len(), listed.next), (2, None), "the host picks");
}

#[test]
fn a_user_is_read_alone_and_leaves_the_workspace_by_a_request_with_a_body() {
    let found = mock().on(get("/users/7").query("user_id", "owner1").answers(200, json!({"id": 7, "fullName": "Ada"})));
    assert_eq!(found.get::<Hive>("7").unwrap(), Some(json!({"id": "7", "name": "Ada"})));
    let left = delete("/workspaces/space1/users").query("user_id", "owner1").json(json!({"userId": "7"}));
    mock().on(left.clone().answers_bytes(204, "")).delete::<Hive>("7").unwrap();
    let kept = left.answers(200, json!({"error": 400, "message": "the owner stays"}));
    assert_eq!(mock().on(kept).delete::<Hive>("7").unwrap_err().kind(), FailureKind::Refused);
}
