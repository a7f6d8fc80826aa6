use mortise_sdk::mock::{Mock, get, page, post, put};
use mortise_sdk::{FailureKind, Level, Operation};
use serde_json::json;

use super::*;

fn mock() -> Mock {
    Mock::new(Category::UserDirectory)
}

/// The user that ActiveCampaign's `answer` becomes.
fn read(answer: Value) -> Value {
    mock().on(get("/users/3").answers(200, json!({ "user": answer }))).get::<ActiveCampaign>("3").unwrap().unwrap()
}

fn whole() -> Value {
    json!({"email": "john@example.com", "group": 4, "name": "John Doe", "password": "secret", "username": "john"})
}

#[test]
fn email_group_and_password_are_needed_and_a_change_needs_the_name_too() {
    for support in ActiveCampaign::capabilities().operations {
        let fields = support.request.iter().filter(|field| field.level == Level::Required).map(|field| field.field);
        let expected = match support.operation {
            Operation::CreateUser => vec!["email", "group", "password", "username"],
            Operation::UpdateUser => vec!["email", "group", "password", "name"],
            _ => vec![],
        };
        assert_eq!(fields.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn the_name_is_split_where_its_parts_are_not_given() {
    for (given, first, last) in [
        (json!({}), json!("John"), json!("Doe")),
        (json!({"first_name": "Jon"}), json!("Jon"), json!("Doe")),
        (json!({"last_name": null}), json!("John"), json!("")),
        (json!({"name": "Doe, John"}), json!("John"), json!("Doe")),
    ] {
        let mut body = whole();
        body.as_object_mut().unwrap().extend(given.as_object().unwrap().clone());
        let user = json!({"email": "john@example.com", "firstName": first, "lastName": last, "group": 4, "password": "secret"});
        let changed = put("/users/3").json(json!({ "user": user })).answers(200, json!({"user": {"id": "3"}}));
        mock().on(changed).update::<ActiveCampaign>("3", body).unwrap();
    }
}

#[test]
fn a_user_is_created_with_a_user_name() {
    let user = json!({"email": "john@example.com", "username": "john", "group": 4, "password": "secret"});
    let created = post("/users").json(json!({ "user": user })).answers(201, json!({"user": {"id": 3}}));
    let mut body = whole();
    body.as_object_mut().unwrap().remove("name");
    assert_eq!(mock().on(created).create::<ActiveCampaign>(body).unwrap().unwrap()["id"], "3");
}

#[test]
fn what_is_needed_is_named_if_it_is_null() {
    for field in ["email", "group", "password", "name"] {
        let mut body = whole();
        body[field] = Value::Null;
        let error = mock().update::<ActiveCampaign>("3", body).unwrap_err();
        assert_eq!((error.kind(), error.field()), (FailureKind::InvalidInput, Some(field)));
    }
}

#[test]
fn what_is_missing_null_or_empty_is_nothing() {
    let nothing = json!({"id": "3", "phones": []});
    for told in [
        json!({"id": 3}),
        json!({"id": "3", "username": null, "firstName": "", "lastName": null, "email": "", "phone": "", "lang": "",
            "localZoneid": null, "cdate": "0000-00-00 00:00:00", "udate": null}),
    ] {
        assert_eq!(read(told), nothing);
    }
}

#[test]
fn the_last_page_ends_with_the_total_which_is_a_text() {
    let asked = |offset: &str| get("/users").query("limit", "1").query("offset", offset);
    let first = asked("0").answers(200, json!({"users": [{"id": "1"}], "meta": {"total": "2"}}));
    assert_eq!(mock().on(first).list::<ActiveCampaign>(&page(1)).unwrap().next.as_deref(), Some("1"));
    let last = asked("1").answers(200, json!({"users": [{"id": "2"}], "meta": {"total": "2"}}));
    assert_eq!(mock().on(last).list::<ActiveCampaign>(&page(1).at("1")).unwrap().next, None);
}

#[test]
fn an_identifier_is_a_number_so_that_it_names_nobody_else() {
    for id in ["me", "email", "03", "3/../1"] {
        assert_eq!(mock().delete::<ActiveCampaign>(id).unwrap_err().kind(), FailureKind::NotFound, "{id}");
    }
}
