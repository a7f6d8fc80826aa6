//! The sentence for people in a vendor's error.

use serde_json::Value;

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

/// The first sentence in a vendor's body, nearest to its root: one line of at most 1,000 bytes.
pub fn found_message(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let mut level = vec![&body];
    for _ in 0..SEARCHED_LEVELS {
        let mut next = Vec::new();
        for value in level {
            match value {
                Value::Array(items) => next.extend(items.iter().filter(|item| item.is_object())),
                Value::Object(object) => {
                    for name in MESSAGE_NAMES {
                        match object.get(name) {
                            Some(Value::String(text)) if !text.trim().is_empty() => return Some(clean(text)),
                            Some(Value::Array(items)) => {
                                if let Some(text) =
                                    items.iter().filter_map(Value::as_str).find(|t| !t.trim().is_empty())
                                {
                                    return Some(clean(text));
                                }
                            }
                            _ => {}
                        }
                    }
                    next.extend(object.values().filter(|value| value.is_object() || value.is_array()));
                }
                _ => {}
            }
        }
        level = next;
    }
    None
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
