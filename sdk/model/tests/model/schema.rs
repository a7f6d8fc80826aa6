//! The JSON Schemas.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jsonschema::Validator;
use mortise_model::{Category, User};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::documents::{any_json, object, printed_examples, request, response};

type Validators = LazyLock<Vec<(Category, Validator)>>;

static REQUESTS: Validators = LazyLock::new(|| validators(Category::request_schema));
static RESPONSES: Validators = LazyLock::new(|| validators(Category::response_schema));

fn validators(schema: impl Fn(Category) -> Value) -> Vec<(Category, Validator)> {
    Category::ALL
        .iter()
        .map(|category| (*category, jsonschema::draft202012::new(&schema(*category)).unwrap()))
        .collect()
}

fn validator(validators: &'static Validators, category: Category) -> &'static Validator {
    &validators.iter().find(|(known, _)| *known == category).unwrap().1
}

fn properties(schema: &Value) -> &Map<String, Value> {
    schema["properties"].as_object().unwrap()
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
    names.into_iter().collect()
}

#[test]
fn the_printed_examples_are_valid() {
    for (category, body) in printed_examples() {
        let errors: Vec<_> =
            validator(&REQUESTS, category).iter_errors(&Value::Object(body)).map(|e| e.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{category}");
    }
}

#[test]
fn the_schemas_list_the_fields_of_the_shapes_and_remote_data() {
    for category in Category::ALL {
        for (schema, fields) in [
            (category.request_schema(), category.request_fields()),
            (category.response_schema(), category.response_fields()),
        ] {
            let expected = names(fields.iter().copied().chain(["remote_data"]));
            assert_eq!(names(properties(&schema).keys().map(String::as_str)), expected, "{category}");
        }
    }
}

#[test]
fn every_schema_is_self_contained_and_describes_every_field() {
    let categories = Category::ALL.iter().flat_map(|category| [category.request_schema(), category.response_schema()]);
    for schema in categories.chain([User::schema()]) {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(jsonschema::draft202012::meta::is_valid(&schema));
        assert!(!schema.to_string().contains("$ref"), "{schema}");
        for (name, property) in properties(&schema) {
            assert!(property["description"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
        }
    }
}

#[test]
fn the_times_of_an_answer_are_declared_as_such() {
    for category in Category::ALL {
        let schema = category.response_schema();
        let of = |properties: &Map<String, Value>, prefix: &str| -> Vec<String> {
            let times = properties.iter().filter(|(_, property)| property["format"] == "date-time");
            times.map(|(name, _)| format!("{prefix}{name}")).collect()
        };
        let mut times = of(properties(&schema), "");
        for (name, property) in properties(&schema) {
            if let Some(nested) = property["items"]["properties"].as_object() {
                times.extend(of(nested, &format!("{name}[].")));
            }
        }
        assert_eq!(names(times.iter().map(String::as_str)), names(category.date_fields().iter().copied()));
        assert!(!category.request_schema().to_string().contains("date-time"), "callers write times as they like");
    }
}

#[test]
fn a_request_may_clear_every_field() {
    for category in Category::ALL {
        for field in category.request_fields() {
            assert!(validator(&REQUESTS, *category).is_valid(&json!({ *field: null })), "{category} {field}");
        }
    }
}

#[test]
fn roles_and_identifiers_are_accepted_in_every_spelling() {
    let roles = [json!("owner"), json!(["owner"]), json!([{ "name": "owner" }, "viewer"]), json!([{ "id": 7 }])];
    for category in [Category::Ticketing, Category::UserDirectory] {
        for roles in &roles {
            assert!(validator(&REQUESTS, category).is_valid(&json!({ "roles": roles })), "{roles}");
        }
    }
    assert!(validator(&REQUESTS, Category::Ticketing).is_valid(&json!({ "team_ids": [7, "8"] })));
}

#[test]
fn wrong_types_and_words_are_refused() {
    for category in Category::ALL {
        for field in category.request_fields().iter().filter(|field| **field != "custom_fields") {
            for wrong in [json!({ "no": "such" }), json!(1.5), json!([[]])] {
                assert!(!validator(&REQUESTS, *category).is_valid(&json!({ *field: wrong })), "{category} {field}");
            }
        }
    }
    for (category, body) in [
        (Category::Ticketing, json!({ "emails": [{ "email": "a@x.example", "type": "home" }] })),
        (Category::Ticketing, json!({ "emails": [{ "type": "primary" }] })),
        (Category::Ticketing, json!({ "status": "deleted" })),
        (Category::Ticketing, json!({ "roles": [7] })),
        (Category::UserDirectory, json!({ "status": "gone" })),
        (Category::UserDirectory, json!({ "phones": [{ "type": "mobile" }] })),
        (Category::UserDirectory, json!({ "remote_data": [] })),
        (Category::Crm, json!({ "is_active": "true" })),
        (Category::Crm, json!([])),
    ] {
        assert!(!validator(&REQUESTS, category).is_valid(&body), "{category} {body}");
    }
}

#[test]
fn names_and_addresses_are_not_blank() {
    for blank in ["", " ", "\t\n", "\u{a0}\u{3000}", "\u{200b}", "\u{0}"] {
        for (category, names) in [
            (Category::Ticketing, &["name", "first_name", "last_name", "nick_name", "username"][..]),
            (Category::UserDirectory, &["name", "first_name", "last_name", "username"]),
            (Category::Crm, &["name", "first_name", "last_name", "email"]),
        ] {
            for name in names {
                assert!(
                    !validator(&REQUESTS, category).is_valid(&json!({ *name: blank })),
                    "{category} {name} {blank:?}"
                );
            }
        }
    }
    for category in [Category::Ticketing, Category::UserDirectory] {
        for emails in [json!([{"email": ""}]), json!([{"email": " "}]), json!([{"email": null}]), json!([{}])] {
            assert!(!validator(&REQUESTS, category).is_valid(&json!({ "emails": emails })), "{category} {emails}");
        }
        assert!(validator(&REQUESTS, category).is_valid(&json!({ "name": " \u{e9} ", "emails": [{"email": " a "}] })));
    }
}

#[test]
fn an_answer_may_hold_a_status_in_the_words_of_the_vendor() {
    assert!(validator(&RESPONSES, Category::UserDirectory).is_valid(&json!({ "status": "on leave" })));
}

fn any_category() -> impl Strategy<Value = Category> {
    prop::sample::select(Category::ALL)
}

proptest! {
    #[test]
    fn every_answer_is_valid((category, answer) in any_category().prop_flat_map(|c| (Just(c), response(c)))) {
        prop_assert!(validator(&RESPONSES, category).is_valid(&Value::Object(answer)));
    }

    #[test]
    fn every_canonical_user_is_valid((category, body) in any_category().prop_flat_map(|c| (Just(c), request(c)))) {
        static CANONICAL: LazyLock<Validator> =
            LazyLock::new(|| jsonschema::draft202012::new(&User::schema()).unwrap());
        let user = category.to_canonical(body).unwrap();
        prop_assert!(CANONICAL.is_valid(&serde_json::to_value(user).unwrap()));
    }

    #[test]
    fn a_valid_request_is_always_read(
        (category, field, value) in any_category()
            .prop_flat_map(|c| (Just(c), prop::sample::select(c.request_fields()), any_json()))
    ) {
        let body = json!({ field: value });
        if validator(&REQUESTS, category).is_valid(&body) {
            prop_assert!(category.to_canonical(object(body)).is_ok());
        }
    }
}
