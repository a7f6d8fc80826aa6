use mortise_sdk::mock::{Exchange, Mock, delete, get, page, patch, post, put};
use mortise_sdk::{Category, FailureKind, Level, Operation, Value};
use serde_json::json;

use super::*;

const ID: &str = "4d2ab456-8510-4a35-b266-e502160d5177";

fn mock() -> Mock {
    Mock::new(Category::Ticketing)
}

fn agent() -> Value {
    json!({"data": {"id": ID, "createdAt": "2020-12-16T09:41:43Z", "displayName": "Ada", "email": "ada@example.com"}})
}

fn no_teams() -> Exchange {
    get(&format!("/agents/{ID}/teams")).without_body().answers(200, json!({"data": []}))
}

#[test]
fn the_name_and_on_creation_the_address_are_required() {
    let capabilities = Dixa::capabilities();
    for (operation, expected) in
        [(Operation::CreateUser, vec!["name", "emails"]), (Operation::UpdateUser, vec!["name"])]
    {
        let support = capabilities.support(Category::Ticketing, operation).unwrap();
        let required = support.request.iter().filter(|f| f.level == Level::Required).map(|f| f.field);
        assert_eq!(required.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn an_address_list_without_an_address_creates_nobody() {
    for emails in [json!([]), json!([{"type": "primary"}]), json!(null)] {
        let error = mock().create::<Dixa>(json!({"name": "Ada", "emails": emails})).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("emails")));
    }
}

#[test]
fn a_null_on_creation_is_left_out() {
    let vendor = mock()
        .on(post("/agents").json(json!({"displayName": "Ada", "email": "ada@example.com"})).answers(201, agent()));
    let body = json!({"name": "Ada", "emails": [{"email": "ada@example.com"}], "first_name": null, "avatar": null});
    vendor.create::<Dixa>(body).unwrap();
}

#[test]
fn the_main_address_is_left_out_of_an_update_however_it_is_told() {
    for (emails, additional) in [
        (json!([{"email": "a@x.io", "type": "primary"}, {"email": "b@x.io", "type": "other"}]), json!(["b@x.io"])),
        (json!([{"email": "b@x.io"}, {"email": "a@x.io", "type": "primary"}]), json!(["b@x.io"])),
        (json!([{"email": "a@x.io"}, {"email": "b@x.io"}]), json!(["b@x.io"])),
        (json!([{"email": "b@x.io", "type": "other"}]), json!(["b@x.io"])),
        (json!([]), json!([])),
        (json!(null), json!([])),
    ] {
        let change = json!({"displayName": "Ada", "additionalEmails": additional});
        let vendor = mock().on(patch(&format!("/agents/{ID}")).json(change).answers(200, agent())).on(no_teams());
        vendor.update::<Dixa>(ID, json!({"name": "Ada", "emails": emails})).unwrap();
    }
}

#[test]
fn a_null_clears_and_keeps_what_the_model_does_not_know() {
    let before = json!({"data": {"id": ID, "displayName": "Ada", "email": "ada@example.com", "firstName": "Ada",
        "lastName": "Example", "phoneNumber": "+4512345678", "additionalPhoneNumbers": ["+4587654321"], "middleNames": ["B"],
        "roles": ["Agent"]}});
    let after = json!({"displayName": "Ada", "lastName": "Example", "phoneNumber": "+4512345678",
        "additionalPhoneNumbers": ["+4587654321"], "middleNames": ["B"]});
    let vendor = mock()
        .on(get(&format!("/agents/{ID}")).without_body().answers(200, before))
        .on(put(&format!("/agents/{ID}")).json(after).answers(200, agent()))
        .on(no_teams());
    vendor.update::<Dixa>(ID, json!({"name": "Ada", "first_name": null})).unwrap();
    assert_eq!(vendor.requests().iter().map(|r| r.primary).collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn the_name_cannot_be_cleared() {
    let error = mock().update::<Dixa>(ID, json!({"name": null})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("name")));
}

#[test]
fn a_vendor_error_becomes_a_vendor_failure() {
    for status in [400, 401, 404, 429, 500] {
        let vendor = mock().on(post("/agents").answers(status, json!({"message": "Decoding failure in request"})));
        let error = vendor.create::<Dixa>(json!({"name": "Ada", "emails": [{"email": "a@x.io"}]})).unwrap_err();
        assert_eq!((error.kind(), error.message()), (FailureKind::Vendor, ""));
    }
}

#[test]
fn teams_that_cannot_be_read_do_not_undo_the_update() {
    for answer in [get(&format!("/agents/{ID}/teams")).answers(429, json!({})), no_teams().answers(200, json!([]))] {
        let vendor = mock().on(patch(&format!("/agents/{ID}")).answers(200, agent())).on(answer);
        let user = vendor.update::<Dixa>(ID, json!({"name": "Ada"})).unwrap().unwrap();
        assert_eq!((&user["id"], user.get("team_ids")), (&json!(ID), None));
    }
}

#[test]
fn nothing_is_read_that_only_fills_an_answer_nobody_wants() {
    let vendor = mock().without_user().on(patch(&format!("/agents/{ID}")).answers_bytes(200, "not read"));
    assert_eq!(vendor.update::<Dixa>(ID, json!({"name": "Ada"})), Ok(None));
}

#[test]
fn an_answer_may_leave_out_or_null_whatever_is_optional() {
    let nulls = json!({"data": {"id": ID, "createdAt": null, "displayName": "Ada", "email": null, "avatarUrl": null,
        "additionalEmails": null, "firstName": null, "roles": null}});
    let bare = json!({"data": {"id": ID, "displayName": "Ada"}});
    let number = json!({"data": {"id": 7, "displayName": null}});
    for (answer, told) in [
        (nulls, json!({"id": ID, "name": "Ada"})),
        (bare, json!({"id": ID, "name": "Ada"})),
        (number, json!({"id": "7"})),
    ] {
        let vendor = mock().on(post("/agents").answers(201, answer));
        let user = vendor.create::<Dixa>(json!({"name": "Ada", "emails": [{"email": "a@x.io"}]})).unwrap();
        let mut expected = json!({"emails": [], "is_active": true, "updated_at": null});
        expected.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
        assert_eq!(user, Some(expected));
    }
}

#[test]
fn an_answer_that_is_no_agent_is_told_with_its_place() {
    let vendor = mock().on(post("/agents").answers(201, json!({"data": "done"})));
    let error = vendor.create::<Dixa>(json!({"name": "Ada", "emails": [{"email": "a@x.io"}]})).unwrap_err();
    assert_eq!(error.kind(), FailureKind::Internal);
    let message = "the write is done, but the vendor's answer cannot be read: `data`: invalid type: string ";
    assert!(error.message().starts_with(message), "{}", error.message());
}

#[test]
fn an_identifier_cannot_leave_its_place_in_the_path() {
    let error = mock().update::<Dixa>("../settings", json!({"name": "Ada"})).unwrap_err();
    assert_eq!(error.kind(), FailureKind::InvalidInput);
}

#[test]
fn an_agent_is_read_with_its_teams() {
    let teams = get(&format!("/agents/{ID}/teams")).answers(200, json!({"data": [{"id": "t1"}]}));
    let vendor = mock().on(get(&format!("/agents/{ID}")).answers(200, agent())).on(teams);
    let user = vendor.get::<Dixa>(ID).unwrap().unwrap();
    assert_eq!((&user["id"], &user["team_ids"]), (&json!(ID), &json!(["t1"])));
    let failing = mock()
        .on(get(&format!("/agents/{ID}")).answers(200, agent()))
        .on(get(&format!("/agents/{ID}/teams")).answers(429, json!({})));
    assert_eq!(
        failing.get::<Dixa>(ID).unwrap_err().kind(),
        FailureKind::Vendor,
        "a failed read of the teams fails the call"
    );
}

#[test]
fn a_page_goes_on_by_the_key_in_the_next_address() {
    let next = "https://dev.dixa.io/v1/agents?pageLimit=2&pageKey=a%2Bb%3D";
    let answer = json!({"data": [agent()["data"]], "meta": {"next": next, "previous": null}});
    let first =
        mock().on(get("/agents").query("pageLimit", "2").query("email", "ada@example.com").answers(200, answer));
    let listed = first.list::<Dixa>(&page(2).by("email", "ada@example.com")).unwrap();
    assert_eq!((listed.rows.len(), listed.next.as_deref()), (1, Some("a+b=")));
    let last = get("/agents").query("pageLimit", "2").query("pageKey", "a+b=").answers(200, json!({"data": []}));
    let listed = mock().on(last).list::<Dixa>(&page(2).at("a+b=")).unwrap();
    assert_eq!((listed.rows.len(), listed.next), (0, None));
}

#[test]
fn a_page_with_a_row_that_is_no_agent_is_none() {
    let answer = json!({"data": [agent()["data"], {"displayName": "Bo"}]});
    let error =
        mock().on(get("/agents").query("pageLimit", "2").answers(200, answer)).list::<Dixa>(&page(2)).unwrap_err();
    assert!(error.kind() == FailureKind::Internal && error.message().contains("`/data/1`"), "{error:?}");
}

#[test]
fn a_deletion_is_one_request() {
    let vendor = mock().on(delete(&format!("/agents/{ID}")).without_body().answers_bytes(204, ""));
    vendor.delete::<Dixa>(ID).unwrap();
    let gone = mock().on(delete(&format!("/agents/{ID}")).answers(404, json!({"message": "no"})));
    assert_eq!(gone.delete::<Dixa>(ID).unwrap_err().kind(), FailureKind::Vendor);
}
