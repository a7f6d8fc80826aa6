//! The sentence for people in a vendor's error.

use serde_json::{Map, Value};

/// Longest message for a caller, in bytes.
const MAX_MESSAGE: usize = 1_000;
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

/// The first sentence in a vendor's body, nearest to its root: one line of at most 1,000 bytes. Of a body that is no JSON, nothing:
/// it may be a page.
pub fn found_message(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let levels = levels(&body);
    let mut objects = levels.iter().filter_map(|value| value.as_object());
    objects.find_map(sentence).or_else(|| levels.iter().filter_map(|value| value.as_object()).find_map(complaint))
}

/// The objects and lists of a body, those nearest to its root first.
fn levels(body: &Value) -> Vec<&Value> {
    let mut found = vec![body];
    let mut begin = 0;
    for _ in 1..SEARCHED_LEVELS {
        let level = found.get(begin..).unwrap_or_default().to_vec();
        begin = found.len();
        for value in level {
            match value {
                Value::Array(items) => found.extend(items.iter().filter(|item| item.is_object())),
                Value::Object(object) => {
                    found.extend(object.values().filter(|value| value.is_object() || value.is_array()));
                }
                _ => {}
            }
        }
    }
    found
}

/// What one of the names that mean a sentence holds, in whatever case it is written.
fn sentence(object: &Map<String, Value>) -> Option<String> {
    MESSAGE_NAMES.iter().find_map(|name| {
        let mut members = object.iter().filter(|(member, _)| member.eq_ignore_ascii_case(name));
        members.find_map(|(_, value)| text(value))
    })
}

/// The first complaint of those that stand under the names of the fields: `{"errors": {"email": ["is taken"]}}`.
fn complaint(object: &Map<String, Value>) -> Option<String> {
    let errors = COMPLAINT_NAMES.iter().find_map(|name| object.get(*name)?.as_object())?;
    errors.iter().find_map(|(field, value)| Some(clean(&format!("{field}: {}", text(value)?))))
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
            (r#"{"status":422,"error":{"name":"is too long","code":7}}"#, Some("name: is too long")),
            (r#"{"errors":{"email":[]},"data":{"detail":"refused"}}"#, Some("refused")),
            (r#"{"message":" ","data":{"status":7}}"#, None),
            (r#"{"a":{"b":{"c":{"d":{"message":"too deep"}}}}}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(found_message(body.as_bytes()).as_deref(), message, "{body}");
        }
        let long = format!(r#"{{"message":"{}"}}"#, "\u{e9}".repeat(5_000));
        assert_eq!(found_message(long.as_bytes()).map(|text| text.len()), Some(MAX_MESSAGE));
    }
}
