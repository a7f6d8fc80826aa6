//! Whole answers.

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::numbers;

/// The answer as JSON. An error in form encoding becomes an object (`error=bad_verification_code&error_description=…`),
/// any other text a string. A number that JSON libraries would write differently becomes a string, exactly as the
/// vendor wrote it, because it may be a token.
pub(in crate::egress::token) fn document(body: &[u8]) -> Value {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let text = || String::from_utf8_lossy(body).into_owned();
    json(body).or_else(|| form(body)).unwrap_or_else(|| Value::String(text()))
}

pub(super) fn json(text: &[u8]) -> Option<Value> {
    serde_json::from_slice(&numbers::as_written(text)).ok()
}

fn form(body: &[u8]) -> Option<Value> {
    let is_form = !body.iter().any(|byte| byte.is_ascii_whitespace() || b"<{[\"".contains(byte));
    let pairs = || form_urlencoded::parse(body).map(|(name, text)| (name.into_owned(), text.into_owned().into()));
    let form = is_form.then(|| pairs().collect::<Map<_, _>>());
    form.filter(|form| form.contains_key("error")).map(Value::Object)
}
