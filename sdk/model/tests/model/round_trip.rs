//! Nothing is lost between a category's document and the canonical user.
//!
//! An answer of a category is read as the canonical user, and projected back to the same answer. For a request, the
//! test compares each member: with the projection if answers have the field, too, and otherwise with the canonical user
//! under the same name. Only fields whose names differ between categories have another name there.

use mortise_model::{Category, CrmResponse, TicketingResponse, User, UserDirectoryResponse};
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::documents::{object, request, response};

/// The canonical name of a request's field.
fn canonical_name(category: Category, field: &str) -> &str {
    match (category, field) {
        (Category::Ticketing, "team_ids") => "groups",
        (Category::Crm, "email") => "emails",
        (Category::Crm, "is_active") => "status",
        _ => field,
    }
}

/// The user after a conversion to JSON text and back, as between host and sandbox.
fn through_text(user: &User) -> User {
    serde_json::from_str(&serde_json::to_string(user).unwrap()).unwrap()
}

fn answer_returns<T: DeserializeOwned + Into<User>>(category: Category, answer: Map<String, Value>) {
    let shape: T = serde_json::from_value(Value::Object(answer.clone())).unwrap();
    let user: User = shape.into();
    assert_eq!(through_text(&user), user);
    assert_eq!(Value::Object(category.project(user).into()), Value::Object(answer));
}

fn request_is_found(category: Category, body: Map<String, Value>) {
    let user = category.to_canonical(body.clone()).unwrap();
    assert_eq!(through_text(&user), user);

    let canonical = object(serde_json::to_value(&user).unwrap());
    let projected = Map::from(category.project(user));
    assert_eq!(canonical.len(), body.len(), "the conversion adds no member: {canonical:?}");
    for (field, value) in &body {
        let name = canonical_name(category, field);
        let clears = canonical.get(name).map(Value::is_null);
        assert_eq!(clears, Some(value.is_null()), "{field} is mentioned as before");
        if category.response_fields().contains(&field.as_str()) {
            assert_eq!(projected.get(field), Some(value), "{field}");
        } else if category == Category::Ticketing && field == "status" {
            let is_active = value.as_str().map(|status| Value::Bool(status == "active"));
            assert_eq!(projected.get("is_active"), Some(&is_active.unwrap_or_default()));
        } else {
            assert_eq!(canonical.get(name), Some(value), "{field}");
        }
    }
}

#[test]
fn a_field_of_one_vendor_returns_unless_its_name_is_reserved() {
    let others = ["shoe_size", "is_active", "team_ids", "email", "extra", "group"];
    let names =
        Category::ALL.iter().flat_map(|category| category.request_fields().iter().chain(category.response_fields()));
    for name in names.chain(User::FIELDS).chain(&others) {
        for category in Category::ALL.iter().filter(|category| !category.reserves(name)) {
            let body = Map::from_iter([((*name).to_owned(), Value::from("a value"))]);
            let answer = Map::from(category.project(through_text(&category.to_canonical(body.clone()).unwrap())));
            assert_eq!(answer, body, "{category}");
        }
    }
    assert!(Category::Ticketing.reserves("timezone") && !Category::Ticketing.reserves("shoe_size"));
}

proptest! {
    #[test]
    fn an_answer_of_ticketing_returns_unchanged(answer in response(Category::Ticketing)) {
        answer_returns::<TicketingResponse>(Category::Ticketing, answer);
    }

    #[test]
    fn an_answer_of_user_directory_returns_unchanged(answer in response(Category::UserDirectory)) {
        answer_returns::<UserDirectoryResponse>(Category::UserDirectory, answer);
    }

    #[test]
    fn an_answer_of_crm_returns_unchanged(answer in response(Category::Crm)) {
        answer_returns::<CrmResponse>(Category::Crm, answer);
    }

    #[test]
    fn a_request_of_ticketing_is_found_again(body in request(Category::Ticketing)) {
        request_is_found(Category::Ticketing, body);
    }

    #[test]
    fn a_request_of_user_directory_is_found_again(body in request(Category::UserDirectory)) {
        request_is_found(Category::UserDirectory, body);
    }

    #[test]
    fn a_request_of_crm_is_found_again(body in request(Category::Crm)) {
        request_is_found(Category::Crm, body);
    }
}
