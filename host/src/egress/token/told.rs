//! What others may see of a sign-in that failed: what is known to be safe, and nothing else.
//!
//! A vendor's answer can hold a token under any name and in any sentence. So what stays is chosen, not what goes: sentences and codes,
//! by the names that RFC 6749 §5.2 and vendors have for them, and in them no word that looks like a token.

use mortise_policy::redact::REDACTED;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::super::message::{clean, declared_message, found_message, means, names_sentence};
use super::names_credential;

/// Shortest word that can be taken for a token, in characters. Base64 of fewer is worth less than 96 bits; the longest codes and versions
/// with digits in their middle are shorter.
const TOKEN: usize = 16;
/// Longest part of a word that people read, in letters: `internationalization`.
const LETTERS: usize = 20;
/// Most digits behind them: `AADSTS700082`.
const DIGITS: usize = 6;
/// Longest code, in bytes.
const CODE: usize = 64;
/// Levels of objects and lists that are kept. The vendor's sentence is not searched for any deeper.
const LEVELS: usize = 8;
/// What stands between the parts of a word, of a token or of a path.
const BETWEEN: [char; 8] = ['-', '.', '_', '~', '+', '/', '=', '%'];
/// Names of sentences that stand in failures of sign-ins only.
const SENTENCES: [&str; 2] = ["erroruri", "nonfielderror"];

/// Names of codes.
const OF_PROGRAMS: [&str; 6] = ["code", "errorcode", "errorname", "errortype", "status", "type"];

/// What may be told of a failure.
pub(super) struct Told {
    /// The vendor's sentence, if it has one.
    pub(super) words: Option<String>,
    /// The body: sentences and codes under their names, or a text.
    pub(super) body: Value,
}

impl Told {
    /// Of a body that is withheld as a whole.
    pub(super) fn nothing() -> Self {
        Self { words: None, body: REDACTED.into() }
    }

    /// Of a body without the credentials that are known. `declared` are the places of the vendor's sentence.
    pub(super) fn of(body: &[u8], declared: &[String]) -> Self {
        let Some(document) = document(body) else {
            return Self { words: None, body: without_tokens(&String::from_utf8_lossy(body)).into() };
        };
        let kept = kept(&document, "", LEVELS).unwrap_or_else(|| Value::Object(Map::new()));
        let words = declared_message(&document, declared).map(|text| clean(&without_tokens(text)));
        let words = words.or_else(|| found_message(kept.to_string().as_bytes(), &[]));
        Self { words, body: kept }
    }
}

/// A sign-in's answer as JSON, also of an error that is written as a form: `error=bad_verification_code&error_description=…`.
pub(super) fn document(body: &[u8]) -> Option<Value> {
    let form = || {
        let is_form = !body.iter().any(|byte| byte.is_ascii_whitespace() || b"<{[\"".contains(byte));
        let pairs = || form_urlencoded::parse(body).map(|(name, text)| (name.into_owned(), text.into_owned().into()));
        let form = is_form.then(|| pairs().collect::<Map<_, _>>());
        form.filter(|form| form.contains_key("error")).map(Value::Object)
    };
    serde_json::from_slice(body).ok().or_else(form)
}

/// What may stay of a value that has this name.
fn kept(value: &Value, name: &str, levels: usize) -> Option<Value> {
    match value {
        Value::Object(members) => {
            let below = levels.checked_sub(1)?;
            let is_safe = |name: &str| is_code(name) && !names_credential(name);
            let members = members.iter().filter(|(name, _)| is_safe(name));
            let members = members.filter_map(|(name, value)| Some((name.clone(), kept(value, name, below)?)));
            Some(members.collect::<Map<_, _>>()).filter(|kept| !kept.is_empty()).map(Value::Object)
        }
        Value::Array(items) => {
            let below = levels.checked_sub(1)?;
            let items: Vec<_> = items.iter().filter_map(|item| kept(item, name, below)).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Value::String(text) if is_sentence(name) => Some(without_tokens(text).into()),
        Value::String(text) if is_of_programs(name) && is_code(text) => Some(text.as_str().into()),
        Value::Number(number) if is_of_programs(name) || is_sentence(name) => {
            number.as_u64().filter(|number| number.to_string().len() <= DIGITS).map(Value::from)
        }
        _ => None,
    }
}

fn is_sentence(name: &str) -> bool {
    names_sentence(name) || SENTENCES.iter().any(|sentence| means(name, sentence))
}

fn is_of_programs(name: &str) -> bool {
    OF_PROGRAMS.iter().any(|code| means(name, code))
}

/// Whether a text is a code, such as `invalid_grant`, `INVALID-GRANT`, `invalidGrant`, `E032`.
fn is_code(text: &str) -> bool {
    text.len() <= CODE && text.split(' ').all(is_of_words)
}

/// A sentence with the mark in place of the words that look like tokens: those of at least [`TOKEN`] characters of Base64, base64url, hex,
/// JWTs and percent-encoding that are not [made of words](is_of_words).
fn without_tokens(text: &str) -> String {
    let is_of_token = |letter: char| letter.is_ascii_alphanumeric() || BETWEEN.contains(&letter);
    let is_token = |run: &str| run.len() >= TOKEN && !is_of_words(run);
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (run, after) = rest.split_at(rest.find(|letter| !is_of_token(letter)).unwrap_or(rest.len()));
        let (between, after) = after.split_at(after.find(is_of_token).unwrap_or(after.len()));
        told.push_str(if is_token(run) { REDACTED } else { run });
        told.push_str(between);
        rest = after;
    }
    told
}

/// Whether a word is made of parts that people read: letters of one case, or with a capital among five at most, which begins a new part;
/// and digits behind them.
fn is_of_words(word: &str) -> bool {
    word.split(BETWEEN).all(|part| {
        let letters = part.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let is_upper = letters.bytes().all(|letter| letter.is_ascii_uppercase());
        let capitals = letters.bytes().skip(1).filter(|letter| !is_upper && letter.is_ascii_uppercase()).count();
        part.len() - letters.len() <= DIGITS
            && letters.bytes().all(|letter| letter.is_ascii_alphabetic())
            && letters.len() <= LETTERS * (capitals + 1)
            && capitals * 5 <= letters.len()
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_word_that_looks_like_a_token_is_taken_out_of_a_sentence_and_what_people_read_stays() {
        let jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        for token in [
            jwt,
            "9f86d081884c7d65",
            "gho_16C7e42F292c6912E7",
            "SplxlOBeZQQYbYS6WxSbIA",
            "tGzv3JOkF0XqQx2TlKWIA==",
            "1000.8cb99dxxxxx4f2a1",
            "c1b2%2Bd3e4f5%3D%3D",
            "0f8fad5b-d9cd-469f-a165-70867728950e",
            "1234567890123456",
        ] {
            let said = without_tokens(&format!("the token '{token}', or {token} was refused"));
            assert_eq!(said, format!("the token '{REDACTED}', or {REDACTED} was refused"));
        }
        for said in [
            "AADSTS700082: The refresh token has expired due to inactivity at 2026-01-01T00:00:00Z.",
            "internationalization of grant_type=refresh_token/client_credentials is off",
            "see https://developer.example.com/oauth2/errors#invalid_grant",
            "InvalidRefreshTokenError REFRESH_TOKEN_REVOKED invalid-client-credentials",
            "Der Schlüssel für „Ada“ ist ungültig — 16 Zeichen",
            "",
        ] {
            assert_eq!(without_tokens(said), said);
        }
    }

    #[test]
    fn of_a_body_sentences_and_codes_stay_and_nothing_else() {
        let body = json!({
            "error": "invalid_grant", "error_description": "it is over", "error_uri": "https://example.com/help",
            "sid": "short", "session": { "id": 7 }, "code": "8F3K2x9", "jwt": "a.b.c", "ok": false, "accessToken": { "message": "a" },
            "errors": [{ "message": "no", "code": "E032", "status": 401, "value": "x" }, "in words"],
            "9f86d081884c7d65": { "message": "a" }, "data": { "type": "Bearer 9f86d081884c7d65" }, "status": 123_456_789,
        });
        let told = Told::of(body.to_string().as_bytes(), &[]);
        assert_eq!(told.words.as_deref(), Some("it is over"));
        let expected = json!({
            "error": "invalid_grant", "error_description": "it is over", "error_uri": "https://example.com/help",
            "errors": [{ "message": "no", "code": "E032", "status": 401 }, "in words"],
        });
        assert_eq!(told.body, expected);
    }

    #[test]
    fn a_declared_place_a_form_and_a_text_are_told_by_the_same_rule() {
        let body = r#"{"failure":{"why":"9f86d081884c7d65 is over"},"message":"no"}"#;
        let told = Told::of(body.as_bytes(), &["/failure/why".to_owned()]);
        assert_eq!((told.words.as_deref(), told.body), (Some("[redacted] is over"), json!({ "message": "no" })));
        let told = Told::of(b"error=bad_verification_code&error_description=The+code+is+over.&sid=abc", &[]);
        let expected = json!({ "error": "bad_verification_code", "error_description": "The code is over." });
        assert_eq!((told.words.as_deref(), told.body), (Some("The code is over."), expected));
        let told = Told::of(b"The session 9f86d081884c7d65 is over.", &[]);
        assert_eq!((told.words, told.body), (None, json!("The session [redacted] is over.")));
        assert_eq!(Told::of(b"{}", &[]).body, json!({}));
    }
}
