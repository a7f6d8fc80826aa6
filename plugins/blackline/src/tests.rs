use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, get, post, put};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

/// The user that BlackLine's `answer` becomes.
fn read(answer: Value) -> Value {
    mock().on(get("/v1/users/7").answers(200, answer)).get::<BlackLine>("7").unwrap().unwrap()
}

#[test]
fn a_new_users_login_is_the_address_unless_there_is_a_user_name() {
    for (given, login) in [(json!({}), "ada@example.com"), (json!({"username": "ada"}), "ada")] {
        let mut body = json!({"emails": [{"email": "ada@example.com"}]});
        body.as_object_mut().unwrap().extend(given.as_object().unwrap().clone());
        let sent = json!({"email": "ada@example.com", "loginId": login});
        mock().on(post("/v1/users").json(sent).answers(201, json!({"id": 7}))).create::<BlackLine>(body).unwrap();
    }
}

#[test]
fn a_mobile_is_the_phone_of_who_has_no_other() {
    let sent = json!({"email": "ada@example.com", "loginId": "ada@example.com", "phoneNumber": "2"});
    let body = json!({"emails": [{"email": "ada@example.com"}], "phones": [{"number": "2", "type": "mobile"}]});
    mock().on(post("/v1/users").json(sent).answers(201, json!({"id": 7}))).create::<BlackLine>(body).unwrap();
}

#[test]
fn a_change_is_laid_over_the_record_of_which_what_can_be_written_goes_back() {
    let record = json!({"id": 7, "fullName": "Ada B.", "loginId": "ada", "jobTitle": "CFO", "phoneNumber": "1",
        "timeZoneId": 6, "supervisor": null, "defaultRoleId": 3, "lastUpdated": "2026-01-01T00:00:00Z"});
    let sent = json!({"loginId": "ada", "phoneNumber": "1", "timeZoneId": 6, "firstName": "Ada", "lastName": "Byron", "isActive": false});
    let vendor = mock()
        .on(get("/v1/users/7").answers(200, record))
        .on(put("/v1/users/7").json(sent).answers(200, json!({"id": 7})));
    vendor.update::<BlackLine>("7", json!({"name": "Ada Byron", "title": null, "status": "inactive"})).unwrap();
}

#[test]
fn what_blackline_cannot_clear_is_the_callers_mistake_and_nothing_is_sent() {
    for field in ["name", "first_name", "last_name", "emails", "status"] {
        let error = mock().update::<BlackLine>("7", json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn a_deletion_deactivates_and_keeps_the_rest() {
    let vendor = mock()
        .on(get("/v1/users/7").answers(200, json!({"id": 7, "loginId": "ada", "isActive": true})))
        .on(put("/v1/users/7").json(json!({"loginId": "ada", "isActive": false})).answers(200, json!({"id": 7})));
    vendor.delete::<BlackLine>("7").unwrap();
}

#[test]
fn what_is_missing_null_or_empty_is_nothing_and_a_creation_has_three_names() {
    let nothing = json!({"id": "7", "phones": []});
    for told in [
        json!({"id": 7}),
        json!({"id": "7", "loginId": "", "firstName": null, "fullName": "", "email": null, "isActive": null,
            "phoneNumber": "", "created": null, "lastUpdated": ""}),
    ] {
        assert_eq!(read(told), nothing);
    }
    for name in ["created", "createdDate", "createdAt"] {
        assert_eq!(read(json!({"id": 7, name: "2026-01-01 00:00:00"}))["created_at"], "2026-01-01T00:00:00Z");
    }
    let both = json!({"id": 7, "created": "", "createdAt": "2026-01-01 00:00:00"});
    assert_eq!(read(both)["created_at"], "2026-01-01T00:00:00Z");
}

#[test]
fn an_identifier_is_a_number() {
    for id in ["ada", "07", "7/../8"] {
        assert_eq!(mock().get::<BlackLine>(id).unwrap_err().kind(), FailureKind::NotFound, "{id}");
    }
}
