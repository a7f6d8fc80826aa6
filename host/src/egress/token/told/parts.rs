//! The choice and the removal together.

use mortise_policy::redact::{REDACTED, ScrubbedTexts, Scrubber};
use serde_json::{Map, Value};

use super::super::super::message::{clean, declared_message, found_message};
use super::choice;
use super::words::without_tokens;

/// The parts of a failure that others may see.
pub(in crate::egress::token) struct Told {
    /// The vendor's sentence, if there is one.
    pub(in crate::egress::token) words: Option<String>,
    /// The body: sentences and codes under their names, or a text.
    pub(in crate::egress::token) body: Value,
}

impl Told {
    /// A body that is withheld as a whole.
    pub(in crate::egress::token) fn nothing() -> Self {
        Self { words: None, body: REDACTED.into() }
    }

    /// The safe parts of an answer. `declared` are the places of the vendor's sentence. `scrubber` knows the
    /// credentials.
    pub(in crate::egress::token) fn of(document: &Value, declared: &[String], scrubber: &Scrubber) -> Self {
        let mut texts = scrubber.texts();
        let chosen = choice::of(document).unwrap_or_else(|| Value::Object(Map::new()));
        let body = safe(chosen, &mut texts).unwrap_or_default();
        let words =
            declared_message(document, declared).map(|text| clean(&safe_text(&choice::of_sentence(text), &mut texts)));
        let words = words.or_else(|| found_message(body.to_string().as_bytes(), &[]));
        Self { words, body }
    }
}

/// The chosen parts, without credentials and words that look like tokens. A number or a member's name stays or goes as
/// a whole.
fn safe(chosen: Value, texts: &mut ScrubbedTexts<'_>) -> Option<Value> {
    Some(match chosen {
        Value::String(text) => safe_text(&text, texts).into(),
        Value::Array(items) => items.into_iter().filter_map(|item| safe(item, texts)).collect(),
        Value::Object(members) => {
            let mut kept = Map::new();
            for (name, value) in members {
                if is_clean(&name, texts)
                    && let Some(value) = safe(value, texts)
                {
                    kept.insert(name, value);
                }
            }
            Value::Object(kept)
        }
        value => return is_clean(&value.to_string(), texts).then_some(value),
    })
}

fn safe_text(text: &str, texts: &mut ScrubbedTexts<'_>) -> String {
    texts.next(text).map_or_else(|| REDACTED.to_owned(), |text| without_tokens(&text))
}

fn is_clean(text: &str, texts: &mut ScrubbedTexts<'_>) -> bool {
    texts.next(text).is_some_and(|clean| clean == text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::document::document;
    use super::*;

    fn told(body: &str, declared: &[&str], secrets: &[&str]) -> (Option<String>, Value) {
        let declared: Vec<_> = declared.iter().map(|pointer| (*pointer).to_owned()).collect();
        let Told { words, body } =
            Told::of(&document(body.as_bytes()), &declared, &Scrubber::new(secrets.iter().copied()));
        (words, body)
    }

    #[test]
    fn what_is_chosen_of_an_answer_does_not_depend_on_the_credentials_in_it() {
        let body = r#"{"error":"invalid_grant","error_description":"The code 1234567 is over","api_key":1234567,
            "sid":"shortsid","session":"abcdefghijkl","otp":"q8Zr2p","status":654321,"hunter2":{"message":"no"}}"#;
        let expected = json!({ "error": "invalid_grant", "error_description": "The code [redacted] is over" });
        let (words, body) = told(body, &[], &["1234567", "654321", "hunter2"]);
        assert_eq!((words.as_deref(), body), (Some("The code [redacted] is over"), expected));
        assert_eq!(told("1234567", &[], &["1234567"]), (None, json!({})));
    }

    #[test]
    fn a_text_that_keeps_almost_spelling_a_credential_is_withheld() {
        let secret = "ab ".repeat(10 << 10);
        let almost = format!("{}b", &secret[1..]).repeat(4);
        let body = json!({ "message": almost }).to_string();
        assert_eq!(told(&body, &[], &[&secret]), (Some(REDACTED.to_owned()), json!({ "message": REDACTED })));
    }

    #[test]
    fn a_declared_place_a_form_and_a_text_are_told_by_the_same_rule() {
        let body = r#"{"failure":{"why":"9f86d081884c7d65 is over"},"message":"no"}"#;
        let (words, body) = told(body, &["/failure/why"], &[]);
        assert_eq!((words.as_deref(), body), (Some("[redacted] is over"), json!({ "message": "no" })));
        let (words, body) = told("error=bad_verification_code&error_description=The+code+is+over.&sid=abc", &[], &[]);
        let expected = json!({ "error": "bad_verification_code", "error_description": "The code is over." });
        assert_eq!((words.as_deref(), body), (Some("The code is over."), expected));
        let said = "The session 9f86d081884c7d65 is over.";
        for body in [said.to_owned(), json!(said).to_string()] {
            assert_eq!(told(&body, &[], &[]), (None, json!("The session [redacted] is over.")));
        }
        assert_eq!(told("{}", &[], &[]).1, json!({}));
        assert_eq!(told("\u{feff}{\"error\":\"invalid_grant\"}", &[], &[]).1, json!({ "error": "invalid_grant" }));
    }
}
