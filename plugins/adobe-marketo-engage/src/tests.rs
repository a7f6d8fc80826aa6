use mortise_sdk::mock::{Mock, get, page, post};
use mortise_sdk::{FailureKind, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

/// The user that Marketo's `answer` becomes.
fn read(answer: Value) -> Value {
    mock().on(get("/users/ada/user.json").answers(200, answer)).get::<Marketo>("ada").unwrap().unwrap()
}

fn invitation() -> Value {
    json!({"emails": [{"email": "ada@example.com"}], "name": "Ada Byron", "roles": ["1"]})
}

#[test]
fn an_invitation_is_sent_if_marketo_says_true_and_nothing_else() {
    let sent = json!({"emailAddress": "ada@example.com", "firstName": "Ada", "lastName": "Byron",
        "userRoleWorkspaces": [{"accessRoleId": 1, "workspaceId": 0}]});
    let answered = |answer: Value| {
        mock().on(post("/users/invite.json").json(sent.clone()).answers(200, answer)).create::<Marketo>(invitation())
    };
    for yes in [json!(true), json!("true")] {
        let user = answered(yes).unwrap().unwrap();
        assert_eq!((&user["status"], user.get("id")), (&json!("invited"), None));
    }
    for (no, kind) in [
        (json!(false), FailureKind::Refused),
        (json!({"errors": [{"code": "606", "message": "no"}]}), FailureKind::Refused),
        (json!({}), FailureKind::Internal),
        (json!(null), FailureKind::Internal),
    ] {
        assert_eq!(answered(no).unwrap_err().kind(), kind);
    }
}

#[test]
fn what_marketo_cannot_take_is_the_callers_mistake_and_nothing_is_sent() {
    for (body, field) in [
        (json!({"name": null}), "name"),
        (json!({"first_name": null}), "first_name"),
        (json!({"emails": null}), "emails"),
        (json!({"roles": null}), "roles"),
        (json!({"roles": [{"id": "1"}, {"name": "Admin"}]}), "roles[1].id"),
        (json!({"roles": [{"id": "1", "workspace": "World"}]}), "roles[0].workspace"),
    ] {
        let error = mock().update::<Marketo>("ada", body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
    let error = mock().create::<Marketo>(json!({"emails": [{"email": "a@b.c"}], "name": "Ada", "roles": ["1"]}));
    assert_eq!(error.unwrap_err().field(), Some("last_name"));
}

#[test]
fn of_roles_the_missing_ones_are_added_and_then_the_others_removed() {
    let role = |role: Value, workspace: Value| json!({"accessRoleId": role, "workspaceId": workspace});
    let held = json!([role(json!("1"), json!("0")), role(json!(2), json!(7))]);
    let user = json!({"userid": "ada", "userRoleWorkspaces": held});
    let vendor = mock()
        .on(get("/users/ada/roles.json").answers(200, held.clone()))
        .on(post("/users/ada/update.json").json(json!({})).answers(200, user))
        .on(post("/users/ada/roles/create.json").json(json!([role(json!(2), json!(0))])).answers(200, held))
        .on(post("/users/ada/roles/delete.json").json(json!([role(json!(2), json!(7))])).answers(200, json!([])))
        .on(get("/users/ada/user.json").answers(200, json!({"userid": "ada", "userRoleWorkspaces": []})));
    let changed = vendor.update::<Marketo>("ada", json!({"roles": ["1", {"id": 2}]})).unwrap().unwrap();
    assert_eq!(changed["roles"], json!([]));
}

#[test]
fn a_change_of_roles_that_fails_says_what_was_done() {
    let no = || json!({"errors": [{"code": "702", "message": "no"}]});
    let vendor = || {
        let held = json!([{"accessRoleId": 2, "workspaceId": 0}]);
        let roles = get("/users/ada/roles.json").answers(200, held);
        mock().on(roles).on(post("/users/ada/update.json").answers(200, json!({"userid": "ada"})))
    };
    let error = |vendor: Mock| vendor.update::<Marketo>("ada", json!({"roles": ["1"]})).unwrap_err();
    for (status, kind) in [(400, FailureKind::Vendor), (200, FailureKind::Refused)] {
        let refused = error(vendor().on(post("/users/ada/roles/create.json").answers(status, no())));
        assert_eq!((refused.kind(), refused.message()), (kind, "user ada is changed"));
    }
    let given = vendor().on(post("/users/ada/roles/create.json").answers(200, json!("what the roles are now")));
    let kept = error(given.on(post("/users/ada/roles/delete.json").answers(400, no())));
    assert_eq!(kept.message(), "user ada is changed, the new roles are given");
}

#[test]
fn a_time_is_read_without_the_letter_before_its_offset() {
    for (theirs, ours) in [
        (json!("2026-02-05T01:02:23.000t+0000"), json!("2026-02-05T01:02:23.000Z")),
        (json!("2026-02-05T01:02:23.000t-0600"), json!("2026-02-05T01:02:23.000-06:00")),
        (json!("2026-02-05T01:02:23Z"), json!("2026-02-05T01:02:23Z")),
        (json!("never"), json!(null)),
        (json!(""), json!(null)),
        (json!(null), json!(null)),
    ] {
        let user = read(json!({"userid": "ada", "lastLoginAt": theirs}));
        assert_eq!(user.get("last_login_at").unwrap_or(&Value::Null), &ours);
    }
}

#[test]
fn a_page_begins_behind_the_rows_that_came_and_one_that_is_not_full_is_the_last() {
    let rows = |ids: &[&str]| Value::from_iter(ids.iter().map(|id| json!({ "userid": id })));
    let asked = |offset: &str| get("/users/allusers.json").query("pageSize", "2").query("pageOffset", offset);
    let full = mock().on(asked("0").answers(200, rows(&["ada", "bo"])));
    assert_eq!(full.list::<Marketo>(&page(2)).unwrap().next.as_deref(), Some("2"));
    let last = mock().on(asked("2").answers(200, rows(&["cyd"])));
    assert_eq!(last.list::<Marketo>(&page(2).at("2")).unwrap().next, None);
}
