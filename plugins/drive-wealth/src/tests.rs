use mortise_sdk::FailureKind;
use mortise_sdk::mock::{Mock, get, patch, post};
use serde_json::json;

use super::*;

const USER: &str = "https://bo-api.drivewealth.io/back-office/users/u1";

fn mock() -> Mock {
    Mock::new(Category::UserDirectory).variable("domain", "drivewealth.io")
}

fn read(customer: Value) -> Value {
    mock().on(get(USER).answers(200, json!({ "user": customer }))).get::<DriveWealth>("u1").unwrap().unwrap()
}

#[test]
fn a_change_is_a_document_with_what_is_given() {
    for (body, data) in [
        (json!({"name": "Ada B. Example"}), json!({"firstName": "Ada B.", "lastName": "Example"})),
        (json!({"phones": [{"number": "+1 (800) 555-0100", "type": "mobile"}]}), json!({"phone": "18005550100"})),
        (json!({"emails": [{"email": "ada@example.com"}]}), json!({"emailAddress": "ada@example.com"})),
    ] {
        let documents = json!({"documents": [{"type": "BASIC_INFO", "data": data}]});
        let vendor = mock().on(patch(USER).json(documents).answers(200, json!({"id": "u1"})));
        vendor.update::<DriveWealth>("u1", body).unwrap();
    }
    for (field, name) in [("first_name", "first_name"), ("emails", "emails"), ("phones", "phones")] {
        let error = mock().update::<DriveWealth>("u1", json!({ field: null })).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(name)));
    }
}

#[test]
fn a_phone_without_digits_is_the_callers_mistake() {
    let error = mock().update::<DriveWealth>("u1", json!({"phones": [{"number": "none"}]})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("phones")));
}

#[test]
fn a_status_is_one_of_ours_unless_it_waits() {
    for (theirs, ours) in
        [("APPROVED", "active"), ("PENDING", "PENDING"), ("REJECTED", "inactive"), ("CLOSED", "inactive")]
    {
        assert_eq!(read(json!({"id": "u1", "status": {"name": theirs}}))["status"], ours);
    }
}

#[test]
fn a_customer_is_read_in_either_spelling_and_with_what_there_is() {
    for spelling in ["lastname", "lastName"] {
        assert_eq!(read(json!({"id": "u1", "firstName": "Ada", spelling: "Example"}))["name"], "Ada Example");
    }
    assert_eq!(read(json!({"id": "u1", "lastname": "Example", "lastName": "Example"}))["name"], "Example");
    let identifiers = json!({"idNo": "****-4444", "parentIBID": "p1"});
    let user =
        read(json!({"id": "u1", "idNo": "****-4444", "wlpID": "", "parentIBID": {"id": "p1", "name": "Partner"}}));
    assert_eq!(user, json!({"id": "u1", "phones": [], "identifiers": identifiers}));
    let nulls =
        json!({"id": "u1", "displayName": null, "email": null, "status": null, "parentIBID": null, "idNo": null});
    assert_eq!(read(nulls), json!({"id": "u1", "phones": []}));
}

#[test]
fn a_new_customer_is_told_by_a_document() {
    let data = json!({"firstName": "Ada", "lastName": "Example", "emailAddress": "ada@example.com", "phone": "1"});
    let documents = json!([{"type": "TAX_INFO", "data": {"taxPayerType": "K"}}, {"type": "BASIC_INFO", "data": data}]);
    let users = USER.trim_end_matches("/u1");
    let vendor = mock().on(post(users).answers(200, json!({"id": "u1", "documents": documents})));
    let body = json!({"name": "Ada Example", "emails": [{"email": "ada@example.com"}], "phones": [{"number": "1"}]});
    let user = vendor.create::<DriveWealth>(body).unwrap().unwrap();
    assert_eq!((&user["name"], &user["emails"][0]["email"]), (&json!("Ada Example"), &json!("ada@example.com")));
}
