use mortise_sdk::mock::{Mock, get, page, patch};
use mortise_sdk::{FailureKind, Level, Operation, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::Crm)
}

/// The crm user that Outreach's `answer` to an update becomes.
fn read(answer: Value) -> Value {
    let vendor = mock().on(patch("/users/42").answers(200, json!({ "data": answer })));
    vendor.update::<Outreach>("42", json!({"first_name": "Ada"})).unwrap().unwrap()
}

#[test]
fn nothing_is_required() {
    let capabilities = Outreach::capabilities();
    let support = capabilities.support(Category::Crm, Operation::UpdateUser).unwrap();
    assert!(support.request.iter().all(|field| field.level != Level::Required));
}

#[test]
fn only_what_is_given_changes() {
    for (change, attributes) in [
        (json!({"first_name": "Ada"}), json!({"firstName": "Ada"})),
        (json!({"last_name": null}), json!({"lastName": null})),
        (json!({"name": "Ada Example", "email": "ada@example.com"}), json!({})),
    ] {
        let document = json!({"data": {"type": "user", "id": 42, "attributes": attributes}});
        let answer = json!({"data": {"id": 42, "attributes": {}}});
        let vendor = mock().on(patch("/users/42").json(document).answers(200, answer));
        vendor.update::<Outreach>("42", change).unwrap();
        assert_eq!(
            vendor.requests()[0].headers,
            ["accept", "content-type"].map(|name| (name.to_owned(), "application/vnd.api+json".to_owned()))
        );
    }
}

#[test]
fn whoever_has_no_number_is_not_found() {
    for id in ["ada", "4.2", "-1", "../teams", ""] {
        assert_eq!(mock().update::<Outreach>(id, json!({})).unwrap_err().kind(), FailureKind::NotFound, "{id:?}");
    }
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let nulls = json!({"name": null, "email": null, "createdAt": null, "updatedAt": null, "locked": null});
    for answer in [json!({"id": "42", "attributes": nulls}), json!({"id": 42, "attributes": {}, "links": {}})] {
        assert_eq!(read(answer), json!({"id": "42"}));
    }
}

#[test]
fn an_update_whose_answer_tells_no_user_is_no_success() {
    for (answer, kind) in [
        (json!({"data": {"attributes": null}}), FailureKind::Internal),
        (json!({"data": null}), FailureKind::Internal),
        (json!({"errors": [{"id": "validationError", "detail": "no"}]}), FailureKind::Refused),
    ] {
        let vendor = mock().on(patch("/users/42").answers(200, answer));
        assert_eq!(vendor.update::<Outreach>("42", json!({})).unwrap_err().kind(), kind);
    }
}

#[test]
fn a_page_is_asked_for_in_the_vendors_words() {
    let next = "https://api.outreach.io/api/v2/users?page%5Bsize%5D=2&page%5Bafter%5D=MjA%3D";
    let row = json!({"type": "user", "id": 1, "attributes": {"email": "ada@example.com", "locked": true}});
    let request = get("/users").query("page[size]", "2").query("filter[locked]", "true");
    let request = request.query("filter[updatedAt]", "2026-01-31T09:30:00Z..inf").query("sort", "-createdAt");
    let vendor = mock().on(request.answers(200, json!({"data": [row], "links": {"next": next}})));
    let asked =
        page(2).by("is_active", "false").by("updated_at[gt]", "2026-01-31T09:30:00Z").sorted("created_at", true);
    let listed = vendor.list::<Outreach>(&asked).unwrap();
    assert_eq!((&listed.rows[0]["is_active"], listed.next.as_deref()), (&json!(false), Some("MjA=")));
    let last = get("/users").query("page[size]", "2").query("page[after]", "MjA=");
    let listed =
        mock().on(last.answers(200, json!({"data": [], "links": {}}))).list::<Outreach>(&page(2).at("MjA=")).unwrap();
    assert_eq!((listed.rows.len(), listed.next), (0, None));
}

#[test]
fn a_deletion_locks_the_user() {
    let change = json!({"data": {"type": "user", "id": 1, "attributes": {"locked": true}}});
    mock().on(patch("/users/1").json(change).answers(200, json!({}))).delete::<Outreach>("1").unwrap();
    let user = mock().on(get("/users/1").answers(200, json!({"data": {"id": 1}}))).get::<Outreach>("1").unwrap();
    assert_eq!(user.unwrap()["id"], "1");
}
