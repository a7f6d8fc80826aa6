use mortise_sdk::mock::{Mock, delete, get, page, patch, post};
use mortise_sdk::{FailureKind, Value, json};

use super::*;

const TEAM: &str = "team_1a2b";
const MEMBERS: &str = "/v3/teams/team_1a2b/members";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).parameter("groups", json!([{"id": TEAM}]))
}

fn members(members: Value, next: Value) -> Value {
    json!({"members": members, "pagination": {"hasNext": next.is_number(), "count": 1, "next": next, "prev": null}})
}

#[test]
fn a_role_is_told_in_any_case_and_an_admin_is_an_owner() {
    for (roles, sent) in [
        (json!("member"), "MEMBER"),
        (json!(["admin"]), "OWNER"),
        (json!([{"id": "group_admin"}]), "OWNER"),
        (json!([{"name": "Viewer_For_Plus"}]), "VIEWER_FOR_PLUS"),
    ] {
        let vendor = mock().on(patch("/v1/teams/team_1a2b/members/kr1P")
            .json(json!({"role": sent}))
            .answers(200, json!({"id": TEAM})));
        let user = vendor.update::<Vercel>("kr1P", json!({"roles": roles})).unwrap();
        assert_eq!(user, Some(json!({"id": "kr1P", "groups": [{"id": TEAM}]})));
    }
}

#[test]
fn an_update_without_a_role_keeps_the_role_that_is_there() {
    let first = get(MEMBERS)
        .query("limit", "100")
        .answers(200, members(json!([{"uid": "x", "role": "OWNER"}]), json!(1588720733602_i64)));
    let second = get(MEMBERS).query("limit", "100").query("until", "1588720733602");
    let write =
        patch("/v1/teams/team_1a2b/members/kr1P").json(json!({"role": "BILLING"})).answers(200, json!({"id": TEAM}));
    for change in [json!({}), json!({"roles": []})] {
        let second = second.clone().answers(200, members(json!([{"uid": "kr1P", "role": "BILLING"}]), json!(null)));
        let vendor = mock().on(first.clone()).on(second).on(write.clone());
        vendor.update::<Vercel>("kr1P", change).unwrap();
        assert_eq!(vendor.requests().iter().map(|request| request.primary).collect::<Vec<_>>(), [false, false, true]);
    }
    for (row, kind) in
        [(json!({"uid": "kr1P"}), FailureKind::Internal), (json!({"uid": "y", "role": "OWNER"}), FailureKind::NotFound)]
    {
        let second = second.clone().answers(200, members(json!([row]), json!(null)));
        let error = mock().on(first.clone()).on(second).update::<Vercel>("kr1P", json!({})).unwrap_err();
        assert_eq!(error.kind(), kind);
    }
}

#[test]
fn what_vercel_cannot_take_is_refused_before_anything_is_sent() {
    for (change, field) in [
        (json!({"roles": null}), "roles"),
        (json!({"roles": ["OWNER", "MEMBER"]}), "roles[1]"),
        (json!({"roles": [{}]}), "roles[0]"),
    ] {
        let error = mock().update::<Vercel>("kr1P", change).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
    for (groups, field) in [
        (json!([]), "groups"),
        (json!([{"name": "Acme"}]), "groups[0].id"),
        (json!([{"id": TEAM}, {"id": "team_2"}]), "groups[1]"),
    ] {
        let vendor = Mock::new(Category::UserDirectory).parameter("groups", groups);
        let error = vendor.delete::<Vercel>("kr1P").unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn an_invitation_without_a_role_leaves_it_to_vercel() {
    let answer = json!({"uid": "kr1P", "username": "jane", "email": "jane@example.com", "role": "MEMBER"});
    let vendor =
        mock().on(post("/v1/teams/team_1a2b/members").json(json!({"email": "jane@example.com"})).answers(200, answer));
    let user = vendor.create::<Vercel>(json!({"emails": [{"email": "jane@example.com"}]})).unwrap().unwrap();
    assert_eq!(user["roles"], json!([{"id": "MEMBER", "name": "MEMBER", "group": TEAM}]));
}

#[test]
fn a_member_is_searched_for_on_as_many_pages_as_a_call_may_read() {
    let mut vendor = mock();
    for number in 0..MAX_PAGES {
        let request = get(MEMBERS).query("limit", "100");
        let request = if number == 0 { request } else { request.query("until", &number.to_string()) };
        vendor = vendor.on(request.answers(200, members(json!([{"uid": "x"}]), json!(number + 1))));
    }
    assert_eq!(vendor.get::<Vercel>("kr1P").unwrap_err().kind(), FailureKind::Unsupported);
    assert_eq!(vendor.requests().iter().filter(|request| request.primary).count(), 1);
}

#[test]
fn a_list_ends_when_vercel_says_so() {
    for (pagination, next) in [
        (json!({"hasNext": true, "next": 1588720733602_i64}), Some("1588720733602")),
        (json!({"hasNext": true, "next": null}), None),
        (json!({"hasNext": false, "next": 1588720733602_i64}), None),
    ] {
        let request = get(MEMBERS).query("limit", "20").query("until", "7").query("search", "jane");
        let vendor = mock().on(request.answers(200, json!({"members": [{"uid": "x"}], "pagination": pagination})));
        let listed = vendor.list::<Vercel>(&page(20).at("7").by("username", "jane")).unwrap();
        assert_eq!(listed.next.as_deref(), next);
    }
}

#[test]
fn a_deletion_takes_the_member_out_of_the_team() {
    let vendor = mock().on(delete("/v1/teams/team_1a2b/members/kr1P").answers(200, json!({"id": TEAM})));
    assert!(vendor.delete::<Vercel>("kr1P").is_ok());
}
