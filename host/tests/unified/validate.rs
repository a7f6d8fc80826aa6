//! Documents against schemas and declarations.

use std::collections::BTreeMap;

use mortise::plugin::capabilities::{FieldSupport, OperationSupport, Response};
use mortise::unified::{Failures, schema, validate};
use mortise_model::{Category, JsonType, Level, Operation};
use serde_json::{Map, Value, json};

use super::{field, messages, one_of, typed};

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

fn by_schema(category: Category, document: &Value) -> Failures {
    let mut failures = Failures::default();
    schema::check(category, document, &mut failures).unwrap();
    failures
}

fn support(request: Vec<FieldSupport>) -> OperationSupport {
    OperationSupport {
        category: Category::Ticketing,
        operation: Operation::CreateUser,
        query: Vec::new(),
        request,
        response: Response::default(),
        own: BTreeMap::new(),
        listing: None,
        effect: None,
    }
}

fn by_declaration(document: Value, request: Vec<FieldSupport>) -> Failures {
    let mut failures = Failures::default();
    validate::check(&object(document), &support(request), &mut failures);
    failures
}

#[test]
fn every_category_has_a_schema_that_compiles() {
    for category in Category::ALL {
        assert_eq!(by_schema(*category, &json!({})), Failures::default());
    }
}

#[test]
fn every_type_error_is_named_by_its_path() {
    let document =
        json!({"name": 5, "emails": [{"email": "a@example.com"}, {"email": true, "type": "primary"}], "avatar": []});
    let failures = by_schema(Category::Ticketing, &document);
    assert_eq!(
        messages(&failures),
        ["name must be a string or null", "emails[1].email must be a string", "avatar must be a string or null",]
    );
}

#[test]
fn a_union_is_explained_by_the_branch_that_was_meant() {
    let failures = by_schema(Category::Ticketing, &json!({"roles": [{"id": "1", "name": false}]}));
    assert_eq!(messages(&failures), ["roles[0].name must be a string or null"]);
    let failures = by_schema(Category::Ticketing, &json!({"roles": 5}));
    assert_eq!(messages(&failures), ["roles must be a string, an array or null"]);
}

#[test]
fn a_closed_set_of_the_category_is_named() {
    let failures = by_schema(Category::Ticketing, &json!({"status": "sleeping"}));
    assert_eq!(failures.len(), 1);
    assert!(failures.listed()[0].message.contains("active, inactive"), "{failures:?}");
}

#[test]
fn a_member_that_is_missing_inside_is_named() {
    let failures = by_schema(Category::Ticketing, &json!({"emails": [{"type": "other"}]}));
    assert_eq!(messages(&failures), ["emails[0].email is required"]);
}

#[test]
fn the_printed_example_passes() {
    let example = json!({
        "name": "your_name", "emails": [], "team_ids": [], "roles": "owner", "languages": [], "status": "active",
    });
    assert_eq!(by_schema(Category::Ticketing, &example), Failures::default());
}

#[test]
fn values_are_never_echoed() {
    let secret = "s3cret";
    let document = json!({
        "name": [secret], "roles": [[secret]], "status": secret, "emails": secret, "team_ids": {"a": secret},
        "emails2": secret, "custom": secret, "password": [secret],
    });
    let mut failures = by_schema(Category::Ticketing, &document);
    assert!(failures.len() >= 5, "{failures:?}");
    failures.append(by_declaration(
        document,
        vec![one_of("custom", Level::Writable, &["a"]), typed("emails2", Level::Writable, JsonType::Array)],
    ));
    let text = format!("{failures:?}");
    assert!(!text.contains(secret), "{text}");
}

#[test]
fn a_required_field_must_say_something() {
    let required =
        || vec![field("name", Level::Required), field("emails", Level::Required), field("roles[].id", Level::Required)];
    for document in [json!({}), json!({"name": null, "emails": null}), json!({"name": "", "emails": []})] {
        let failures = by_declaration(document, required());
        assert_eq!(messages(&failures), ["name is required", "emails is required"]);
        assert!(failures.listed().iter().all(|failure| failure.missing));
    }
    assert_eq!(by_declaration(json!({"name": "Ada", "emails": [{}]}), required()), Failures::default());
    assert_eq!(by_declaration(json!({"name": false, "emails": 0}), required()), Failures::default());
}

#[test]
fn a_closed_set_knows_names_ids_and_lists_of_them() {
    let roles = || vec![one_of("roles", Level::Writable, &["owner", "member"])];
    for known in [
        json!("owner"),
        json!(["owner", "member"]),
        json!([{"id": "owner"}, {"id": "7", "name": "member"}]),
        json!(null),
        json!([]),
    ] {
        assert_eq!(by_declaration(json!({"roles": known}), roles()), Failures::default(), "{known}");
    }
    for unknown in [json!("boss"), json!(["owner", "boss"]), json!([{"name": "boss"}]), json!([{}])] {
        let failures = by_declaration(json!({"roles": unknown}), roles());
        assert_eq!(messages(&failures), ["roles must be one of owner, member"], "{unknown}");
    }
}

#[test]
fn a_closed_set_can_lie_inside_a_field() {
    let failures = by_declaration(
        json!({"emails": [{"type": "primary"}, {"type": "home"}, {}]}),
        vec![one_of("emails[].type", Level::Writable, &["primary", "other"])],
    );
    assert_eq!(messages(&failures), ["emails[1].type must be one of primary, other"]);
}

#[test]
fn fields_of_one_vendor_have_their_declared_type() {
    for (json_type, good, bad) in [
        (JsonType::String, json!("x"), json!(1)),
        (JsonType::Integer, json!(0), json!(0.5)),
        (JsonType::Number, json!(0.5), json!("0.5")),
        (JsonType::Boolean, json!(false), json!("false")),
        (JsonType::Object, json!({}), json!([])),
        (JsonType::Array, json!([]), json!({})),
    ] {
        let declared = || vec![typed("group", Level::Writable, json_type)];
        assert_eq!(by_declaration(json!({"group": good}), declared()), Failures::default());
        assert_eq!(by_declaration(json!({"group": null}), declared()), Failures::default());
        assert_eq!(by_declaration(json!({"group": bad}), declared()).len(), 1, "{json_type:?}");
    }
}

#[test]
fn what_is_not_written_is_taken_out_and_named() {
    let support = support(vec![
        field("name", Level::Required),
        field("avatar", Level::Ignored),
        field("roles[].name", Level::Writable),
    ]);
    let document = object(json!({"id": "1", "avatar": "x", "name": "Ada", "whatever": 1, "roles": []}));

    let (mut lenient, mut failures) = (document.clone(), Failures::default());
    let ignored = validate::take_ignored(&mut lenient, &support, false, &mut failures);
    assert_eq!(ignored, ["id", "avatar", "whatever", "roles"]);
    assert_eq!(Value::Object(lenient), json!({"name": "Ada"}));
    assert_eq!(failures.listed(), []);

    validate::take_ignored(&mut document.clone(), &support, true, &mut failures);
    let refused: Vec<_> = failures.listed().iter().map(|failure| failure.path.as_str()).collect();
    assert_eq!(refused, ["avatar", "whatever", "roles"], "an id is never refused");
}
