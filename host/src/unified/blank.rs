//! Names and addresses in a caller's document that have no visible character.

use mortise_policy::credential::trim;
use serde_json::{Map, Value};

use super::failure::{Failure, Failures, Place};

/// Fields that must not be blank, besides the addresses in `emails`.
const FIELDS: [&str; 6] = ["name", "first_name", "last_name", "nick_name", "username", "email"];

/// Refuses blank texts that the schemas accept, because their pattern ends with the Basic Multilingual Plane
/// ([`VISIBLE`](mortise_model::VISIBLE)).
pub fn refuse(document: &Map<String, Value>, failures: &mut Failures) {
    let blank = "must not be blank";
    let fields = FIELDS.into_iter().filter(|field| document.get(*field).is_some_and(is_blank));
    failures.extend(fields.map(|field| Failure::new(Place::Body, field, blank)));
    let entries = document.get("emails").and_then(Value::as_array).into_iter().flatten().enumerate();
    let entries = entries.filter(|(_, entry)| entry.get("email").is_some_and(is_blank));
    failures.extend(entries.map(|(index, _)| Failure::new(Place::Body, format!("emails[{index}].email"), blank)));
}

/// Whether a value is a text without a visible character, but with a character beyond the plane.
fn is_blank(value: &Value) -> bool {
    value.as_str().is_some_and(|text| trim(text).is_empty() && text.chars().any(|c| c > '\u{ffff}'))
}
