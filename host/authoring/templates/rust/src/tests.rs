//! Tests beside the cassettes. `cargo test` runs them natively, against a scripted vendor.

use mortise_sdk::mock::{Mock, get, page, patch, post};
use mortise_sdk::{Category, FailureKind};
use serde_json::json;

use super::*;

type Tested = {{type}};

fn mock() -> Mock {
    Mock::new(Category::Ticketing)
}

#[test]
fn a_null_clears_and_what_is_absent_is_left_alone() {
    let answer = json!({"person": {"id": "7", "full_name": "Ada", "suspended": false}});
    let vendor = mock().on(patch("/people/7").json(json!({"picture": null})).answers(200, answer));
    vendor.update::<Tested>("7", json!({"avatar": null})).unwrap();
}

#[test]
fn a_vendor_error_becomes_a_vendor_failure() {
    let vendor = mock().on(post("/people").answers(409, json!({"error": "this address is taken"})));
    let error = vendor.create::<Tested>(json!({"name": "Ada", "emails": [{"email": "ada@example.com"}]})).unwrap_err();
    assert_eq!(error.kind(), FailureKind::Vendor);
}

#[test]
fn a_page_with_a_row_that_is_no_person_fails_and_names_its_place() {
    let answer = json!({"people": [{"id": "7"}, {"full_name": "Ada"}], "next": null});
    let vendor = mock().on(get("/people").query("limit", "50").answers(200, answer));
    let error = vendor.list::<Tested>(&page(50)).unwrap_err();
    assert!(error.message().contains("`/people/1`"), "{}", error.message());
}
