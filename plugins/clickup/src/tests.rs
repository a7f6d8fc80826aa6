use mortise_sdk::mock::{Mock, delete, get, page, post, put};
use mortise_sdk::{Category, FailureKind, Level, Operation, Value};
use serde_json::json;

use super::*;

const USER: &str = "/team/9001/user/184";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).parameter("organization_id", json!("9001"))
}

fn member(user: Value) -> Value {
    json!({"member": {"user": user, "invited_by": {"id": 183}, "shared": {"tasks": []}}})
}

/// The directory user that ClickUp's `user` becomes.
fn read(user: Value) -> Value {
    let vendor = mock().on(put(USER).answers(200, member(user)));
    vendor.update::<ClickUp>("184", json!({"username": "U", "roles": [{"id": "998877"}]})).unwrap().unwrap()
}

#[test]
fn an_update_needs_the_workspace_the_name_and_the_roles() {
    let capabilities = ClickUp::capabilities();
    let support = capabilities.support(Category::UserDirectory, Operation::UpdateUser).unwrap();
    let required = |fields: &[mortise_sdk::FieldSupport]| {
        fields.iter().filter(|f| f.level == Level::Required).map(|f| f.field).collect::<Vec<_>>()
    };
    assert_eq!(required(&support.query), ["organization_id"]);
    assert_eq!(required(&support.request), ["username", "roles"]);
}

#[test]
fn without_a_workspace_nothing_is_sent() {
    let error = Mock::new(Category::UserDirectory)
        .update::<ClickUp>("184", json!({"username": "U", "roles": ["admin"]}))
        .unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("organization_id")));
}

#[test]
fn the_workspace_may_be_a_number() {
    let vendor = Mock::new(Category::UserDirectory)
        .parameter("organization_id", json!(9001))
        .on(put(USER).answers(200, member(json!({"id": 184}))));
    vendor.update::<ClickUp>("184", json!({"username": "U", "roles": [{"id": "998877"}]})).unwrap();
}

#[test]
fn roles_are_told_by_name_or_number_in_any_shape() {
    for (roles, admin, custom) in [
        (json!("admin"), true, None),
        (json!(["Admin"]), true, None),
        (json!([{"id": "2"}]), true, None),
        (json!([{"id": 2, "name": "admin"}]), true, None),
        (json!(["member"]), false, None),
        (json!([{"id": "3"}]), false, None),
        (json!([{"id": "998877", "name": "member custom"}]), false, Some(998877)),
        (json!([{"id": "2"}, {"id": 998877}]), true, Some(998877)),
        (json!([{"id": 998877}, {"name": "member"}, {"name": "admin"}]), true, Some(998877)),
    ] {
        let mut edit = json!({"username": "U", "admin": admin});
        let mut vendor = mock();
        match custom {
            Some(id) => edit["custom_role_id"] = json!(id),
            None => {
                vendor = vendor.on(get(USER).query("include_shared", "false").answers(200, member(json!({"id": 184}))))
            }
        }
        let vendor = vendor.on(put(USER).json(edit).answers(200, member(json!({"id": 184}))));
        vendor.update::<ClickUp>("184", json!({"username": "U", "roles": roles})).unwrap();
    }
}

#[test]
fn a_role_that_cannot_be_given_is_the_callers_mistake() {
    for role in
        [json!("owner"), json!({"id": "1"}), json!({"id": 4}), json!("guest"), json!({"name": "chief"}), json!({})]
    {
        let error = mock().update::<ClickUp>("184", json!({"username": "U", "roles": ["member", role]})).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("roles[1]")));
    }
}

#[test]
fn no_role_at_all_keeps_both() {
    for roles in [json!([]), json!(null)] {
        let current = member(json!({"id": 184, "role": 2, "custom_role": {"id": 7777, "name": "x"}}));
        let vendor = mock().on(get(USER).query("include_shared", "false").answers(200, current)).on(put(USER)
            .json(json!({"username": "U", "admin": true, "custom_role_id": 7777}))
            .answers(200, member(json!({"id": 184}))));
        vendor.update::<ClickUp>("184", json!({"username": "U", "roles": roles})).unwrap();
        assert_eq!(vendor.requests().iter().map(|r| r.primary).collect::<Vec<_>>(), [false, true]);
    }
}

#[test]
fn a_custom_role_that_cannot_be_read_is_not_taken_away() {
    let vendor = mock().on(get(USER).query("include_shared", "false").answers(500, json!({"err": "x", "ECODE": "y"})));
    let error = vendor.update::<ClickUp>("184", json!({"username": "U", "roles": ["admin"]})).unwrap_err();
    assert_eq!(error.kind(), FailureKind::Vendor);
}

#[test]
fn nothing_is_changed_where_the_roles_to_keep_are_not_told() {
    for (roles, current) in [
        (json!(["admin"]), member(json!({"id": 184, "role": 3, "custom_role": {"name": "x"}}))),
        (json!(["admin"]), json!({"member": {"shared": {}}})),
        (json!([]), member(json!({"id": 184, "role": null}))),
    ] {
        let vendor = mock().on(get(USER).query("include_shared", "false").answers(200, current));
        let error = vendor.update::<ClickUp>("184", json!({"username": "U", "roles": roles})).unwrap_err();
        assert_eq!((error.kind(), &error.message()[..18]), (FailureKind::Internal, "nothing is changed"));
    }
}

#[test]
fn numbers_may_be_text() {
    let current = member(json!({"id": "184", "role": "2", "custom_role": {"id": "7777"}}));
    let vendor = mock()
        .on(get(USER).query("include_shared", "false").answers(200, current.clone()))
        .on(put(USER).json(json!({"username": "U", "admin": true, "custom_role_id": 7777})).answers(200, current));
    let user = vendor.update::<ClickUp>("184", json!({"username": "U", "roles": []})).unwrap().unwrap();
    assert_eq!(user["roles"], json!([{"id": "2", "name": "admin"}, {"id": "7777"}]));
}

#[test]
fn a_change_whose_answer_tells_nobody_is_told_as_done_and_no_success() {
    for answer in [json!({}), json!({"member": null}), json!({"member": {}}), json!({"member": {"user": null}})] {
        let vendor = mock().on(put(USER).answers(200, answer));
        let change = json!({"username": "U", "roles": [{"id": "998877"}]});
        let error = vendor.update::<ClickUp>("184", change).unwrap_err();
        assert!(error.kind() == FailureKind::Internal && error.message().starts_with("the write is done"), "{error}");
    }
}

#[test]
fn the_username_cannot_be_cleared_and_the_name_does_not_stand_in() {
    let body = json!({"username": null, "name": "N", "roles": ["admin"]});
    let error = mock().update::<ClickUp>("184", body).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("username")));
}

#[test]
fn a_vendor_error_becomes_a_vendor_failure() {
    let vendor = mock().on(post("/team/9001/user").answers(401, json!({"err": "Token invalid", "ECODE": "OAUTH_025"})));
    let error = vendor.create::<ClickUp>(json!({"emails": [{"email": "a@x.io"}]})).unwrap_err();
    assert_eq!((error.kind(), error.message()), (FailureKind::Vendor, ""));
}

#[test]
fn an_invitation_whose_answer_does_not_hold_the_member_is_told_as_sent_and_no_success() {
    for answer in [
        json!({"team": {"members": []}}),
        json!({"team": {"members": [{"user": null}, {"user": {"id": 7, "email": null}}]}}),
        json!({"team": {"members": null}}),
    ] {
        let vendor = mock().on(post("/team/9001/user").answers(200, answer));
        let error = vendor.create::<ClickUp>(json!({"emails": [{"email": "a@x.io"}]})).unwrap_err();
        assert!(
            error.kind() == FailureKind::Internal && error.message().starts_with("the invitation is sent"),
            "{error}"
        );
    }
    for (answer, kind) in
        [(json!({"team": null}), FailureKind::Internal), (json!({"err": "no", "ECODE": "X"}), FailureKind::Refused)]
    {
        let vendor = mock().on(post("/team/9001/user").answers(200, answer));
        assert_eq!(vendor.create::<ClickUp>(json!({"emails": [{"email": "a@x.io"}]})).unwrap_err().kind(), kind);
    }
}

#[test]
fn the_workspace_is_not_read_for_an_answer_nobody_wants() {
    let vendor = mock().without_user().on(post("/team/9001/user").answers_bytes(200, "not read"));
    assert_eq!(vendor.create::<ClickUp>(json!({"emails": [{"email": "a@x.io"}]})), Ok(None));
}

#[test]
fn an_invitation_goes_to_one_address() {
    let error = mock().create::<ClickUp>(json!({"emails": []})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("emails")));
}

#[test]
fn every_base_role_has_its_name_and_seat() {
    for (role, name, seat) in
        [(1, "owner", "member"), (2, "admin", "member"), (3, "member", "member"), (4, "guest", "guest")]
    {
        let user = read(json!({"id": 184, "role": role}));
        assert_eq!(user["roles"], json!([{"id": role.to_string(), "name": name}]));
        assert_eq!(user["licenses"], json!([{"id": seat, "name": seat}]));
    }
    assert_eq!(read(json!({"id": 184, "role": 9}))["roles"], json!([{"id": "9"}]));
}

#[test]
fn who_has_not_joined_is_invited() {
    let user = read(json!({"id": 184, "date_joined": null, "date_invited": "1583358383412"}));
    assert_eq!((&user["status"], &user["created_at"]), (&json!("invited"), &json!("2020-03-04T21:46:23.412Z")));
    let user = read(json!({"id": 184, "date_joined": 1657131338000_u64, "date_invited": "1583358383412"}));
    assert_eq!((&user["status"], &user["created_at"]), (&json!("active"), &json!("2022-07-06T18:15:38Z")));
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let bare = read(json!({"id": 7}));
    assert_eq!(bare, json!({"id": "7"}));
    let nulls = json!({"id": "7", "username": null, "email": null, "profilePicture": null, "role": null, "custom_role": null,
        "last_active": null, "date_joined": null, "date_invited": null});
    assert_eq!(read(nulls), bare);
}

#[test]
fn the_members_of_the_named_workspace_are_listed() {
    let member = json!({"user": {"id": 184, "username": "Ada", "email": "ada@example.com"}});
    let answer = json!({"teams": [{"id": "1", "members": []}, {"id": "9001", "members": [member]}]});
    let listed = mock().on(get("/team").answers(200, answer.clone())).list::<ClickUp>(&page(100)).unwrap();
    assert_eq!((&listed.rows[0]["id"], listed.next), (&json!("184"), None));
    let elsewhere = Mock::new(Category::UserDirectory).parameter("organization_id", json!("2"));
    let error = elsewhere.on(get("/team").answers(200, answer)).list::<ClickUp>(&page(100)).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::NotFound, Some("organization_id")));
}

#[test]
fn a_member_is_read_and_leaves_by_one_request() {
    let answer = json!({"member": {"user": {"id": 184, "username": "Ada", "date_joined": "1600000000000"}}});
    let request = get("/team/9001/user/184").query("include_shared", "false").answers(200, answer);
    assert_eq!(mock().on(request).get::<ClickUp>("184").unwrap().unwrap()["status"], "active");
    let left = delete("/team/9001/user/184").without_body().answers(200, json!({"team": {"id": "9001"}}));
    mock().on(left).delete::<ClickUp>("184").unwrap();
}
