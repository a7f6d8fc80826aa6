use mortise_sdk::mock::{Exchange, Mock, delete, get, page, post, put};
use mortise_sdk::{FailureKind, Level, Operation, Value};
use serde_json::json;

use super::*;

const USER: &str = "/users/7.json";

fn ticketing() -> Mock {
    Mock::new(Category::Ticketing)
}

fn directory() -> Mock {
    Mock::new(Category::UserDirectory)
}

fn joins(group: &str) -> Exchange {
    post("/memberships.json").query("group_id", group).query("user_ids", "7").without_body()
}

/// The directory user that Service Desk's `answer` to an update becomes.
fn read(answer: Value) -> Value {
    directory().on(put(USER).answers(200, answer)).update::<ServiceDesk>("7", json!({})).unwrap().unwrap()
}

#[test]
fn the_name_and_the_address_are_required_on_creation_only() {
    for support in ServiceDesk::capabilities().operations {
        let required = support.request.iter().filter(|f| f.level == Level::Required).map(|f| f.field);
        let expected = if support.operation == Operation::CreateUser { vec!["name", "emails"] } else { vec![] };
        assert_eq!(required.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn an_empty_text_clears() {
    for (change, sent) in [
        (json!({"title": null}), json!({"title": ""})),
        (json!({"phones": null}), json!({"phone": "", "mobile_phone": ""})),
        (json!({"phones": [{"type": "phone", "number": null}]}), json!({"phone": ""})),
        (json!({"phones": [{"type": "mobile", "number": "2"}]}), json!({"mobile_phone": "2"})),
        (json!({"phones": [], "roles": [], "emails": []}), json!({})),
    ] {
        let vendor = directory().on(put(USER).json(json!({ "user": sent })).answers(200, json!({"id": 7})));
        vendor.update::<ServiceDesk>("7", change).unwrap();
    }
}

#[test]
fn what_a_user_cannot_be_without_cannot_be_cleared() {
    for field in ["name", "emails", "roles", "status", "groups"] {
        let error = directory().update::<ServiceDesk>("7", json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
    let error = ticketing().update::<ServiceDesk>("7", json!({"team_ids": null})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("groups")));
}

#[test]
fn a_role_is_told_by_number_or_name() {
    for (roles, role) in [
        (json!("Requester"), json!({"name": "Requester"})),
        (json!([{"name": "Read Only"}]), json!({"name": "Read Only"})),
        (json!([{"id": 461182}]), json!({"id": 461182})),
        (json!([{"id": "461182", "name": "Read Only"}]), json!({"id": 461182})),
    ] {
        let change = json!({"user": {"role": role}});
        let vendor = ticketing().on(put(USER).json(change).answers(200, json!({"id": 7})));
        vendor.update::<ServiceDesk>("7", json!({ "roles": roles })).unwrap();
    }
    for (roles, place) in [(json!(["Requester", "Read Only"]), "roles[1]"), (json!([{}]), "roles[0]")] {
        let error = ticketing().update::<ServiceDesk>("7", json!({ "roles": roles })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(place)));
    }
}

#[test]
fn the_user_joins_each_group_once_and_only_where_they_are_not_yet() {
    let groups = json!([{"id": 1}, {"id": "2"}, {"id": 2}]);
    let vendor = directory()
        .parameter("groups", json!([{"id": "2"}, {"id": "3"}]))
        .on(put(USER).answers(200, json!({"id": 7, "group_ids": [1, 9]})))
        .on(joins("2").answers(200, json!({})))
        .on(joins("3").answers(201, json!({})));
    let user = vendor.update::<ServiceDesk>("7", json!({ "groups": groups })).unwrap().unwrap();
    assert_eq!(user["groups"], json!([{"id": "1"}, {"id": "9"}, {"id": "2"}, {"id": "3"}]));
    assert_eq!(vendor.requests().iter().map(|r| r.primary).collect::<Vec<_>>(), [true, false, false]);
}

#[test]
fn a_group_that_is_not_joined_says_what_was_done() {
    let vendor = ticketing()
        .on(post("/users.json").answers(201, json!({"id": 7})))
        .on(joins("1").answers(200, json!({})))
        .on(joins("2").answers(404, json!({"error": "Not Found"})));
    let body = json!({"name": "Ada", "emails": [{"email": "a@x.io"}], "team_ids": [1, 2]});
    let error = vendor.create::<ServiceDesk>(body).unwrap_err();
    assert_eq!((error.kind(), error.message()), (FailureKind::Vendor, "user 7 is created, but not put into group 2"));
}

#[test]
fn more_groups_than_a_call_can_join_are_refused_before_anything_is_sent() {
    let groups = |numbers: std::ops::Range<u32>| numbers.map(|number| json!({ "id": number })).collect::<Vec<_>>();
    let error = directory()
        .parameter("groups", groups(1..9).into())
        .update::<ServiceDesk>("7", json!({"groups": groups(8..17)}))
        .unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("groups")));

    let mut vendor = directory().parameter("groups", groups(1..9).into()).on(put(USER).answers(200, json!({"id": 7})));
    for number in 1..16 {
        vendor = vendor.on(joins(&number.to_string()).answers(200, json!({})));
    }
    vendor.update::<ServiceDesk>("7", json!({"groups": groups(1..16)})).unwrap();
}

#[test]
fn who_is_not_named_in_the_answer_is_in_no_group_and_the_failure_says_so() {
    let vendor = ticketing().on(put(USER).answers(200, json!({})));
    let error = vendor.update::<ServiceDesk>("7", json!({"team_ids": ["1"]})).unwrap_err();
    assert!(error.message().starts_with("the user is updated, but put into no group: "), "{error}");
    let vendor = ticketing().on(put(USER).answers(200, json!({"error": "no such user"})));
    let error = vendor.update::<ServiceDesk>("7", json!({"team_ids": ["1"]})).unwrap_err();
    assert_eq!((error.kind(), error.message()), (FailureKind::Refused, ""));

    let body = json!({"name": "Ada", "emails": [{"email": "a@x.io"}], "team_ids": [1]});
    let vendor = ticketing().on(post("/users.json").answers(201, json!({"email": "a@x.io"})));
    let error = vendor.create::<ServiceDesk>(body.clone()).unwrap_err();
    let told = "the user is created, but put into no group: the answer has no `id`";
    assert_eq!((error.kind(), error.message()), (FailureKind::Internal, told));

    let vendor = ticketing().on(post("/users.json").answers_bytes(201, "done"));
    let error = vendor.create::<ServiceDesk>(body).unwrap_err();
    assert!(error.message().starts_with("the user is created, but put into no group: "), "{error}");
}

#[test]
fn a_group_is_told_by_number() {
    let error = directory().update::<ServiceDesk>("7", json!({"groups": [{"name": "Support"}]})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("groups[0].id")));
}

#[test]
fn the_answer_is_read_for_groups_only_where_nobody_wants_the_user() {
    let vendor = ticketing().without_user().on(put(USER).answers_bytes(200, "not read"));
    assert_eq!(vendor.update::<ServiceDesk>("7", json!({"name": "Ada"})), Ok(None));
    let vendor =
        ticketing().without_user().on(put(USER).answers(200, json!({"id": 7}))).on(joins("1").answers(200, json!({})));
    vendor.update::<ServiceDesk>("7", json!({"team_ids": ["1"]})).unwrap();
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let nulls = json!({"id": 7, "name": null, "email": null, "title": null, "phone": null, "mobile_phone": null,
        "disabled": null, "role": null, "group_ids": null, "created_at": null, "updated_at": null, "last_login": null});
    for answer in [nulls, json!({"id": "7", "phone": ""})] {
        assert_eq!(read(answer), json!({"id": "7", "phones": []}));
    }
    assert_eq!(
        read(json!({"id": 7, "role": {"id": 1, "name": null}, "group_ids": []})),
        json!({"id": "7", "phones": [], "roles": [{"id": "1"}], "groups": []})
    );
}

#[test]
fn nobody_is_known_by_another_word_than_a_number() {
    for id in ["ada", "7/../8", "7.json", "07"] {
        let update = ticketing().update::<ServiceDesk>(id, json!({"name": "Ada"})).map(drop);
        for done in [update, ticketing().get::<ServiceDesk>(id).map(drop), ticketing().delete::<ServiceDesk>(id)] {
            assert_eq!(done.unwrap_err().kind(), FailureKind::NotFound, "{id:?}");
        }
    }
}

#[test]
fn a_header_tells_how_many_pages_there_are_and_without_it_there_is_one() {
    for (pages, next) in
        [(Some("3"), Some("3")), (Some("2"), None), (Some("0"), None), (Some("many"), None), (None, None)]
    {
        let asked = get("/users.json").query("layout", "long").query("page", "2").query("per_page", "25");
        let asked = pages.map_or(asked.clone(), |pages| asked.header("x-total-pages", pages));
        let vendor = directory().on(asked.answers(200, json!([{"id": 7, "title": "Engineer"}])));
        let listed = vendor.list::<ServiceDesk>(&page(25).at("2")).unwrap();
        assert_eq!((&listed.rows[0]["title"], listed.next.as_deref()), (&json!("Engineer"), next), "{pages:?}");
    }
}

#[test]
fn users_are_found_by_address_and_name() {
    let asked = get("/users.json").query("layout", "long").query("page", "1").query("per_page", "25");
    let asked = asked.query("email", "a+b@x.io").query("name", "Ada");
    let vendor = ticketing().on(asked.answers(200, json!([])));
    assert!(vendor.list::<ServiceDesk>(&page(25).by("name", "Ada").by("email", "a+b@x.io")).unwrap().rows.is_empty());
}

#[test]
fn a_deletion_is_answered_with_the_user_or_with_nothing() {
    for answer in [r#"{"id": 7, "avatar": {"type": "initials"}}"#, ""] {
        ticketing().on(delete(USER).without_body().answers_bytes(200, answer)).delete::<ServiceDesk>("7").unwrap();
    }
}
