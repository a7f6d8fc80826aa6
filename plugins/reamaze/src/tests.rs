use mortise_sdk::mock::{Mock, get, page, post};
use mortise_sdk::{FailureKind, Level, Operation, Value};
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
fn the_name_and_the_address_are_required() {
    let capabilities = Reamaze::capabilities();
    let support = capabilities.support(Category::Ticketing, Operation::CreateUser).unwrap();
    let required = support.request.iter().filter(|field| field.level == Level::Required).map(|field| field.field);
    assert_eq!(required.collect::<Vec<_>>(), ["name", "emails"]);
}

#[test]
fn a_list_without_an_address_creates_nobody() {
    let error = mock().create::<Reamaze>(json!({"name": "Ada Example", "emails": []})).unwrap_err();
    assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some("emails")));
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

/// A vendor with `count` pages of one staff user each. The integration reads the pages `read`.
fn pages(read: std::ops::RangeInclusive<u64>, count: u64) -> Mock {
    read.fold(mock(), |vendor, number| {
        let staff = json!([{"name": "Ada Example", "email": format!("Ada{number}@Example.com")}]);
        let answer = json!({"page_size": 30, "page_count": count, "total_count": 30 * count, "staff": staff});
        vendor.on(get("/staff").query("page", &number.to_string()).answers(200, answer))
    })
}

#[test]
fn a_user_is_looked_for_page_by_page_and_no_further() {
    let user = pages(1..=2, 3).get::<Reamaze>("ADA2@example.com").unwrap().unwrap();
    assert_eq!(user["id"], "ada2@example.com");
    assert_eq!(pages(1..=3, 3).get::<Reamaze>("ada9@example.com"), Ok(None));
    let found = pages(1..=16, 17).get::<Reamaze>("ada16@example.com").unwrap();
    assert!(found.is_some());
    assert_eq!(pages(1..=16, 17).get::<Reamaze>("ada17@example.com").unwrap_err().kind(), FailureKind::Unsupported);
}

#[test]
fn the_first_request_of_a_search_is_the_primary_one() {
    let vendor = pages(1..=2, 3);
    vendor.get::<Reamaze>("ada2@example.com").unwrap();
    assert_eq!(vendor.requests().iter().map(|request| request.primary).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_list_ends_with_the_number_of_its_pages() {
    for (cursor, number, next) in [(None, 1, Some("2")), (Some("2"), 2, Some("3")), (Some("3"), 3, None)] {
        let asked = cursor.map_or(page(30), |cursor| page(30).at(cursor));
        assert_eq!(pages(number..=number, 3).list::<Reamaze>(&asked).unwrap().next.as_deref(), next);
    }
    assert_eq!(mock().list::<Reamaze>(&page(30).at("x")).unwrap_err().kind(), FailureKind::InvalidCursor);
}

#[test]
fn a_list_without_the_number_of_its_pages_ends_with_a_page_that_is_not_full() {
    for (count, next) in [(30, Some("2")), (29, None), (0, None)] {
        let staff: Vec<_> = (0..count).map(|number| json!({"email": format!("ada{number}@example.com")})).collect();
        let answer = get("/staff").query("page", "1").answers(200, json!({"staff": staff}));
        assert_eq!(mock().on(answer).list::<Reamaze>(&page(30)).unwrap().next.as_deref(), next);
    }
}
