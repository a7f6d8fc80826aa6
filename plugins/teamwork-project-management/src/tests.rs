use mortise_sdk::mock::{Mock, delete, get, page, post, put};
use mortise_sdk::{FailureKind, Level, Value};
use serde_json::json;

use super::*;

const PERSON: &str = "/people/7.json";

fn mock() -> Mock {
    Mock::new(Category::Ticketing)
}

/// The vendor's answer to an update.
fn done() -> Value {
    json!({"STATUS": "OK"})
}

fn update(change: Value, sent: Value) {
    let vendor = mock()
        .on(put(PERSON).json(json!({ "person": sent })).answers(200, done()))
        .on(get(PERSON).without_body().answers(200, json!({"STATUS": "OK", "person": {"id": "7"}})));
    vendor.update::<Teamwork>("7", change).unwrap();
    assert_eq!(vendor.requests().iter().map(|r| r.primary).collect::<Vec<_>>(), [true, false]);
}

/// The user that `person` becomes when it is read after an update.
fn read(person: Value) -> Value {
    let vendor = mock()
        .on(put(PERSON).answers(200, done()))
        .on(get(PERSON).answers(200, json!({"STATUS": "OK", "person": person})));
    vendor.update::<Teamwork>("7", json!({})).unwrap().unwrap()
}

#[test]
fn nothing_is_required() {
    let is_required = |support: &Support| support.request.iter().any(|field| field.level == Level::Required);
    assert!(!Teamwork::capabilities().operations.iter().any(is_required));
}

#[test]
fn an_absent_field_is_left_alone_and_so_is_an_empty_list() {
    update(json!({}), json!({}));
    update(json!({"emails": [], "roles": []}), json!({}));
    update(json!({"last_name": "King"}), json!({"last-name": "King"}));
}

#[test]
fn a_role_is_a_type_of_user_and_for_accounts_an_administrator_or_none() {
    for (words, sent) in [
        (vec!["admin", "owner", "Admin"], json!({"user-type": "account", "administrator": true})),
        (vec!["member", "account"], json!({"user-type": "account", "administrator": false})),
        (vec!["collaborator", "viewer"], json!({"user-type": "collaborator"})),
        (vec!["contact"], json!({"user-type": "contact"})),
    ] {
        for word in words {
            let by_number = json!([{"id": "7", "name": word}]);
            for roles in [json!(word), json!([{ "id": word }]), json!([{ "name": word }]), by_number] {
                update(json!({ "roles": roles }), sent.clone());
            }
        }
    }
}

#[test]
fn another_word_and_a_second_role_are_refused() {
    for (roles, place) in [
        (json!("guest"), "roles[0]"),
        (json!([{}]), "roles[0]"),
        (json!([{"id": "7", "name": "guest"}]), "roles[0]"),
        (json!(["admin", "contact"]), "roles[1]"),
    ] {
        let error = mock().update::<Teamwork>("7", json!({ "roles": roles })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(place)));
    }
}

#[test]
fn a_role_is_read_as_it_is_written() {
    for (user_type, administrator, role) in [
        ("account", json!(true), "admin"),
        ("account", json!(false), "member"),
        ("account", json!(null), "member"),
        ("collaborator", json!(false), "collaborator"),
        ("contact", json!(null), "contact"),
        ("tentacle", json!(false), "tentacle"),
    ] {
        let user = read(json!({"id": "7", "user-type": user_type, "administrator": administrator}));
        assert_eq!(user["roles"], json!([{"id": role, "name": role}]));
    }
}

#[test]
fn what_a_person_cannot_be_without_cannot_be_cleared() {
    for field in ["first_name", "last_name", "emails", "roles"] {
        let error = mock().update::<Teamwork>("7", json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn the_identifier_of_a_new_person_is_text_or_a_number_wherever_it_is_told() {
    for (id, answer) in [
        (json!("7"), json!({"STATUS": "OK", "id": "7"})),
        (json!(7), json!({"STATUS": "OK", "id": 7})),
        (json!("7"), json!({"STATUS": "OK", "user": {"id": "7"}})),
    ] {
        let vendor = mock()
            .on(post("/people.json").answers(201, answer))
            .on(get(PERSON).answers(200, json!({"STATUS": "OK", "person": {"id": id}})));
        assert_eq!(vendor.create::<Teamwork>(json!({"first_name": "Ada"})).unwrap(), Some(json!({"id": "7"})));
    }
}

#[test]
fn a_creation_whose_answer_has_no_identifier_is_told_as_done_and_no_success() {
    for answer in [json!({"STATUS": "OK"}), json!({"id": null, "user": null}), json!({"user": {"firstName": "Ada"}})] {
        let vendor = mock().on(post("/people.json").answers(201, answer));
        let error = vendor.create::<Teamwork>(json!({})).unwrap_err();
        assert!(error.kind() == FailureKind::Internal && error.message().starts_with("the write is done"), "{error}");
    }
}

#[test]
fn a_failure_under_a_status_of_success_is_a_failure() {
    let failed = json!({"STATUS": "Error", "MESSAGE": "User already exists", "id": "7"});
    let vendor = mock().on(post("/people.json").answers(200, failed.clone()));
    assert_eq!(vendor.create::<Teamwork>(json!({})).unwrap_err().kind(), FailureKind::Refused);
    let vendor = mock().on(put(PERSON).answers(200, failed));
    assert_eq!(vendor.update::<Teamwork>("7", json!({})).unwrap_err().kind(), FailureKind::Refused);
    let vendor = mock().on(put(PERSON).answers(200, json!({})));
    assert_eq!(vendor.update::<Teamwork>("7", json!({})).unwrap_err().kind(), FailureKind::Internal);
}

#[test]
fn nothing_is_read_where_nobody_wants_the_user() {
    let vendor = mock().without_user().on(post("/people.json").answers_bytes(201, "not read"));
    assert_eq!(vendor.create::<Teamwork>(json!({})), Ok(None));
    mock().without_user().on(put(PERSON).answers(200, done())).update::<Teamwork>("7", json!({})).unwrap();
}

#[test]
fn a_finished_write_is_a_success_where_it_cannot_be_read_back() {
    for (status, answer) in [(403, json!({})), (200, json!({"STATUS": "OK"})), (200, json!({"person": null}))] {
        let vendor = mock().on(put(PERSON).answers(200, done())).on(get(PERSON).answers(status, answer));
        assert_eq!(vendor.update::<Teamwork>("7", json!({})).unwrap(), Some(json!({"id": "7"})));
    }
}

#[test]
fn an_answer_may_leave_out_empty_or_null_whatever_is_optional() {
    let names = ["first-name", "last-name", "user-name", "email-address", "avatar-url", "user-type", "created-at"];
    for nothing in [json!(null), json!("")] {
        let mut person = json!({"id": 7, "administrator": null, "last-changed-on": nothing});
        for name in names {
            person[name] = nothing.clone();
        }
        assert_eq!(read(person), json!({"id": "7"}));
    }
    assert_eq!(read(json!({})), json!({"id": "7"}));
}

#[test]
fn who_is_not_told_by_a_number_is_not_found() {
    for id in ["ada", "7/../8", "-7", "7.5", ""] {
        let update = mock().update::<Teamwork>(id, json!({"first_name": "Ada"})).map(drop);
        for done in [update, mock().get::<Teamwork>(id).map(drop), mock().delete::<Teamwork>(id)] {
            assert_eq!(done.unwrap_err().kind(), FailureKind::NotFound, "{id}");
        }
    }
}

#[test]
fn a_header_tells_how_many_pages_there_are_and_without_it_there_is_one() {
    for (pages, next) in [(Some("3"), Some("3")), (Some("2"), None), (Some("0"), None), (None, None)] {
        let asked = get("/people.json").query("page", "2").query("pageSize", "100").query("emailaddress", "a@x.io");
        let asked = pages.map_or(asked.clone(), |pages| asked.header("x-pages", pages));
        let people = json!([{"id": "7", "first-name": "Ada"}]);
        let vendor = mock().on(asked.answers(200, json!({"STATUS": "OK", "people": people})));
        let listed = vendor.list::<Teamwork>(&page(100).at("2").by("email", "a@x.io")).unwrap();
        assert_eq!((&listed.rows[0]["name"], listed.next.as_deref()), (&json!("Ada"), next), "{pages:?}");
    }
}

#[test]
fn a_read_and_a_deletion_can_fail_under_a_status_of_success() {
    let failed = json!({"STATUS": "Error", "MESSAGE": "No", "id": "7"});
    assert_eq!(
        mock().on(get(PERSON).answers(200, failed.clone())).get::<Teamwork>("7").unwrap_err().kind(),
        FailureKind::Refused
    );
    assert_eq!(
        mock().on(delete(PERSON).answers(200, failed)).delete::<Teamwork>("7").unwrap_err().kind(),
        FailureKind::Refused
    );
    mock().on(delete(PERSON).without_body().answers(200, done())).delete::<Teamwork>("7").unwrap();
}
