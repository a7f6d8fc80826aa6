//! Finds the credentials in a sign-in's answer: by the declaration, and otherwise by their names.

use serde_json::Value;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::document::quotation;
use super::sentence::named_values;
use super::{TokenExchange, names_credential};

/// Most credentials of one answer that the host looks at, and most bytes of them together. Each one becomes many
/// needles of a scrubber.
const MOST: (usize, usize) = (16, 32 << 10);

/// The credentials of an answer.
pub(super) struct Found {
    /// Within the bounds of [`MOST`].
    pub(super) values: Vec<Zeroizing<String>>,
    /// Whether there are more credentials, or may be some that the host did not find.
    pub(super) overflowed: bool,
}

/// The credentials of an answer that others may see parts of: all values below a credential's name, and all values that
/// follow one in a text.
pub(super) fn of_failure(exchange: &TokenExchange, document: &Value) -> Found {
    let mut found = Found { values: Vec::new(), overflowed: document.as_str().is_some_and(is_markup) };
    let secrets = exchange.answers.iter().filter(|answer| answer.secret);
    secrets.filter_map(|answer| document.pointer(&answer.pointer)).for_each(|value| found.collect(value, true, true));
    found.collect_failure(document);
    found
}

/// Whether a body that is not JSON may have credentials without readable names: HTML and XML, and JSON that is cut off
/// or has text around it.
fn is_markup(body: &str) -> bool {
    body.contains(['<', '{', '[', '"'])
}

/// The credentials of the answer by their names, whether the declaration uses them or not.
pub(super) fn of_success(document: &Value) -> Vec<Zeroizing<String>> {
    let mut found = Found { values: Vec::new(), overflowed: false };
    found.collect(document, false, false);
    found.values
}

impl Found {
    /// Adds the texts and numbers below `value`. `named`: it has a credential's name. `inherits`: the values inside it
    /// count then, too.
    fn collect(&mut self, value: &Value, named: bool, inherits: bool) {
        match value {
            Value::String(text) if named => self.add(text.clone()),
            Value::Number(number) if named => self.add(number.to_string()),
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, named, inherits)),
            Value::Object(members) => {
                for (name, member) in members {
                    self.collect(member, named && inherits || names_credential(name), inherits);
                }
            }
            _ => {}
        }
    }

    /// Adds the values under a credential's name, in the document and in its texts.
    fn collect_failure(&mut self, document: &Value) {
        self.collect(document, false, true);
        self.collect_in_texts(document);
    }

    fn collect_in_texts(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.collect_in_text(text),
            Value::Array(items) => items.iter().for_each(|item| self.collect_in_texts(item)),
            Value::Object(members) => members.values().for_each(|member| self.collect_in_texts(member)),
            _ => {}
        }
    }

    /// Adds the values that follow a credential's name in JSON, a form or a sentence.
    fn collect_in_text(&mut self, text: &str) {
        if let Some(quotation) = quotation(text) {
            self.collect_failure(&quotation.document);
        }
        if !text.contains(char::is_whitespace) {
            let pairs = form_urlencoded::parse(text.as_bytes()).filter(|(name, _)| names_credential(name));
            pairs.for_each(|(_, value)| self.add(value.into_owned()));
        }
        for value in named_values(text) {
            // Each value may be as long as the rest of the text.
            if self.overflowed {
                return;
            }
            self.add(value.to_owned());
        }
    }

    fn add(&mut self, value: String) {
        if self.values.iter().any(|known| **known == value) {
            return;
        }
        let bytes: usize = self.values.iter().map(|value| value.len()).sum();
        if self.values.len() < MOST.0 && bytes + value.len() <= MOST.1 {
            self.values.push(Zeroizing::new(value));
        } else {
            self.overflowed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(document: &Value) -> Vec<String> {
        of_success(document).iter().map(|value| value.to_string()).collect()
    }

    #[test]
    fn credentials_are_known_by_their_own_names() {
        let document = json!({
            "access_token": "one", "token_type": "Bearer", "expires_in": 3600, "scope": "all",
            "credentials": { "token": "two", "site": { "id": "site" } },
            "data": [{ "refreshToken": "three" }, { "apiKey": 4 }], "error": "invalid_token",
            "sid": "five", "signature": "six", "session": { "key": "seven" }, "issue_key": "issue",
        });
        assert_eq!(found(&document), ["one", "two", "three", "4", "five", "six", "seven"]);
        let many: Vec<_> = (0..100).map(|n| json!({ "token": format!("{n:03000}") })).collect();
        assert_eq!(found(&json!(many)).len(), 10);
    }

    #[test]
    fn texts_are_read_as_json_as_forms_and_as_sentences() {
        let nested = json!({ "message": json!({ "credentials": { "value": "three" } }).to_string() }).to_string();
        let mut found = Found { values: Vec::new(), overflowed: false };
        found.collect_failure(&json!({
            "message": "said {\"token\":\"one\",\"site\":\"none\"}", "detail": ["a=1&access_token=t%2Fwo", nested],
            "error": "password 'four' was wrong, and token=one too",
        }));
        let values: Vec<_> = found.values.iter().map(|value| value.as_str()).collect();
        assert_eq!((values, found.overflowed), (vec!["one", "t/wo", "t%2Fwo", "three", "four"], false));
        found.collect_failure(&json!("token=.".repeat(40 << 10)));
        assert!(found.overflowed);
    }

    #[test]
    fn markup_and_broken_json_have_no_names_that_can_be_read_and_sentences_are_neither() {
        for (body, withheld) in [
            ("<e><access_token>abc</access_token></e>", true),
            ("{\"access_token\":\"abc\",", true),
            (")]}'\n{\"access_token\":\"abc\"}", true),
            ("error=invalid_grant", false),
            ("The client is not known.", false),
        ] {
            assert_eq!(is_markup(body), withheld, "{body}");
        }
    }
}
