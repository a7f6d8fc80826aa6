use mortise_sdk::mock::{Mock, delete, get, page, post, put};
use mortise_sdk::{FailureKind, Level, Operation, Value};
use serde_json::json;

use super::*;

const MEMBERS: &str = "/projects/99/memberships";
const MEMBER: &str = "/projects/99/memberships/16200";

fn mock() -> Mock {
    Mock::new(Category::Ticketing).parameter("collections", json!([{"id": "99", "type": "project"}]))
}

/// The user that Tracker's `answer` to an update becomes.
fn read(answer: Value) -> Value {
    mock().on(put(MEMBER).answers(200, answer)).update::<PivotalTracker>("16200", json!({})).unwrap().unwrap()
}

#[test]
fn the_project_is_always_required_and_name_and_address_on_creation_only() {
    for support in PivotalTracker::capabilities().operations {
        let required = |fields: &[mortise_sdk::FieldSupport]| {
            fields.iter().filter(|f| f.level == Level::Required).map(|f| f.field).collect::<Vec<_>>()
        };
        let expected = if support.operation == Operation::CreateUser { vec!["name", "emails"] } else { vec![] };
        assert_eq!(required(&support.request), expected);
        assert_eq!(required(&support.query), ["collections"]);
    }
}

#[test]
fn initials_are_made_of_the_first_four_words_that_have_a_letter_or_digit() {
    for (name, expected) in [
        ("Ada Example", "AE"),
        ("ada", "A"),
        ("  Ada   (Ops) – Example ", "AOE"),
        ("Ada Bea Cleo Dora Example", "ABCD"),
        ("Ørsted Åse 3rd", "ØÅ3"),
    ] {
        assert_eq!(initials(name).as_deref(), Ok(expected), "{name:?}");
    }
}

#[test]
fn nobody_is_added_whose_name_gives_no_initials() {
    for name in ["!!!", "– –", " "] {
        let body = json!({"name": name, "emails": [{"email": "ada@example.com"}]});
        let error = mock().create::<PivotalTracker>(body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("name")), "{name:?}");
    }
}

#[test]
fn a_role_may_be_told_in_any_shape() {
    for roles in [
        json!("viewer"),
        json!(["viewer"]),
        json!([{"id": "viewer"}]),
        json!([{"name": "viewer"}]),
        json!([{"id": "7", "name": "viewer"}]),
    ] {
        let vendor = mock().on(put(MEMBER).json(json!({"role": "viewer"})).answers(200, json!({"id": 16200})));
        vendor.update::<PivotalTracker>("16200", json!({ "roles": roles })).unwrap();
    }
}

#[test]
fn a_role_that_tracker_does_not_have_and_a_second_one_are_refused() {
    for (roles, place) in [
        (json!("inactive"), "roles[0]"),
        (json!([{"id": "7", "name": "chief"}]), "roles[0]"),
        (json!([{}]), "roles[0]"),
        (json!(["owner", "viewer"]), "roles[1]"),
        (json!(null), "roles"),
    ] {
        let error = mock().update::<PivotalTracker>("16200", json!({ "roles": roles })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(place)));
    }
}

#[test]
fn no_role_makes_a_member_and_changes_nothing() {
    let answer = json!({"id": 16200});
    for roles in [json!({}), json!({"roles": []})] {
        let vendor = mock().on(put(MEMBER).json(json!({})).answers(200, answer.clone()));
        vendor.update::<PivotalTracker>("16200", roles.clone()).unwrap();

        let mut body = json!({"name": "Ada", "emails": [{"email": "ada@example.com"}]});
        body.as_object_mut().unwrap().extend(roles.as_object().unwrap().clone());
        let member = json!({"email": "ada@example.com", "name": "Ada", "initials": "A", "role": "member"});
        let vendor = mock().on(post(MEMBERS).json(member).answers(200, answer.clone()));
        vendor.create::<PivotalTracker>(body).unwrap();
    }
}

#[test]
fn the_project_is_found_among_other_collections() {
    let collections = json!([{"id": "main", "type": "workspace"}, {"id": 99, "type": "project"}]);
    let vendor = mock().parameter("collections", collections).on(put(MEMBER).answers(200, json!({"id": "16200"})));
    vendor.update::<PivotalTracker>("16200", json!({})).unwrap();
}

#[test]
fn anything_but_one_project_with_a_number_is_refused() {
    for collections in [
        json!([]),
        json!([{"id": "99", "type": "workspace"}]),
        json!([{"id": "main", "type": "project"}]),
        json!([{"id": "99", "type": "project"}, {"id": "100", "type": "project"}]),
        json!([{"type": "project"}]),
        json!([{"id": "99"}]),
        json!("99"),
    ] {
        let vendor = || mock().parameter("collections", collections.clone());
        let update = vendor().update::<PivotalTracker>("16200", json!({})).map(drop);
        let list = vendor().list::<PivotalTracker>(&page(100)).map(drop);
        for done in [update, list, vendor().delete::<PivotalTracker>("16200")] {
            let error = done.unwrap_err();
            assert_eq!(
                (error.kind(), error.field()),
                (FailureKind::InvalidInput, Some("collections")),
                "{collections}"
            );
        }
    }
}

#[test]
fn who_has_no_number_is_no_member() {
    for id in ["ada", "1.5", "-1", "../16200", ""] {
        let update = mock().update::<PivotalTracker>(id, json!({"roles": "owner"})).map(drop);
        for done in [update, mock().get::<PivotalTracker>(id).map(drop), mock().delete::<PivotalTracker>(id)] {
            assert_eq!(done.unwrap_err().kind(), FailureKind::NotFound, "{id:?}");
        }
    }
}

#[test]
fn an_address_is_needed_and_nothing_is_sent_without_one() {
    let error = mock().create::<PivotalTracker>(json!({"name": "Ada", "emails": []})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("emails")));
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let nobody = json!({"name": null, "email": null, "username": null});
    let nulls = json!({"id": "16200", "role": null, "person": null, "created_at": null, "updated_at": null});
    for answer in [nulls, json!({"id": 16200, "person": {}}), json!({"id": 16200, "person": nobody})] {
        assert_eq!(read(answer), json!({"id": "16200"}));
    }
}

#[test]
fn an_answer_tells_a_role_that_no_caller_can_ask_for() {
    let user = read(json!({"id": 16200, "role": "inactive"}));
    assert_eq!(user["roles"], json!([{"id": "inactive", "name": "inactive"}]));
}

#[test]
fn the_members_of_a_project_are_one_page_of_which_the_host_picks() {
    let members = json!([{"id": 16200, "person": {"name": "Ada"}}, {"id": "16201"}]);
    let listed = mock().on(get(MEMBERS).answers(200, members)).list::<PivotalTracker>(&page(1).by("name", "Ada"));
    let listed = listed.unwrap();
    assert_eq!((listed.rows.len(), &listed.rows[1]["id"], listed.next), (2, &json!("16201"), None));
}

#[test]
fn a_member_is_read_and_taken_out_of_the_project_by_one_request() {
    let found = mock().on(get(MEMBER).answers(200, json!({"id": 16200, "person": {"name": "Ada"}})));
    assert_eq!(found.get::<PivotalTracker>("16200").unwrap(), Some(json!({"id": "16200", "name": "Ada"})));
    mock().on(delete(MEMBER).without_body().answers_bytes(204, "")).delete::<PivotalTracker>("16200").unwrap();
}
