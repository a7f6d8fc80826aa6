use mortise_sdk::mock::{Mock, post};
use mortise_sdk::{Kind, Level, Operation, Value};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::Ticketing)
}

fn new_user() -> Value {
    json!({"name": "Ada Example", "emails": [{"email": "ada@example.com"}]})
}

/// The ticketing user that Re:amaze's `answer` to a creation becomes.
fn read(answer: Value) -> Value {
    mock().on(post("/staff").answers(200, answer)).create::<Reamaze>(new_user()).unwrap().unwrap()
}

#[test]
fn the_name_and_the_address_are_required_and_nobody_is_updated() {
    let capabilities = Reamaze::capabilities();
    assert_eq!(capabilities.operations.len(), 1);
    let support = capabilities.support(Category::Ticketing, Operation::CreateUser).unwrap();
    let required = support.request.iter().filter(|field| field.level == Level::Required).map(|field| field.field);
    assert_eq!(required.collect::<Vec<_>>(), ["name", "emails"]);
}

#[test]
fn a_list_without_an_address_creates_nobody() {
    let error = mock().create::<Reamaze>(json!({"name": "Ada Example", "emails": []})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (Kind::InvalidInput, Some("emails")));
}

#[test]
fn the_identifier_is_the_address_in_lower_case() {
    let user = read(json!({"email": "Ada@Example.com"}));
    assert_eq!((&user["id"], &user["emails"][0]["email"]), (&json!("ada@example.com"), &json!("Ada@Example.com")));
}

#[test]
fn an_identifier_goes_before_the_address_if_one_ever_comes() {
    for (answer, id) in [
        (json!({"id": 7, "email": "ada@example.com"}), "7"),
        (json!({"id": null, "email": "ada@example.com"}), "ada@example.com"),
        (json!({"id": "7"}), "7"),
    ] {
        assert_eq!(read(answer)["id"], id);
    }
}

#[test]
fn a_role_without_an_identifier_is_known_by_its_name() {
    for (role, roles) in [
        (json!(null), json!([])),
        (json!({"id": null, "name": "Staff", "admin?": false}), json!([{"id": "Staff", "name": "Staff"}])),
        (json!({"id": 7, "name": null}), json!([{"id": "7"}])),
        (json!({"id": "7", "name": "Support"}), json!([{"id": "7", "name": "Support"}])),
        (json!("Support"), json!([{"id": "Support", "name": "Support"}])),
    ] {
        assert_eq!(read(json!({"email": "ada@example.com", "role": role}))["roles"], roles);
    }
}
