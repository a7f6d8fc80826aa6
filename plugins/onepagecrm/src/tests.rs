use mortise_sdk::mock::{Exchange, Mock, get, page, put};
use mortise_sdk::{FailureKind, Level, Operation, Value};
use serde_json::json;

use super::*;

const ID: &str = "5aba31e99007ba0f570c12f7";
const PATH: &str = "/users/5aba31e99007ba0f570c12f7";

fn mock() -> Mock {
    Mock::new(Category::Crm)
}

fn data(user: &Value) -> Value {
    json!({"status": 0, "message": "OK", "timestamp": 1_763_682_000, "data": {"user": user}})
}

fn answers(exchange: Exchange, user: &Value) -> Exchange {
    exchange.answers(200, data(user))
}

/// The crm user that OnePageCRM's `user` becomes.
fn read(user: Value) -> Value {
    let vendor = mock().on(answers(get(PATH), &user)).on(answers(put(PATH), &user));
    vendor.update::<OnePageCrm>(ID, json!({"name": "Ada Example"})).unwrap().unwrap()
}

#[test]
fn nothing_is_required() {
    let capabilities = OnePageCrm::capabilities();
    let support = capabilities.support(Category::Crm, Operation::UpdateUser).unwrap();
    assert!(support.request.iter().all(|field| field.level != Level::Required));
}

#[test]
fn a_name_is_laid_over_the_user_as_read() {
    let before = json!({"id": ID, "first_name": "Jane", "last_name": "Doe", "company_name": "Big Company Inc.",
        "email": "jane@example.com", "photo_url": "https://example.com/jane.jpg", "account_rights": ["admin"]});
    for (change, first_name, last_name) in [
        (json!({"name": "Ada Example"}), "Ada", "Example"),
        (json!({"name": " Ada Maria  Example "}), "Ada Maria", "Example"),
        (json!({"name": "Ada"}), "Ada", "Doe"),
        (json!({"name": "  "}), "Jane", "Doe"),
        (json!({"email": "ada@example.com"}), "Jane", "Doe"),
        (json!({}), "Jane", "Doe"),
    ] {
        let sent = json!({"first_name": first_name, "last_name": last_name, "company_name": "Big Company Inc."});
        let vendor = mock().on(answers(get(PATH), &before)).on(answers(put(PATH).json(sent), &before));
        vendor.update::<OnePageCrm>(ID, change).unwrap();
        assert_eq!(vendor.requests().iter().map(|r| r.primary).collect::<Vec<_>>(), [false, true]);
    }
}

#[test]
fn what_the_user_does_not_have_is_not_sent() {
    let before = json!({"id": ID, "first_name": "Jane", "last_name": null});
    let vendor =
        mock().on(answers(get(PATH), &before)).on(answers(put(PATH).json(json!({"first_name": "Ada"})), &before));
    vendor.update::<OnePageCrm>(ID, json!({"name": "Ada"})).unwrap();
}

#[test]
fn a_user_cannot_be_without_a_name_and_nothing_is_asked_for() {
    let error = mock().update::<OnePageCrm>(ID, json!({"name": null})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("name")));
}

#[test]
fn a_plain_403_is_told_from_one_of_permissions() {
    let limited = "OnePageCRM takes no more requests for the moment";
    for (kind, body, message) in [
        ("text/plain; charset=utf-8", "Rate Limit Exceeded\n", limited),
        ("application/json", r#"{"status":403}"#, ""),
        ("text/html", "<html></html>", ""),
    ] {
        let refuses = |exchange: Exchange| exchange.header("content-type", kind).answers_bytes(403, body);
        let user = json!({"id": ID});
        for vendor in [mock().on(refuses(get(PATH))), mock().on(answers(get(PATH), &user)).on(refuses(put(PATH)))] {
            let error = vendor.update::<OnePageCrm>(ID, json!({"name": "Ada"})).unwrap_err();
            assert_eq!((error.kind(), error.message()), (FailureKind::Vendor, message));
        }
    }
}

#[test]
fn a_user_who_cannot_be_read_is_not_written() {
    let vendor = mock().on(get(PATH).answers(404, json!({"status": 404, "errors": {}})));
    assert_eq!(vendor.update::<OnePageCrm>(ID, json!({"name": "Ada"})).unwrap_err().kind(), FailureKind::Vendor);
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let nulls = json!({"id": ID, "first_name": null, "last_name": null, "email": null, "company_name": null,
        "photo_url": null, "account_rights": []});
    for user in [nulls, json!({"id": ID})] {
        assert_eq!(read(user), json!({"id": ID}));
    }
    assert_eq!(read(json!({"id": 7, "first_name": "Ada", "last_name": ""})), json!({"id": "7", "name": "Ada"}));
}

/// Answers with a status of success and without a user.
fn answers_without_a_user() -> [Value; 4] {
    [json!({"status": 0}), json!({"data": null}), json!({"data": {}}), json!({"data": {"user": null}})]
}

#[test]
fn nothing_is_written_over_a_user_who_is_not_told() {
    for answer in answers_without_a_user() {
        let vendor = mock().on(get(PATH).answers(200, answer));
        let error = vendor.update::<OnePageCrm>(ID, json!({"name": "Ada"})).unwrap_err();
        assert_eq!(error.kind(), FailureKind::Internal);
        assert_eq!(vendor.requests().len(), 1, "{error}");
    }
}

#[test]
fn an_update_whose_answer_tells_no_user_is_told_as_done_and_no_success() {
    for answer in answers_without_a_user() {
        let vendor = mock().on(answers(get(PATH), &json!({"id": ID}))).on(put(PATH).answers(200, answer));
        let error = vendor.update::<OnePageCrm>(ID, json!({"name": "Ada"})).unwrap_err();
        assert!(error.kind() == FailureKind::Internal && error.message().starts_with("the write is done"), "{error}");
    }
}

#[test]
fn a_failure_under_a_status_of_success_is_a_failure() {
    let failed = json!({"status": 403, "message": "Forbidden", "data": {"user": {"id": ID}}});
    let vendor = mock().on(get(PATH).answers(200, failed.clone()));
    assert_eq!(vendor.update::<OnePageCrm>(ID, json!({"name": "Ada"})).unwrap_err().kind(), FailureKind::Refused);
    let vendor = mock().on(answers(get(PATH), &json!({"id": ID}))).on(put(PATH).answers(200, failed));
    assert_eq!(vendor.update::<OnePageCrm>(ID, json!({"name": "Ada"})).unwrap_err().kind(), FailureKind::Refused);
}

#[test]
fn an_identifier_cannot_leave_its_place_in_the_path() {
    let error = mock().update::<OnePageCrm>("../contacts", json!({"name": "Ada"})).unwrap_err();
    assert_eq!(error.kind(), FailureKind::InvalidInput);
}

#[test]
fn the_team_is_one_page() {
    let team = json!({"status": 0, "data": [{"user": {"id": ID}}, {"user": {"id": 7, "first_name": "Bo"}}]});
    let listed = mock().on(get("/users").answers(200, team)).list::<OnePageCrm>(&page(100)).unwrap();
    assert_eq!((&listed.rows[1]["name"], listed.next), (&json!("Bo"), None));
}

#[test]
fn a_read_that_is_refused_in_its_body_is_a_failure() {
    let refusal = json!({"status": 400, "error_message": "no", "data": {"user": {"id": ID}}});
    let one = mock().on(get(PATH).answers(200, refusal.clone())).get::<OnePageCrm>(ID).unwrap_err();
    let all = mock().on(get("/users").answers(200, refusal)).list::<OnePageCrm>(&page(100)).unwrap_err();
    assert_eq!((one.kind(), all.kind()), (FailureKind::Refused, FailureKind::Refused));
    assert_eq!(mock().on(answers(get(PATH), &json!({"id": ID}))).get::<OnePageCrm>(ID).unwrap().unwrap()["id"], ID);
}
