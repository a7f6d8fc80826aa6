//! The fields and values that callers may write, and the errors for all others.

use mortise_model::{Category, Email, Field, Group, Role, Status};
use serde_json::{Value, json};

use crate::documents::{object, printed_examples};

fn refusal(category: Category, body: Value) -> String {
    category.to_canonical(object(body)).unwrap_err().to_string()
}

fn canonical(category: Category, body: Value) -> mortise_model::User {
    category.to_canonical(object(body)).unwrap()
}

#[test]
fn the_printed_examples_are_read_as_they_stand() {
    for (category, mut body) in printed_examples() {
        body.remove("remote_data");
        let user = category.to_canonical(body).unwrap();
        assert_eq!(user.name, "your_name".into(), "{category}");
        assert_eq!(user.status, Field::Value(Status::Active), "{category}");
    }
}

#[test]
fn fields_of_one_vendor_travel_beside_the_model() {
    let user = canonical(Category::UserDirectory, json!({ "group": 0, "email": "a@b.example", "active": null }));
    assert_eq!(Value::Object(user.extra), json!({ "group": 0, "email": "a@b.example", "active": null }));
}

#[test]
fn a_field_that_only_another_category_names_is_still_that_field() {
    let user = canonical(Category::Crm, json!({ "title": "Lead", "emails": [{ "email": "a@b.example" }] }));
    assert_eq!(user.title, "Lead".into());
    assert_eq!(user.primary_email(), "a@b.example".into());
    assert!(user.extra.is_empty());
    assert_eq!(refusal(Category::Crm, json!({ "title": 3 })), "`title` must be a string");
}

#[test]
fn a_role_may_be_a_name_a_list_of_names_or_a_list_of_objects() {
    for category in [Category::Ticketing, Category::UserDirectory] {
        let roles = |roles: Value| canonical(category, json!({ "roles": roles })).roles.into_value().unwrap();
        assert_eq!(roles(json!("owner")), [Role::named("owner")]);
        assert_eq!(roles(json!(["owner", "viewer"])), [Role::named("owner"), Role::named("viewer")]);
        let mixed = roles(json!([{ "id": "7", "name": "owner" }, "viewer"]));
        assert_eq!(mixed, [Role { id: "7".into(), ..Role::named("owner") }, Role::named("viewer")]);
        assert_eq!(roles(json!([])), []);
    }
}

#[test]
fn numeric_identifiers_become_text() {
    let user = canonical(Category::Ticketing, json!({ "team_ids": [7, "8"], "roles": [{ "id": -3 }] }));
    assert_eq!(user.group_ids(), Field::Value(vec!["7".to_owned(), "8".to_owned()]));
    assert_eq!(user.roles.value().unwrap()[0].id_or_name(), Some("-3"));

    let user = canonical(Category::UserDirectory, json!({ "id": 18446744073709551615_u64, "groups": [{ "id": 5.0 }] }));
    assert_eq!(user.id, "18446744073709551615".into());
    assert_eq!(user.groups, Field::Value(vec![Group::with_id("5")]));
}

#[test]
fn an_identifier_too_large_to_be_exact_is_refused() {
    let body = json!({ "groups": [{ "id": 1e20 }] });
    assert_eq!(refusal(Category::UserDirectory, body), "`groups[0].id` must be a string or an integer");
}

#[test]
fn null_clears_what_the_field_stands_for() {
    let user = canonical(Category::Crm, json!({ "email": null, "is_active": null, "name": null }));
    assert_eq!((user.emails, user.status, user.name), (Field::Null, Field::Null, Field::Null));

    let user = canonical(Category::Ticketing, json!({ "team_ids": null, "status": null, "roles": null }));
    assert_eq!((user.groups, user.status, user.roles), (Field::Null, Field::Null, Field::Null));
}

#[test]
fn what_is_not_mentioned_stays_absent() {
    for category in Category::ALL {
        assert_eq!(canonical(*category, json!({})), mortise_model::User::default());
    }
}

#[test]
fn a_primary_address_of_ticketing_is_the_primary_address() {
    let emails = json!([{ "email": "b@x.example", "type": "other" }, { "email": "a@x.example", "type": "primary" }]);
    let user = canonical(Category::Ticketing, json!({ "emails": emails }));
    assert_eq!(user.emails, Field::Value(vec![Email::other("b@x.example"), Email::primary("a@x.example")]));
}

#[test]
fn a_refusal_names_the_path_and_what_belongs_there() {
    for (category, body, message) in [
        (Category::Crm, json!({ "is_active": "yes" }), "`is_active` must be a boolean"),
        (Category::Crm, json!({ "name": "fine", "email": ["a"] }), "`email` must be a string"),
        (Category::Ticketing, json!({ "emails": "a@b" }), "`emails` must be a list"),
        (Category::Ticketing, json!({ "emails": [{}, 3] }), "`emails[1]` must be an object"),
        (
            Category::Ticketing,
            json!({ "emails": [{ "email": "a", "type": "home" }] }),
            "`emails[0].type` must be `primary` or `other`",
        ),
        (Category::Ticketing, json!({ "status": "deleted" }), "`status` must be `active` or `inactive`"),
        (Category::Ticketing, json!({ "team_ids": ["a", true] }), "`team_ids[1]` must be a string or an integer"),
        (Category::Ticketing, json!({ "roles": 7 }), "`roles` must be a role name or a list of roles"),
        (Category::Ticketing, json!({ "roles": ["a", { "name": 7 }] }), "`roles[1].name` must be a string"),
        (Category::UserDirectory, json!({ "roles": [7] }), "`roles[0]` must be a role name or an object"),
        (
            Category::UserDirectory,
            json!({ "status": "gone" }),
            "`status` must be one of `active`, `inactive`, `deleted`, `invited`",
        ),
        (Category::UserDirectory, json!({ "identifiers": [] }), "`identifiers` must be an object"),
    ] {
        assert_eq!(refusal(category, body), message);
    }
}

#[test]
fn a_refusal_never_repeats_what_it_refuses() {
    let secret = "hunter2, expected hunter2";
    let wrong = [
        json!(secret),
        json!([secret]),
        json!([[secret]]),
        json!({ (secret): secret }),
        json!([{ (secret): secret, "id": [secret], "name": { (secret): 1 }, "type": secret, "email": [secret] }]),
    ];
    let mut refused = 0;
    for category in Category::ALL {
        for field in category.request_fields() {
            for value in &wrong {
                if let Err(error) = category.to_canonical(object(json!({ *field: value }))) {
                    refused += 1;
                    assert!(!format!("{error} {error:?}").contains("hunter2"), "{field}: {error}");
                    assert!(error.path.starts_with(field), "{field}: {error}");
                }
            }
        }
    }
    assert!(refused > 100, "only {refused} were refused");
}
