//! The sentence for people in a vendor's error.

use serde_json::{Map, Value};

/// Longest message for a caller, in bytes.
const MAX_MESSAGE: usize = 1_000;
/// Largest body that is searched, in bytes.
const MAX_SEARCHED: usize = 64 << 10;
/// Levels of a vendor's body that are searched for a message.
const SEARCHED_LEVELS: usize = 4;
/// Where vendors put the sentence for people, the most telling name first.
const MESSAGE_NAMES: [&str; 13] = [
    "message",
    "msg",
    "errorMessage",
    "error_message",
    "error_description",
    "description",
    "detail",
    "summary",
    "reason",
    "title",
    "error",
    "err",
    "errors",
];

/// Where vendors put what is wrong with each field.
const COMPLAINT_NAMES: [&str; 2] = ["errors", "error"];

/// The first sentence in a vendor's body, nearest to its root: one line of at most 1,000 bytes. Nothing of a body that is no JSON, or
/// that is larger than what people write.
pub fn found_message(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body.get(..=MAX_SEARCHED).is_none().then_some(body)?).ok()?;
    let words = |object| sentence(object).or_else(|| complaint(object));
    objects(&body).into_iter().find_map(words).or_else(|| body.as_object().and_then(root_complaint))
}

/// The objects of a body, those nearest to its root first.
fn objects(body: &Value) -> Vec<&Map<String, Value>> {
    let mut objects = Vec::new();
    let mut level = vec![body];
    for _ in 0..SEARCHED_LEVELS {
        let mut next = Vec::new();
        for value in level {
            match value {
                Value::Array(items) => next.extend(items.iter().filter(|item| item.is_object())),
                Value::Object(object) => {
                    objects.push(object);
                    next.extend(object.values().filter(|value| value.is_object() || value.is_array()));
                }
                _ => {}
            }
        }
        level = next;
    }
    objects
}

/// What one of the names that mean a sentence holds, in whatever case it is written.
fn sentence(object: &Map<String, Value>) -> Option<String> {
    MESSAGE_NAMES.iter().find_map(|name| named(object, name).find_map(text))
}

/// The first of the complaints that stand under the names of the fields: `{"errors": {"email": ["is taken"]}}`. They are lists, or
/// it would be a member about the error.
fn complaint(object: &Map<String, Value>) -> Option<String> {
    let errors = COMPLAINT_NAMES.iter().flat_map(|name| named(object, name)).filter_map(Value::as_object);
    errors.flatten().find_map(|(field, value)| of_field(field, value))
}

/// [`complaint`] of a body that is nothing but complaints: `{"email": ["is taken"]}`.
fn root_complaint(body: &Map<String, Value>) -> Option<String> {
    let is_all = body.values().all(Value::is_array);
    body.iter().filter(|_| is_all).find_map(|(field, value)| of_field(field, value))
}

fn of_field(field: &str, value: &Value) -> Option<String> {
    let words = value.as_array().and_then(|_| text(value))?;
    let is_of_all = field.is_empty() || ["base", "errors", "message", "messages"].contains(&field);
    Some(if is_of_all { words } else { clean(&format!("{field}: {words}")) })
}

/// The members of that name, in whatever case it is written.
fn named<'a>(object: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Value> {
    object.iter().filter(move |(member, _)| member.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// A text that is not blank, or the first one of a list.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).find(|text| !text.trim().is_empty()),
        value => value.as_str().filter(|text| !text.trim().is_empty()),
    };
    text.map(clean)
}

fn clean(text: &str) -> String {
    let mut text: String = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    text.truncate(text.floor_char_boundary(MAX_MESSAGE));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_nearest_to_the_root_is_the_message() {
        for (body, message) in [
            (r#"{"message":"bad name","errors":[{"message":"deeper"}]}"#, Some("bad name")),
            (r#"{"error":{"code":5,"message":"no such agent"}}"#, Some("no such agent")),
            (r#"{"errors":["first","second"]}"#, Some("first")),
            (r#"[{"detail":"taken\nalready"}]"#, Some("taken already")),
            (r#"{"error":"invalid_grant","error_description":"token expired"}"#, Some("token expired")),
            (r#"{"STATUS":"Error","MESSAGE":"no such person"}"#, Some("no such person")),
            (r#"{"errors":{"email":["has already been taken"]}}"#, Some("email: has already been taken")),
            (r#"{"Errors":{},"error":{"Name":["is too long"]}}"#, Some("Name: is too long")),
            (r#"{"errors":{"title":["is too long"]}}"#, Some("title: is too long")),
            (r#"{"errors":{"request_id":"8f-33","email":["is taken"]}}"#, Some("email: is taken")),
            (r#"{"data":{"title":"Agent"},"errors":{"email":["is taken"]}}"#, Some("email: is taken")),
            (r#"{"error":{"msg":"invalid","data":{"email":["is taken"]}}}"#, Some("invalid")),
            (r#"{"errors":{"base":["no seats left"]}}"#, Some("no seats left")),
            (r#"{"email":["is taken"]}"#, Some("email: is taken")),
            (r#"{"error":{"type":"validation","request_id":"8f"}}"#, None),
            (r#"{"errors":{"email":[]},"data":{"detail":"refused"}}"#, Some("refused")),
            (r#"{"message":" ","data":{"status":7}}"#, None),
            (r#"{"a":{"b":{"c":{"d":{"message":"too deep"}}}}}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(found_message(body.as_bytes()).as_deref(), message, "{body}");
        }
        let long = format!(r#"{{"message":"{}"}}"#, "\u{e9}".repeat(5_000));
        assert_eq!(found_message(long.as_bytes()).map(|text| text.len()), Some(MAX_MESSAGE));
        let large = format!(r#"{{"message":"refused","data":"{}"}}"#, "x".repeat(MAX_SEARCHED));
        assert_eq!(found_message(large.as_bytes()), None);
    }
}
