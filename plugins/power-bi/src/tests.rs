use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, delete, get, page, post, put};
use serde_json::{Value, json};

use super::*;

const USERS: &str = "/groups/f089354e-8366-4e18-aea3-4cb4a3a50b48/users";
const APP: &str = "3d9b93c6-7b6d-4801-a491-1738910904fd";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).parameter("workspace", json!("f089354e-8366-4e18-aea3-4cb4a3a50b48"))
}

fn ada(right: &str) -> Value {
    json!({
        "identifier": "Ada@example.com", "emailAddress": "Ada@example.com", "principalType": "User", "groupUserAccessRight": right,
    })
}

fn app(right: &str) -> Value {
    json!({"identifier": APP, "principalType": "App", "groupUserAccessRight": right})
}

#[test]
fn an_update_says_whom_it_is_for_as_the_list_does() {
    for (id, roles, sent) in [
        ("ada@example.com", json!(["viewer"]), ada("Viewer")),
        ("Ada@example.com", json!([{"id": "Admin", "name": "Admin"}]), ada("Admin")),
        (APP, json!("Contributor"), app("Contributor")),
        // `remote_data` holds the right. The right in the list can be out of date.
        (APP, json!([]), json!({"identifier": APP, "principalType": "App"})),
    ] {
        let list = get(USERS).answers(200, json!({"value": [ada("Member"), app("Member")]}));
        let vendor = mock().on(list).on(put(USERS).json(sent.clone()).answers_bytes(200, ""));
        let user = vendor.update::<PowerBi>(id, json!({ "roles": roles })).unwrap().unwrap();
        assert_eq!(user.get("roles").map(|roles| &roles[0]["id"]), sent.get("groupUserAccessRight"));
    }
}

#[test]
fn an_update_names_the_profile_of_an_app_and_several_are_not_guessed_at() {
    let profile = |id: &str, right: &str| {
        let mut profile = app(right);
        profile["profile"] = json!({ "id": id });
        profile
    };
    let one = get(USERS).answers(200, json!({"value": [profile("p1", "Member")]}));
    let vendor = mock().on(one).on(put(USERS).json(profile("p1", "Viewer")).answers_bytes(200, ""));
    assert!(vendor.update::<PowerBi>(APP, json!({"roles": "Viewer"})).is_ok());
    let two = get(USERS).answers(200, json!({"value": [profile("p1", "Member"), profile("p2", "Member")]}));
    let error = mock().on(two).update::<PowerBi>(APP, json!({"roles": "Viewer"})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("id")));
}

#[test]
fn a_right_that_power_bi_does_not_know_is_refused_before_anything_is_sent() {
    for (roles, field) in [
        (json!(null), "roles"),
        (json!(["Owner"]), "roles[0]"),
        (json!(["None"]), "roles[0]"),
        (json!([{}]), "roles[0]"),
        (json!(["Admin", "Member"]), "roles[1]"),
    ] {
        let error = mock().update::<PowerBi>("ada@example.com", json!({ "roles": roles })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn who_gets_access_is_told_although_power_bi_tells_nothing() {
    let mut sent = ada("Viewer");
    sent["identifier"] = "ada@example.com".into();
    sent["emailAddress"] = "ada@example.com".into();
    let vendor = mock().on(post(USERS).json(sent).answers_bytes(200, ""));
    let body = json!({"emails": [{"email": "ada@example.com"}], "roles": "viewer"});
    let user = vendor.create::<PowerBi>(body).unwrap().unwrap();
    assert_eq!((&user["id"], &user["roles"][0]["name"]), (&json!("ada@example.com"), &json!("Viewer")));
}

#[test]
fn one_user_is_picked_from_the_list() {
    let vendor = mock().on(get(USERS).answers(200, json!({"value": [app("Admin"), ada("Member")]})));
    for (id, found) in [("ada@EXAMPLE.com", Some("User")), (APP, Some("App")), ("bo@example.com", None)] {
        match (vendor.get::<PowerBi>(id), found) {
            (Ok(user), Some(kind)) => assert_eq!(user.unwrap()["user_type"], kind),
            (Err(error), None) => assert_eq!(error.kind(), FailureKind::NotFound),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_list_is_of_people() {
    let rows = json!({"value": [app("Admin"), ada("Member"), {"identifier": "bo@example.com"}]});
    let listed = mock().on(get(USERS).answers(200, rows)).list::<PowerBi>(&page(100)).unwrap();
    assert_eq!(listed.rows.len(), 2);
}

#[test]
fn an_address_is_one_segment_of_a_deletion() {
    let vendor = mock().on(delete(&format!("{USERS}/ada%40example.com")).answers_bytes(200, ""));
    assert!(vendor.delete::<PowerBi>("ada@example.com").is_ok());
}
