//! Checks a caller's document against an operation: required fields, closed sets, vendor-only fields, and fields that
//! the vendor cannot write.

use mortise_model::{JsonType, Level};
use serde_json::{Map, Value};

use super::failure::{Failure, Failures, Place};
use super::values;
use crate::plugin::capabilities::{FieldSupport, OperationSupport};

/// The rule for a strict caller about a field that is left out.
pub(super) const NOT_WRITTEN: &str = "is not written by this integration";

/// Checks a document against the declaration of an operation, beyond the category's schema ([`super::schema`]). Every
/// violation goes to `failures`. A field that already has a failure, such as a blank name, is not reported as missing,
/// too.
pub fn check(document: &Map<String, Value>, support: &OperationSupport, failures: &mut Failures) {
    for field in &support.request {
        if field.level == Level::Required
            && values::is_top_level(&field.field)
            && is_missing(document.get(&field.field))
            && !failures.listed().iter().any(|known| known.place == Place::Body && known.path == field.field)
        {
            failures.push(Failure::missing(Place::Body, &field.field));
        }
        if field.level != Level::Ignored {
            check_values(document, field, failures);
        }
        if let (Some(json_type), Some(value)) = (field.json_type, document.get(&field.field))
            && !has_type(value, json_type)
        {
            failures.push(Failure::new(Place::Body, &field.field, type_rule(json_type)));
        }
    }
}

/// Removes the fields from `document` that the operation does not write, and returns their names in order.
///
/// With `strict`, each of them is a violation, except `id`: a client may send back a record that it has read.
pub fn take_ignored(
    document: &mut Map<String, Value>,
    support: &OperationSupport,
    strict: bool,
    failures: &mut Failures,
) -> Vec<String> {
    let written = |name: &str| support.request.iter().any(|f| f.field == name && f.level != Level::Ignored);
    let ignored: Vec<String> = document.keys().filter(|name| !written(name)).cloned().collect();
    document.retain(|name, _| written(name));
    if strict {
        let refused = ignored.iter().filter(|name| *name != "id");
        failures.extend(refused.map(|name| Failure::new(Place::Body, name, NOT_WRITTEN)));
    }
    ignored
}

/// Whether a required field is missing. `null`, an empty text and an empty array count as missing.
fn is_missing(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => false,
    }
}

fn check_values(document: &Map<String, Value>, field: &FieldSupport, failures: &mut Failures) {
    if field.values.is_empty() {
        return;
    }
    let outside =
        values::find(document, &field.field).into_iter().filter(|(_, value)| !values::known(value, &field.values));
    failures.extend(outside.map(|(path, _)| Failure::new(Place::Body, path, values::rule(&field.values))));
}

/// `null` clears a field of any type.
fn has_type(value: &Value, json_type: JsonType) -> bool {
    value.is_null()
        || match json_type {
            JsonType::String => value.is_string(),
            JsonType::Integer => value.is_i64() || value.is_u64(),
            JsonType::Number => value.is_number(),
            JsonType::Boolean => value.is_boolean(),
            JsonType::Object => value.is_object(),
            JsonType::Array => value.is_array(),
        }
}

fn type_rule(json_type: JsonType) -> &'static str {
    match json_type {
        JsonType::String => "must be a string",
        JsonType::Integer => "must be an integer",
        JsonType::Number => "must be a number",
        JsonType::Boolean => "must be true or false",
        JsonType::Object => "must be an object",
        JsonType::Array => "must be an array",
    }
}
