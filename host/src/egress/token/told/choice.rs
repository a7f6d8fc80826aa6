//! Chooses the parts of an answer that others may see: sentences and codes, by their names.

use mortise_policy::redact::REDACTED;
use serde_json::{Map, Value};

use super::super::super::message::{means, names_complaints, names_sentence};
use super::super::document::{Quotation, quotation};
use super::super::names_credential;
use super::words::{DIGITS, is_code};

/// Levels of objects and arrays that are kept. The search for the vendor's sentence goes no deeper.
const LEVELS: usize = 8;
/// Names of sentences that only failures of sign-ins have.
const SENTENCES: [&str; 2] = ["erroruri", "nonfielderror"];
/// Names of codes.
const CODES: [&str; 10] =
    ["code", "errcode", "errorcode", "errorname", "errortype", "faultcode", "status", "statuscode", "suberror", "type"];
/// The name that the document itself counts under, and the items of an array: a text without a name is a sentence.
const ROOT: &str = "detail";

/// The parts of a document that may stay. `None` if there are none.
pub(super) fn of(document: &Value) -> Option<Value> {
    let is_complaints = |members: &Map<String, Value>| members.values().all(Value::is_array);
    match document {
        Value::Object(members) if is_complaints(members) => in_object(members, true, LEVELS),
        document => kept(document, ROOT, LEVELS),
    }
}

/// A sentence, with the parts of its quoted JSON that may stay.
pub(super) fn of_sentence(text: &str) -> String {
    sentence(text, LEVELS)
}

/// The parts of a value with this name that may stay.
fn kept(value: &Value, name: &str, levels: usize) -> Option<Value> {
    match value {
        Value::Object(members) => in_object(members, names_complaints(name), levels),
        Value::Array(items) => in_list(items, levels, |item, levels| kept(item, name, levels)),
        Value::String(text) if is_sentence(name) => Some(sentence(text, levels).into()),
        Value::String(text) if is_code_name(name) && is_code(text) => Some(text.as_str().into()),
        Value::Number(number) if is_code_name(name) || is_sentence(name) => {
            number.as_u64().filter(|number| number.to_string().len() <= DIGITS).map(Value::from)
        }
        _ => None,
    }
}

/// If `of_fields`, the members are errors of the fields with these names.
fn in_object(members: &Map<String, Value>, of_fields: bool, levels: usize) -> Option<Value> {
    let below = levels.checked_sub(1)?;
    let members = members.iter().filter(|(name, _)| is_code(name) && !names_credential(name));
    let members = members.filter_map(|(name, value)| {
        let complaint = || of_fields.then(|| complaint(value, below)).flatten();
        Some((name.clone(), kept(value, name, below).or_else(complaint)?))
    });
    Some(members.collect::<Map<_, _>>()).filter(|kept| !kept.is_empty()).map(Value::Object)
}

fn in_list(items: &[Value], levels: usize, kept: impl Fn(&Value, usize) -> Option<Value>) -> Option<Value> {
    let below = levels.checked_sub(1)?;
    let items: Vec<_> = items.iter().filter_map(|item| kept(item, below)).collect();
    (!items.is_empty()).then_some(Value::Array(items))
}

/// The error of a field, in words: `"is unknown"`, `["is unknown"]`.
fn complaint(value: &Value, levels: usize) -> Option<Value> {
    match value {
        Value::String(text) if is_in_words(text) => Some(sentence(text, levels).into()),
        Value::Array(items) => in_list(items, levels, complaint),
        _ => None,
    }
}

/// Whether a text has two words of letters, or letters that tokens do not have.
fn is_in_words(text: &str) -> bool {
    let is_word = |word: &&str| {
        let letters = word.trim_matches(|letter: char| letter.is_ascii_punctuation());
        letters.len() > 1 && letters.chars().all(char::is_alphabetic)
    };
    text.split_whitespace().filter(is_word).count() > 1
        || text.chars().any(|letter| letter.is_alphabetic() && !letter.is_ascii())
}

fn sentence(text: &str, levels: usize) -> String {
    let Some(Quotation { before, document, after }) = quotation(text) else { return text.to_owned() };
    let quoted = levels.checked_sub(1).and_then(|below| kept(&document, ROOT, below));
    format!("{before}{}{after}", quoted.map_or_else(|| REDACTED.to_owned(), |quoted| quoted.to_string()))
}

fn is_sentence(name: &str) -> bool {
    names_sentence(name) || SENTENCES.iter().any(|sentence| means(name, sentence))
}

fn is_code_name(name: &str) -> bool {
    CODES.iter().any(|code| means(name, code))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_a_body_sentences_and_codes_stay_and_nothing_else() {
        let body = json!({
            "error": "invalid_grant", "error_description": "it is over", "error_uri": "https://example.com/help",
            "sid": "short", "session": { "id": 7 }, "code": "8F3K2x9", "jwt": "a.b.c", "ok": false, "accessToken": { "message": "a" },
            "errors": [{ "message": "no", "code": "E032", "status": 401, "value": "x" }, "in words"],
            "9f86d081884c7d65": { "message": "a" }, "data": { "type": "Bearer 9f86d081884c7d65" }, "status": 123_456_789,
        });
        let expected = json!({
            "error": "invalid_grant", "error_description": "it is over", "error_uri": "https://example.com/help",
            "errors": [{ "message": "no", "code": "E032", "status": 401 }, "in words"],
        });
        assert_eq!(of(&body), Some(expected));
    }

    #[test]
    fn sentences_are_known_by_the_names_that_vendors_have_for_them() {
        for body in [
            json!({ "errorCode": "E0000011", "errorSummary": "Invalid token provided" }),
            json!({ "errcode": 40_001, "errmsg": "invalid credential" }),
            json!({ "fault": { "faultstring": "Invalid client" } }),
            json!({ "error": "invalid_grant", "hint": "Token has been revoked", "error_hint": "no" }),
            json!({ "STATUS": "Error", "MESSAGE": "no such user" }),
        ] {
            assert_eq!(of(&body).as_ref(), Some(&body));
        }
    }

    #[test]
    fn what_is_wrong_with_a_field_is_told_under_its_name_if_it_is_in_words() {
        let body = json!({ "errors": { "client_id": ["is unknown"], "site": "must not be blank", "sid": ["q8Zr2p"], "otp": "123 456" } });
        let expected = json!({ "errors": { "client_id": ["is unknown"], "site": "must not be blank" } });
        assert_eq!(of(&body), Some(expected));
        assert_eq!(
            of(&json!({ "client_id": ["is unknown"], "sid": ["a"] })),
            Some(json!({ "client_id": ["is unknown"] }))
        );
        assert_eq!(of(&json!({ "errors": { "client_secret": ["is wrong, said Ada"] } })), None);
        assert_eq!(of(&json!({ "client_id": ["is unknown"], "sid": 7 })), None);
    }

    #[test]
    fn of_json_in_a_sentence_stays_what_would_stay_of_it_alone() {
        for (said, expected) in [
            (
                r#"upstream said {"error":"invalid_grant","sid":"shortsid"}!"#,
                r#"upstream said {"error":"invalid_grant"}!"#,
            ),
            (r#"[{"sid":"shortsid"}]"#, REDACTED),
            ("item [1] of {these}", "item [1] of {these}"),
        ] {
            assert_eq!(of(&json!({ "message": said })), Some(json!({ "message": expected })));
        }
        let within = |said: &str| json!({ "message": said }).to_string();
        let nested = (0..12).fold(r#"{"message":"deep"}"#.to_owned(), |said, _| within(&said));
        assert!(!of_sentence(&nested).contains("deep"));
    }
}
