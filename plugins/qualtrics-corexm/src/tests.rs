use mortise_sdk::mock::{Exchange as Played, Mock, delete, get, page, post, put};
use mortise_sdk::{FailureKind, Level, Operation, Value};
use serde_json::json;

use super::*;

const ID: &str = "UR_0123456789abcde";

fn mock() -> Mock {
    Mock::new(Category::Ticketing)
}

fn user_request() -> Played {
    get("/users/UR_0123456789abcde").without_body()
}

/// The answer to an update, which has only `meta`.
fn done() -> Value {
    json!({"meta": {"httpStatus": "200 - OK", "requestId": "aaaaaaaa-0000-4000-8000-000000000001"}})
}

fn new_user() -> Value {
    json!({"username": "ada@example.com", "first_name": "Ada", "last_name": "Example",
        "emails": [{"email": "ada@example.com"}], "password": "correct horse", "user_type": "UT_012345678912345",
        "languages": ["en", "de"]})
}

/// The user that `answer` to the reading after an update becomes.
fn read_back(answer: Value) -> Value {
    let vendor = mock().on(put(&format!("/users/{ID}")).answers(200, done())).on(user_request().answers(200, answer));
    vendor.update::<Qualtrics>(ID, json!({})).unwrap().unwrap()
}

#[test]
fn all_seven_fields_are_required_on_creation_and_none_on_update() {
    let capabilities = Qualtrics::capabilities();
    let required = |operation| {
        let support = capabilities.support(Category::Ticketing, operation).unwrap();
        support.request.iter().filter(|f| f.level == Level::Required).map(|f| f.field).collect::<Vec<_>>()
    };
    let create = ["username", "first_name", "last_name", "emails", "password", "user_type", "languages"];
    assert_eq!(required(Operation::CreateUser), create);
    assert!(required(Operation::UpdateUser).is_empty());
}

#[test]
fn a_list_without_a_first_entry_creates_nobody() {
    for field in ["emails", "languages"] {
        let mut body = new_user();
        body[field] = json!([]);
        let error = mock().create::<Qualtrics>(body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn an_absent_field_is_left_alone_and_so_is_an_empty_list() {
    for (change, sent) in [
        (json!({}), json!({})),
        (json!({"emails": [], "languages": []}), json!({})),
        (json!({"status": "inactive"}), json!({"status": "disabled"})),
        (json!({"status": "active", "languages": ["da"]}), json!({"status": "active", "language": "da"})),
    ] {
        let vendor = mock()
            .on(put(&format!("/users/{ID}")).json(sent).answers(200, done()))
            .on(user_request().answers(200, json!({"result": {"id": ID}})));
        vendor.update::<Qualtrics>(ID, change).unwrap();
        assert_eq!(vendor.requests().iter().map(|r| r.primary).collect::<Vec<_>>(), [true, false]);
    }
}

#[test]
fn nothing_can_be_cleared() {
    for field in ["username", "first_name", "last_name", "emails", "user_type", "languages", "status"] {
        let error = mock().update::<Qualtrics>(ID, json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn a_user_that_cannot_be_read_back_is_answered_by_identifier() {
    for answer in [user_request().answers(403, json!({})), user_request().answers(200, done())] {
        let created = mock().on(post("/users").answers(200, json!({"result": {"id": ID}}))).on(answer);
        assert_eq!(created.create::<Qualtrics>(new_user()), Ok(Some(json!({"id": ID}))));
    }
}

#[test]
fn nothing_is_read_back_for_an_answer_that_nobody_wants() {
    let vendor = mock().without_user().on(post("/users").answers_bytes(200, "not read"));
    assert_eq!(vendor.create::<Qualtrics>(new_user()), Ok(None));
    let vendor = mock().without_user().on(put(&format!("/users/{ID}")).answers_bytes(200, "not read"));
    assert!(vendor.update::<Qualtrics>(ID, json!({})).is_ok());
}

#[test]
fn a_creation_whose_answer_names_nobody_is_no_success() {
    for answer in [json!({"result": {}, "meta": {}}), json!({"result": {"id": null}}), json!({"result": null}), done()]
    {
        let vendor = mock().on(post("/users").answers(200, answer));
        assert_eq!(vendor.create::<Qualtrics>(new_user()).unwrap_err().kind(), FailureKind::Internal);
    }
    let vendor = mock().on(post("/users").answers_bytes(200, ""));
    assert_eq!(vendor.create::<Qualtrics>(new_user()), Ok(None));
}

#[test]
fn an_update_is_done_where_the_answer_says_so() {
    let update = |answer: Value| {
        let vendor = mock().on(put(&format!("/users/{ID}")).answers(200, answer));
        vendor.update::<Qualtrics>(ID, json!({})).unwrap_err()
    };
    assert_eq!(update(json!({})).kind(), FailureKind::Internal);
    let failed = json!({"meta": {"httpStatus": "400 - Bad Request", "error": {"errorMessage": "no"}}});
    assert_eq!(update(failed).kind(), FailureKind::Refused);
}

#[test]
fn an_identifier_may_be_a_number() {
    let vendor = mock()
        .on(post("/users").answers(200, json!({"result": {"id": 7}})))
        .on(get("/users/7").answers(200, json!({"result": {"id": 7, "username": "ada"}})));
    assert_eq!(vendor.create::<Qualtrics>(new_user()), Ok(Some(json!({"id": "7", "username": "ada"}))));
}

#[test]
fn only_an_active_account_is_active() {
    for (status, is_active) in [("active", true), ("disabled", false), ("notVerified", false)] {
        assert_eq!(read_back(json!({"result": {"id": ID, "accountStatus": status}}))["is_active"], json!(is_active));
    }
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let nulls = json!({"id": null, "username": null, "firstName": null, "lastName": null, "email": null,
        "accountStatus": null, "accountCreationDate": null, "divisionId": null});
    for result in [nulls, json!({})] {
        assert_eq!(read_back(json!({"result": result})), json!({"id": ID}));
    }
}

#[test]
fn a_list_goes_on_at_the_offset_of_the_next_page_whatever_its_host() {
    let row = json!({"id": ID, "username": "ada@example.com", "accountStatus": "active"});
    for (next_page, next) in [
        (json!("https://fra1.qualtrics.com/API/v3/users?offset=100"), Some("100")),
        (json!("https://evil.example.com/?pageSize=100&offset=100"), Some("100")),
        (json!(null), None),
    ] {
        let answer = json!({"result": {"elements": [row], "nextPage": next_page}, "meta": {}});
        let listed = mock().on(get("/users").answers(200, answer)).list::<Qualtrics>(&page(100)).unwrap();
        assert_eq!((&listed.rows[0]["is_active"], listed.next.as_deref()), (&json!(true), next));
    }
    let last = get("/users").query("offset", "100").answers(200, json!({"result": {"elements": []}}));
    assert_eq!(mock().on(last).list::<Qualtrics>(&page(100).at("100")).unwrap().next, None);
}

#[test]
fn an_error_beside_a_result_is_none_of_success() {
    let failed = json!({"meta": {"httpStatus": "400 - Bad Request", "error": {"errorMessage": "no"}}});
    let at = format!("/users/{ID}");
    let kinds = [
        mock().on(get(&at).answers(200, failed.clone())).get::<Qualtrics>(ID).unwrap_err().kind(),
        mock().on(get("/users").answers(200, failed.clone())).list::<Qualtrics>(&page(100)).unwrap_err().kind(),
        mock().on(delete(&at).answers(200, failed)).delete::<Qualtrics>(ID).unwrap_err().kind(),
    ];
    assert_eq!(kinds, [FailureKind::Refused; 3]);
    mock().on(delete(&at).answers(200, done())).delete::<Qualtrics>(ID).unwrap();
}
