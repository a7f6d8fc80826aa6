use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, get, page, patch, post};
use serde_json::json;

use super::*;

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

fn joined(group: &str, status: u16) -> mortise_sdk::mock::Exchange {
    let add = json!([{"op": "add", "path": "members", "value": [{"value": "u7"}]}]);
    let change = json!({"schemas": [PATCH], "Operations": add});
    patch(&format!("/Groups/{group}")).json(change).answers(status, json!({"id": group, "displayName": "NOC"}))
}

#[test]
fn a_user_joins_the_groups_of_body_and_query_and_is_read_again() {
    let vendor = mock()
        .parameter("groups", json!([{"id": "g2"}]))
        .on(patch("/Users/u7").answers(200, json!({"id": "u7"})))
        .on(joined("g1", 200))
        .on(joined("g2", 200))
        .on(get("/Users/u7").answers(200, json!({"id": "u7", "groups": [{"value": "g1"}, {"value": "g2"}]})));
    let user = vendor.update::<BigPanda>("u7", json!({"name": "Ada", "groups": [{"id": "g1"}]})).unwrap().unwrap();
    assert_eq!(user["groups"], json!([{"id": "g1", "name": "g1"}, {"id": "g2", "name": "g2"}]));
    let primary: Vec<_> = vendor.requests().iter().map(|request| request.primary).collect();
    assert_eq!(primary, [true, false, false, false]);
}

#[test]
fn of_a_user_who_only_joins_groups_nothing_else_is_changed() {
    let vendor = mock()
        .on(get("/Users/u7").answers(200, json!({"id": "u7"})))
        .on(joined("g1", 200))
        .on(get("/Users/u7").answers(200, json!({"id": "u7"})));
    vendor.update::<BigPanda>("u7", json!({"groups": [{"id": "g1"}]})).unwrap();
}

#[test]
fn a_failure_says_what_is_done_by_then() {
    let body = json!({"username": "ada@example.com", "groups": [{"id": "g1"}, {"id": "g2"}]});
    let vendor =
        mock().on(post("/Users").answers(201, json!({"id": "u7"}))).on(joined("g1", 200)).on(joined("g2", 404));
    let error = vendor.create::<BigPanda>(body).unwrap_err();
    assert_eq!(error.message(), "user u7 is created, the user is in group g1");
}

#[test]
fn a_call_names_no_more_groups_than_it_has_requests_for() {
    let groups: Vec<_> = (0..15).map(|id| json!({"id": id})).collect();
    for groups in [json!(groups), json!(null)] {
        let error = mock().update::<BigPanda>("u7", json!({"groups": groups})).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("groups")));
    }
}

#[test]
fn a_user_is_found_by_a_name_whatever_stands_in_it() {
    let request = get("/Users").query("filter", r#"userName eq "a\"b""#).query("startIndex", "1").query("count", "100");
    let vendor = mock().on(request.answers(200, json!({"totalResults": 0})));
    assert!(vendor.list::<BigPanda>(&page(100).by("username", "a\"b")).unwrap().rows.is_empty());
}

#[test]
fn a_deletion_deactivates() {
    let change = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "path": "active", "value": false}]});
    mock().on(patch("/Users/u7").json(change).answers(200, json!({"id": "u7"}))).delete::<BigPanda>("u7").unwrap();
}
