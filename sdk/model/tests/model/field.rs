//! The three states of a field.

use mortise_model::{Field, User};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Vendor {
    #[serde(skip_serializing_if = "Field::is_absent")]
    title: Field<String>,
}

#[test]
fn absent_null_and_a_value_survive_reading_and_writing() {
    for (json, title) in [
        (json!({}), Field::Absent),
        (json!({ "title": null }), Field::Null),
        (json!({ "title": "" }), Field::Value(String::new())),
        (json!({ "title": "Lead" }), "Lead".into()),
    ] {
        let vendor: Vendor = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(vendor, Vendor { title });
        assert_eq!(serde_json::to_value(vendor).unwrap(), json);
    }
}

#[test]
fn a_field_flows_from_the_user_to_the_vendor_unchanged() {
    for json in [json!({}), json!({ "title": null }), json!({ "title": "Lead" })] {
        let user: User = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(Vendor { title: user.title }).unwrap(), json);
    }
}

#[test]
fn writing_an_absent_field_without_skipping_it_is_an_error_and_never_a_null() {
    #[derive(Serialize)]
    struct Careless {
        title: Field<String>,
    }

    let error = serde_json::to_value(Careless { title: Field::Absent }).unwrap_err();
    assert!(error.to_string().contains("skip_serializing_if"), "{error}");
}

#[test]
fn a_missing_option_is_absent_and_a_present_one_a_value() {
    assert_eq!(Field::<u8>::from(None), Field::Absent);
    assert_eq!(Field::from(Some(3)), Field::Value(3));
    assert_eq!(Field::from(3), Field::Value(3));
}

#[test]
fn changing_the_value_leaves_absent_and_null_alone() {
    let double = |field: Field<u8>| field.map(|n| n * 2);
    assert_eq!(double(Field::Absent), Field::Absent);
    assert_eq!(double(Field::Null), Field::Null);
    assert_eq!(double(Field::Value(2)), Field::Value(4));
}

#[test]
fn only_an_absent_field_gives_way_to_another() {
    assert_eq!(Field::Absent.or(Field::Value(1)), Field::Value(1));
    assert_eq!(Field::Null.or(Field::Value(1)), Field::Null);
    assert_eq!(Field::Value(2).or(Field::Value(1)), Field::Value(2));
}

#[test]
fn a_failed_change_can_be_taken_out() {
    let number = |field: Field<&str>| field.map(str::parse::<u8>).transpose();
    assert_eq!(number(Field::Value("7")), Ok(Field::Value(7)));
    assert_eq!(number(Field::Null), Ok(Field::Null));
    assert!(number(Field::Value("seven")).is_err());
}

#[test]
fn any_json_can_be_a_field_and_null_stays_null() {
    let user: User = serde_json::from_value(json!({ "custom_fields": null })).unwrap();
    assert_eq!(user.custom_fields, Field::<Value>::Null);
}
