//! Reading documents, and saying where one is wrong without repeating what it says.

use std::fmt::{self, Write as _};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// A field of a document has a value it cannot have. Neither the fields nor the text hold that value: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelError {
    /// Where the field is, such as `emails[0].type`.
    pub path: String,
    /// What belongs there, such as `a string`.
    pub expected: String,
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` must be {}", self.path, self.expected)
    }
}

impl std::error::Error for ModelError {}

/// Reads a shape from a document.
pub(crate) fn read<T: DeserializeOwned>(document: Map<String, Value>) -> Result<T, ModelError> {
    let document = Value::Object(document);
    T::deserialize(&document).map_err(|_| {
        let mut path = String::new();
        let expected = locate(&document, &mut path, &|part| T::deserialize(part).err());
        ModelError { path, expected }
    })
}

/// Narrows a refused document down to the smallest part that is refused by itself, and says what is expected there.
///
/// Works because every field of every shape can stand alone. What serde says about a value repeats it, so it is only asked
/// about blank values.
fn locate(part: &Value, path: &mut String, refusal: &dyn Fn(Value) -> Option<serde_json::Error>) -> String {
    if let Some(error) = refusal(blank(part)) {
        return expectation(&error);
    }
    match part {
        Value::Array(items) => {
            let inside = |item: Value| refusal(json!([item]));
            for (index, item) in items.iter().enumerate() {
                if inside(item.clone()).is_some() {
                    let _ = write!(path, "[{index}]");
                    return locate(item, path, &inside);
                }
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let inside = |member: Value| refusal(json!({ name: member }));
                if inside(member.clone()).is_some() {
                    path.push_str(if path.is_empty() { "" } else { "." });
                    path.push_str(name);
                    return locate(member, path, &inside);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    "a value that is accepted here".to_owned()
}

/// A value of the same kind that says nothing.
fn blank(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => json!(false),
        Value::Number(number) if number.is_f64() => json!(0.5),
        Value::Number(_) => json!(0),
        Value::String(_) => json!(""),
        Value::Array(_) => json!([]),
        Value::Object(_) => json!({}),
    }
}

/// The end of serde's message, in the words of JSON.
fn expectation(error: &serde_json::Error) -> String {
    let message = error.to_string();
    match message.rsplit_once("expected ").map(|(_, expected)| expected) {
        None => "a value that is accepted here".to_owned(),
        Some("a sequence") => "a list".to_owned(),
        Some("a map") => "an object".to_owned(),
        Some(expected) => expected.to_owned(),
    }
}
