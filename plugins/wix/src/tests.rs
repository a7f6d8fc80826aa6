use mortise_sdk::mock::{Exchange as Played, Mock, delete, get, page, patch, post};
use mortise_sdk::{Error, FailureKind, Level, Operation, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::Crm)
}

/// An answer that has the requested fields, so that the integration does not read the member again.
fn whole() -> Value {
    json!({"member": {"id": "m1", "loginEmail": "ada@example.com", "status": "APPROVED"}})
}

fn updates(change: Value) -> Played {
    let mut member = json!({"id": "m1"});
    member.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    patch("/members/m1").json(json!({ "member": member })).answers(200, whole())
}

fn reads() -> Played {
    get("/members/m1").query("fieldsets", "FULL").without_body()
}

fn failed(vendor: &Mock, change: Value) -> Error {
    vendor.update::<Wix>("m1", change).unwrap_err()
}

/// The crm user that a whole `member` becomes.
fn read(member: Value) -> Value {
    let vendor = mock()
        .on(patch("/members/m1").answers(200, json!({"member": {"id": "m1"}})))
        .on(reads().answers(200, json!({ "member": member })));
    vendor.update::<Wix>("m1", json!({})).unwrap().unwrap()
}

#[test]
fn only_the_address_of_a_new_member_is_required() {
    for support in Wix::capabilities().operations {
        let required = support.request.iter().filter(|field| field.level == Level::Required).map(|field| field.field);
        let expected = if support.operation == Operation::CreateUser { vec!["email"] } else { vec![] };
        assert_eq!(required.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_new_member_has_what_is_given() {
    for (body, member) in [
        (json!({"email": "ada@example.com"}), json!({"loginEmail": "ada@example.com"})),
        (
            json!({"email": "ada@example.com", "name": "ada", "last_name": "King", "is_active": false}),
            json!({"loginEmail": "ada@example.com", "profile": {"nickname": "ada"}, "contact": {"lastName": "King"}}),
        ),
    ] {
        let vendor = mock().on(post("/members").json(json!({ "member": member })).answers(200, whole()));
        assert_eq!(vendor.create::<Wix>(body).unwrap().unwrap()["id"], "m1");
    }
}

#[test]
fn a_page_is_asked_for_in_the_vendors_words() {
    let query = |filter: Value, field: &str, order: &str| {
        json!({
            "query": {
                "filter": filter,
                "paging": {"limit": 2, "offset": 4},
                "sorting": [{"fieldName": field, "order": order}],
            },
            "fieldsets": ["FULL"],
        })
    };
    let asked = page(2).at("4");
    let ada = json!({"loginEmail": {"$eq": "ada@example.com"}});
    for (page, body) in [
        (asked.clone(), query(json!({}), "createdDate", "ASC")),
        (asked.clone().by("email", "ada@example.com"), query(ada, "createdDate", "ASC")),
        (asked.clone().sorted("created_at", true), query(json!({}), "createdDate", "DESC")),
        (asked.clone().sorted("updated_at", false), query(json!({}), "updatedDate", "ASC")),
    ] {
        let vendor = mock().on(post("/members/query").json(body).answers(200, json!({"members": []})));
        assert!(vendor.list::<Wix>(&page).unwrap().rows.is_empty());
    }
}

#[test]
fn a_list_ends_by_the_number_of_members_or_where_there_is_none_by_a_short_page() {
    let (one, two) = (json!([{"id": "m1"}]), json!([{"id": "m1"}, {"id": "m2"}]));
    for (members, metadata, next) in [
        (&two, json!({"total": 7}), Some("6")),
        (&two, json!({"total": 6}), None),
        (&one, json!({"total": 7}), Some("5")),
        (&two, json!({"total": 0, "tooManyToCount": true}), Some("6")),
        (&one, json!({"total": 9, "tooManyToCount": true}), None),
        (&two, json!(null), Some("6")),
        (&one, json!({}), None),
    ] {
        let answer = json!({"members": members, "metadata": metadata});
        let vendor = mock().on(post("/members/query").answers(200, answer));
        assert_eq!(vendor.list::<Wix>(&page(2).at("4")).unwrap().next.as_deref(), next, "{metadata}");
    }
}

#[test]
fn a_member_is_read_whole_and_deleted_by_one_request() {
    let user = mock().on(reads().answers(200, whole())).get::<Wix>("m1").unwrap();
    assert_eq!(user, Some(json!({"id": "m1", "email": "ada@example.com", "is_active": true})));
    mock().on(delete("/members/m1").without_body().answers(200, json!({}))).delete::<Wix>("m1").unwrap();
}

#[test]
fn only_what_is_given_changes() {
    for (change, sent) in [
        (json!({"name": "ada"}), json!({"profile": {"nickname": "ada"}})),
        (json!({"first_name": "Ada"}), json!({"contact": {"firstName": "Ada"}})),
        (json!({"last_name": "King"}), json!({"contact": {"lastName": "King"}})),
        (json!({"email": "ada@example.org"}), json!({})),
        (json!({}), json!({})),
    ] {
        mock().on(updates(sent)).update::<Wix>("m1", change).unwrap();
    }
}

#[test]
fn an_empty_text_clears() {
    let sent = json!({"profile": {"nickname": ""}, "contact": {"firstName": "", "lastName": ""}});
    let change = json!({"name": null, "first_name": null, "last_name": null});
    mock().on(updates(sent)).update::<Wix>("m1", change).unwrap();
}

#[test]
fn a_member_can_log_in_or_not() {
    let error = failed(&mock(), json!({"name": "ada", "is_active": null}));
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("status")));
}

#[test]
fn access_is_switched_before_the_update_which_carries_the_call_if_there_is_one() {
    for (is_active, path) in [(true, "/members/m1/approve"), (false, "/members/m1/block")] {
        let switch = || post(path).without_body().answers(200, whole());
        let alone = mock().on(switch());
        alone.update::<Wix>("m1", json!({ "is_active": is_active })).unwrap();
        assert!(alone.requests()[0].primary);

        let both = mock().on(switch()).on(updates(json!({"contact": {"firstName": "Ada"}})));
        both.update::<Wix>("m1", json!({"is_active": is_active, "first_name": "Ada"})).unwrap();
        assert_eq!(both.requests().iter().map(|r| r.primary).collect::<Vec<_>>(), [false, true]);
    }
}

#[test]
fn an_update_that_fails_after_the_switch_says_what_was_done() {
    for (is_active, path, done) in [(true, "/members/m1/approve", "approved"), (false, "/members/m1/block", "blocked")]
    {
        let vendor = mock()
            .on(post(path).answers(200, whole()))
            .on(patch("/members/m1").answers(400, json!({"message": "INVALID_ARGUMENT"})));
        let error = failed(&vendor, json!({"is_active": is_active, "name": "ada"}));
        let message = format!("member m1 is {done}, but not changed otherwise");
        assert_eq!((error.kind(), error.message()), (FailureKind::Vendor, message.as_str()));
    }
}

#[test]
fn nothing_is_changed_where_the_switch_is_refused() {
    let refusal = json!({"message": "", "details": {"applicationError": {"code": "OWNER_MEMBER_BLOCK_FORBIDDEN"}}});
    let vendor = mock().on(post("/members/m1/block").answers(400, refusal));
    let error = failed(&vendor, json!({"is_active": false, "name": "ada"}));
    assert_eq!((error.kind(), error.message()), (FailureKind::Vendor, ""));
}

#[test]
fn a_member_that_is_told_in_part_is_read_whole() {
    let public = json!({"id": "m1", "profile": {"nickname": "ada"}, "status": "UNKNOWN"});
    let hidden = json!({"id": "m1", "profile": {"nickname": "ada"}, "loginEmail": "ada@example.com"});
    for part in [public, hidden] {
        let vendor =
            mock().on(patch("/members/m1").answers(200, json!({ "member": part }))).on(reads().answers(200, whole()));
        let user = vendor.update::<Wix>("m1", json!({"name": "ada"})).unwrap().unwrap();
        assert_eq!(user, json!({"id": "m1", "email": "ada@example.com", "is_active": true}));
    }
}

#[test]
fn what_was_told_in_part_is_the_answer_where_the_member_cannot_be_read() {
    let part = json!({"member": {"id": "m1", "profile": {"nickname": "ada"}, "status": "UNKNOWN"}});
    for answer in [reads().answers(403, json!({"message": "forbidden"})), reads().answers_bytes(200, "<html>")] {
        let vendor = mock().on(patch("/members/m1").answers(200, part.clone())).on(answer);
        let user = vendor.update::<Wix>("m1", json!({"name": "ada"})).unwrap();
        assert_eq!(user, Some(json!({"id": "m1", "name": "ada"})));
    }
}

#[test]
fn a_member_who_is_not_in_the_answer_is_read() {
    let switched = || mock().on(post("/members/m1/block").answers(200, json!({})));
    let change = json!({"is_active": false, "name": "ada"});
    for body in ["{}", r#"{"member": null}"#, r#"{"member": {}}"#, "done"] {
        let vendor = || switched().on(patch("/members/m1").answers_bytes(200, body));
        let user = vendor().on(reads().answers(200, whole())).update::<Wix>("m1", change.clone());
        assert_eq!(user, Ok(Some(json!({"id": "m1", "email": "ada@example.com", "is_active": true}))), "{body}");

        let unread = vendor().on(reads().answers(200, json!({})));
        let error = failed(&unread, change.clone());
        assert!(
            error.kind() == FailureKind::Internal && error.message().starts_with("the write is done"),
            "{body}: {error}"
        );
    }
    let vendor = || switched().on(patch("/members/m1").answers_bytes(204, ""));
    let user = vendor().on(reads().answers(200, whole())).update::<Wix>("m1", change.clone());
    assert_eq!(user, Ok(Some(json!({"id": "m1", "email": "ada@example.com", "is_active": true}))));
    assert_eq!(vendor().on(reads().answers(403, json!({}))).update::<Wix>("m1", change), Ok(None));
}

#[test]
fn nothing_is_read_for_an_answer_that_nobody_wants() {
    let vendor = mock().without_user().on(post("/members/m1/block").answers_bytes(200, "not read"));
    assert_eq!(vendor.update::<Wix>("m1", json!({"is_active": false})), Ok(None));
}

#[test]
fn only_who_is_approved_is_active() {
    for (status, is_active) in [
        ("APPROVED", json!(true)),
        ("PENDING", json!(false)),
        ("BLOCKED", json!(false)),
        ("OFFLINE", json!(false)),
        ("UNKNOWN", Value::Null),
    ] {
        assert_eq!(read(json!({"id": "m1", "status": status}))["is_active"], is_active, "{status}");
    }
}

#[test]
fn contact_details_stand_in_for_what_the_member_does_not_have() {
    let contact = json!({"firstName": "Ada", "lastName": "Example", "emails": ["ada@example.com", "a@example.com"]});
    let user = read(json!({"id": "m1", "profile": {"nickname": ""}, "contact": contact}));
    assert_eq!(user, json!({"id": "m1", "name": "Ada Example", "email": "ada@example.com"}));
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let nulls = json!({"id": "m1", "loginEmail": null, "status": null, "contact": null, "profile": null,
        "createdDate": null, "updatedDate": null});
    let inner = json!({"id": "m1", "contact": {"firstName": null, "lastName": null, "emails": null},
        "profile": {"nickname": null, "photo": null}});
    let empty = json!({"id": "m1", "loginEmail": "", "contact": {"firstName": "", "emails": []}, "profile": {"photo": {"url": ""}}});
    for member in [nulls, inner, empty, json!({"id": "m1", "profile": {"photo": {}}})] {
        assert_eq!(read(member), json!({"id": "m1"}));
    }
}

#[test]
fn an_identifier_cannot_leave_its_place_in_the_path() {
    for change in [json!({}), json!({"is_active": false})] {
        let error = mock().update::<Wix>("m1/../m2", change).unwrap_err();
        assert_eq!(error.kind(), FailureKind::InvalidInput);
    }
}
