use mortise_sdk::mock::{Mock, delete, get, page, put};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

const MEMBERSHIPS: &str = "/organizations/acme/memberships";
const ADA: &str = "5b02e7f4e1facdc393169f9d";
const MEMBER: &str = "/organizations/acme/members/5b02e7f4e1facdc393169f9d";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).parameter("organization_id", json!("acme"))
}

/// A Workspace with this single membership.
fn with(membership: Value) -> Mock {
    mock().on(get(MEMBERSHIPS).query("member", "true").answers(200, json!([membership])))
}

#[test]
fn a_role_is_one_of_two_types_of_membership() {
    for (role, sent) in [
        (json!("admin"), "admin"),
        (json!("Group_Admin"), "admin"),
        (json!({"id": "member"}), "normal"),
        (json!({"id": "7", "name": "Normal"}), "normal"),
        (json!({"name": "normal", "organization": "admin"}), "admin"),
        (json!({"name": "admin", "organization": "5abbe4b7ddc1b351ef961414"}), "admin"),
    ] {
        let vendor = with(json!({"idMember": ADA}));
        let vendor = vendor.on(put(MEMBER).query("type", sent).without_body().answers(200, json!({"id": ADA})));
        let user = vendor.update::<Trello>(ADA, json!({ "roles": [role] })).unwrap().unwrap();
        assert_eq!(user, json!({"id": ADA, "roles": [{"id": sent, "name": sent}]}));
    }
}

#[test]
fn what_trello_cannot_take_is_refused_before_anything_is_sent() {
    for (change, field) in [
        (json!({"roles": null}), "roles"),
        (json!({"roles": []}), "roles"),
        (json!({"roles": ["observer"]}), "roles[0]"),
        (json!({"roles": ["admin", "normal"]}), "roles[1]"),
    ] {
        let error = mock().update::<Trello>(ADA, change).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
    for (user, field) in [
        (json!({"name": "Ada", "emails": []}), "emails"),
        (json!({"name": " ", "emails": [{"email": "ada@example.com"}]}), "name"),
    ] {
        assert_eq!(mock().create::<Trello>(user).unwrap_err().field(), Some(field));
    }
}

#[test]
fn an_update_takes_nobody_into_the_workspace() {
    let error = with(json!({"idMember": "5b02e7f4e1facdc393169fa0"}))
        .update::<Trello>(ADA, json!({"roles": ["admin"]}))
        .unwrap_err();
    assert_eq!(error.kind(), FailureKind::NotFound);
}

#[test]
fn an_update_is_answered_with_the_member_or_the_workspace() {
    let member = json!({"id": ADA, "fullName": "Ada King"});
    let workspace = json!({"id": "5abbe4b7ddc1b351ef961414", "name": "acme", "members": [member], "memberships": []});
    for answer in [member, workspace] {
        let vendor = with(json!({"idMember": ADA, "memberType": "normal", "member": {"fullName": "Ada King"}}));
        let vendor = vendor.on(put(MEMBER).query("type", "admin").answers(200, answer));
        let user = vendor.update::<Trello>(ADA, json!({"roles": ["admin"]})).unwrap().unwrap();
        assert_eq!(user, json!({"id": ADA, "name": "Ada King", "roles": [{"id": "admin", "name": "admin"}]}));
    }
}

#[test]
fn an_invitation_names_address_and_name_without_outer_blanks() {
    let request = put("/organizations/acme/members").query("email", "ada@example.com").query("fullName", "Ada King");
    let vendor = mock().on(request.without_body().answers(200, json!({"id": "5abbe4b7ddc1b351ef961414"})));
    let user = vendor.create::<Trello>(json!({"name": " Ada King ", "emails": [{"email": "ada@example.com"}]}));
    assert_eq!(user.unwrap().unwrap()["name"], "Ada King");
}

#[test]
fn a_status_follows_from_the_membership() {
    for (deactivated, unconfirmed, status) in [
        (json!(true), json!(true), json!("inactive")),
        (json!(false), json!(true), json!("invited")),
        (json!(false), json!(false), json!("active")),
        (json!(null), json!(null), json!(null)),
    ] {
        let membership = json!({"idMember": ADA, "deactivated": deactivated, "unconfirmed": unconfirmed});
        let user = with(membership).get::<Trello>(ADA).unwrap().unwrap();
        assert_eq!(user.get("status").cloned().unwrap_or_default(), status);
    }
}

#[test]
fn a_list_is_whole_and_a_deletion_is_of_the_membership() {
    let listed = with(json!({"idMember": ADA, "memberType": "admin"})).list::<Trello>(&page(100)).unwrap();
    assert_eq!((&listed.rows[0]["roles"][0]["id"], listed.next), (&json!("admin"), None));
    mock().on(delete(MEMBER).without_body().answers(200, json!({}))).delete::<Trello>(ADA).unwrap();
}

#[test]
fn a_member_is_known_by_identifier_and_not_by_user_name() {
    for id in ["adabyron", "5b02e7f4e1facdc393169f9", "5b02e7f4e1facdc393169f9g", "ü2e7f4e1facdc393169f9d12"] {
        let update = mock().update::<Trello>(id, json!({"roles": ["admin"]})).unwrap_err();
        let errors = [update, mock().get::<Trello>(id).unwrap_err(), mock().delete::<Trello>(id).unwrap_err()];
        assert!(errors.iter().all(|error| error.kind() == FailureKind::NotFound), "{id}");
    }
}
