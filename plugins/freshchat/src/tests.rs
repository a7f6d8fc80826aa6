use mortise_sdk::mock::{Mock, post, put};
use mortise_sdk::{Kind, Level, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::Ticketing)
}

/// The ticketing user that Freshchat's `answer` to an update becomes.
fn read(answer: Value) -> Value {
    mock().on(put("/agents/7").answers(200, answer)).update::<Freshchat>("7", json!({})).unwrap().unwrap()
}

#[test]
fn nothing_is_required() {
    for support in Freshchat::capabilities().operations {
        assert!(support.request.iter().all(|field| field.level != Level::Required));
    }
}

#[test]
fn a_name_is_split_for_what_is_not_given_in_parts() {
    for (given, first_name, last_name) in [
        (json!({"name": "Ada Mary Example"}), json!("Ada Mary"), json!("Example")),
        (json!({"name": "Ada Example", "first_name": "A."}), json!("A."), json!("Example")),
        (json!({"name": "Ada King", "first_name": "Ada", "last_name": "Example"}), json!("Ada"), json!("Example")),
    ] {
        let agent = json!({"email": "ada@example.com", "first_name": first_name, "last_name": last_name});
        let mut body = given;
        body["emails"] = json!([{"email": "ada@example.com"}]);
        mock().on(post("/agents").json(agent).answers(200, json!({"id": "7"}))).create::<Freshchat>(body).unwrap();
    }
}

#[test]
fn no_agent_is_created_without_an_address_and_a_first_name() {
    let emails = json!([{"email": "ada@example.com"}]);
    for (body, field) in [
        (json!({"name": "Ada Example"}), "emails"),
        (json!({"name": "Ada Example", "emails": []}), "emails"),
        (json!({"last_name": "Example", "emails": emails}), "first_name"),
        (json!({"name": " ", "emails": emails}), "first_name"),
    ] {
        let error = mock().create::<Freshchat>(body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (Kind::InvalidInput, Some(field)));
    }
}

#[test]
fn an_absent_field_is_left_alone_and_only_groups_can_be_cleared() {
    for (change, sent) in [
        (json!({}), json!({})),
        (json!({"name": "Ada Example", "emails": []}), json!({})),
        (json!({"team_ids": null}), json!({"groups": []})),
        (json!({"team_ids": []}), json!({"groups": []})),
    ] {
        let vendor = mock().on(put("/agents/7").json(sent).answers(200, json!({"id": "7"})));
        vendor.update::<Freshchat>("7", change).unwrap();
    }
    for field in ["first_name", "last_name", "emails", "avatar"] {
        let error = mock().update::<Freshchat>("7", json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (Kind::InvalidInput, Some(field)));
    }
    let error = mock().create::<Freshchat>(json!({"name": null, "first_name": "Ada"})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (Kind::InvalidInput, Some("name")));
}

#[test]
fn whoever_is_deactivated_or_deleted_is_not_active() {
    for (is_deactivated, is_deleted, is_active) in [
        (json!(null), json!(null), true),
        (json!(false), json!(false), true),
        (json!(true), json!(false), false),
        (json!(null), json!(true), false),
    ] {
        let answer = json!({"id": "7", "is_deactivated": is_deactivated, "is_deleted": is_deleted});
        assert_eq!(read(answer), json!({"id": "7", "is_active": is_active}));
    }
}

#[test]
fn an_empty_part_of_a_name_leaves_no_blank() {
    for (first_name, last_name) in [("Ada", ""), ("", "Ada")] {
        let user = read(json!({"id": "7", "first_name": first_name, "last_name": last_name}));
        assert_eq!(user["name"], "Ada");
    }
}

#[test]
fn a_picture_or_a_role_may_be_half_told() {
    let user = read(json!({"id": "7", "avatar": {"url": null}, "role_id": "AGENT", "role_name": null}));
    assert_eq!(user, json!({"id": "7", "is_active": true, "roles": [{"id": "AGENT"}]}));
}
