use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, get, page, post, put};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

#[test]
fn a_role_is_an_access_level_by_name_or_number() {
    for (roles, level) in [
        (json!("developer"), 30),
        (json!([{"name": "owner"}]), 50),
        (json!([{"id": "20"}]), 20),
        (json!([{"id": 25}]), 25),
    ] {
        let member = put("/groups/5/members/7").json(json!({"access_level": level}));
        let vendor =
            mock().parameter("group_id", json!("5")).on(member.answers(200, json!({"id": 7, "access_level": level})));
        vendor.update::<GitLab>("7", json!({"roles": roles})).unwrap();
        assert!(vendor.requests()[0].primary);
    }
    for (roles, field) in [
        (json!("captain"), "roles[0]"),
        (json!([{"id": "300"}]), "roles[0]"),
        (json!(["owner", "guest"]), "roles[1]"),
        (json!(null), "roles"),
    ] {
        let vendor = mock().parameter("group_id", json!("5"));
        let error = vendor.update::<GitLab>("7", json!({"roles": roles})).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn a_role_goes_to_every_place_that_the_call_names_once() {
    let member =
        |path: &str| put(path).json(json!({"access_level": 30})).answers(200, json!({"id": 7, "access_level": 30}));
    let vendor = mock()
        .parameter("group_id", json!("5"))
        .parameter("workspace_id", json!("9"))
        .on(member("/groups/5/members/7"))
        .on(member("/groups/6/members/7"))
        .on(member("/projects/9/members/7"))
        .on(get("/groups/5/members/7").answers(200, json!({"id": 7, "access_level": 30})));
    let body =
        json!({"roles": "developer", "groups": [{"id": "5"}, {"id": 6}], "workspaces": [{"id": 9}, {"id": "9"}]});
    let user = vendor.update::<GitLab>("7", body).unwrap().unwrap();
    assert_eq!(user["groups"], json!([{"id": "5"}]));
}

#[test]
fn a_role_or_a_group_that_is_not_written_is_told() {
    let account = json!({"username": "ada", "name": "Ada", "emails": [{"email": "ada@example.com"}], "roles": "guest"});
    for error in [
        mock().create::<GitLab>(account).unwrap_err(),
        mock().update::<GitLab>("7", json!({"roles": "guest"})).unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("roles")));
    }
    let member = json!({"id": 7, "access_level": 30});
    let vendor = mock()
        .on(put("/users/7").json(json!({"name": "Ada"})).answers(200, json!({"id": 7})))
        .on(get("/groups/5/members/7").answers(200, member));
    vendor.update::<GitLab>("7", json!({"name": "Ada", "groups": [{"id": 5}]})).unwrap();
    assert_eq!(vendor.ignored(), ["groups"]);
}

#[test]
fn a_call_names_no_more_places_than_it_has_requests_for() {
    let groups: Vec<_> = (1..=13).map(|id| json!({"id": id})).collect();
    let error = mock().update::<GitLab>("7", json!({"groups": groups, "roles": "guest"})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("groups")));
}

#[test]
fn an_account_is_blocked_and_let_in_again_by_the_call_that_its_state_needs() {
    for (status, state, switch) in [
        ("inactive", "active", Some("block")),
        ("inactive", "deactivated", Some("block")),
        ("active", "blocked", Some("unblock")),
        ("active", "ldap_blocked", Some("unblock")),
        ("active", "deactivated", Some("activate")),
    ] {
        let account = json!({"id": 7, "state": state});
        let switched = post(&format!("/users/7/{}", switch.unwrap())).without_body().answers(201, json!(true));
        let vendor = mock().on(get("/users/7").answers(200, account.clone())).on(switched);
        let vendor = vendor.on(get("/users/7").answers(200, account));
        vendor.update::<GitLab>("7", json!({"status": status})).unwrap();
        assert_eq!(vendor.requests().iter().map(|request| request.primary).collect::<Vec<_>>(), [false, true, false]);
    }
}

#[test]
fn an_account_that_stands_where_it_should_is_not_switched() {
    for (status, state) in [("inactive", "blocked"), ("inactive", "banned"), ("active", "active")] {
        let vendor = mock()
            .on(get("/users/7").answers(200, json!({"id": 7, "state": state})))
            .on(put("/users/7").json(json!({})).answers(200, json!({"id": 7, "state": state})));
        vendor.update::<GitLab>("7", json!({"status": status})).unwrap();
    }
}

#[test]
fn what_cannot_be_cleared_is_refused_before_anything_is_sent() {
    for field in ["name", "username", "emails", "status", "roles", "groups", "workspaces"] {
        let vendor = mock();
        let error = vendor.update::<GitLab>("7", json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
        assert!(vendor.requests().is_empty());
    }
}

#[test]
fn a_state_is_a_status() {
    for (answer, status) in [
        (json!({"state": "active"}), json!("active")),
        (json!({"state": "active", "membership_state": "awaiting"}), json!("invited")),
        (json!({"state": "blocked_pending_approval"}), json!("invited")),
        (json!({"state": "blocked"}), json!("inactive")),
        (json!({"state": "deactivated"}), json!("inactive")),
        (json!({"state": null}), json!(null)),
    ] {
        let mut answer = answer;
        answer["id"] = json!(7);
        let user = mock().on(get("/users/7").answers(200, answer)).get::<GitLab>("7").unwrap().unwrap();
        assert_eq!(user.get("status").cloned().unwrap_or_default(), status);
    }
}

#[test]
fn members_are_searched_by_one_text_and_accounts_by_theirs() {
    for (name, value, theirs) in
        [("email", "ada@example.com", "search"), ("name", "Ada", "search"), ("username", "ada", "username")]
    {
        let request = get("/users").query(theirs, value).query("page", "1").query("per_page", "20");
        mock().on(request.answers(200, json!([]))).list::<GitLab>(&page(20).by(name, value)).unwrap();
        let request = get("/projects/9/members").query("query", value).query("page", "1").query("per_page", "20");
        let vendor = mock().parameter("workspace_id", json!("9")).on(request.answers(200, json!([])));
        vendor.list::<GitLab>(&page(20).by(name, value)).unwrap();
    }
    let vendor = mock().parameter("group_id", json!("5"));
    let error = vendor.list::<GitLab>(&page(20).sorted("name", false)).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("sort_by[name]")));
}
