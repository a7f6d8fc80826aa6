//! Finds the values to replace.

use std::net::IpAddr;

use mortise_authoring::cassette::format::{Answer, Call, Exchange, SignIn};
use serde_json::{Map, Number, Value};

use super::document::document;
use super::kind::Kind;
use super::placeholders::Placeholders;
use super::secret::{SHORTEST_SECRET, Secret};
use super::shape::{self, Key, digits, is_email, like_id, like_phone, person};
use crate::cassette::account::PLACEHOLDER;
use crate::egress::REDACTED;

/// The shortest id of a person. Shorter ones are mostly of roles and kinds, which mappings depend on.
const SHORTEST_ID: usize = 5;
/// The fewest digits of a telephone number.
const SHORTEST_PHONE: usize = 7;
/// The shortest detail of a person. Shorter ones are mostly kinds, such as `home`.
const SHORTEST_DETAIL: usize = 5;

impl Placeholders {
    /// Finds the values to replace.
    pub(in crate::cassette::record) fn learn(
        &mut self,
        call: &Call,
        sign_ins: &[SignIn],
        exchanges: &[Exchange],
        answer: &Answer,
    ) {
        let body = Value::Object(call.body.clone());
        self.walk(&body, &Key::person(""));
        self.walk(&answer.body, &Key::person(""));
        // The users of a page.
        let page = answer.body.get("result");
        let rows = page.and_then(Value::as_array).into_iter().flatten();
        let keyed = page.and_then(Value::as_object).into_iter().flat_map(Map::values);
        rows.chain(keyed).for_each(|user| self.walk(user, &Key::person("")));
        if let Some(id) = &call.id {
            self.walk(&id.as_str().into(), &Key::of("id"));
        }
        for (name, value) in &call.query {
            self.walk(value, &Key::of(name));
        }
        for (name, value) in &call.variables {
            self.walk(&value.as_str().into(), &Key::of(name));
        }
        for response in sign_ins.iter().map(|s| &s.response).chain(exchanges.iter().map(|e| &e.response)) {
            self.walk(&document(response), &Key::of(""));
        }
        for request in exchanges.iter().map(|exchange| &exchange.request) {
            for (name, value) in &request.query {
                self.walk(&value.as_str().into(), &Key::of(name));
            }
            self.walk(request.body.as_ref().unwrap_or(&Value::Null), &Key::of(""));
        }
    }

    pub(super) fn walk(&mut self, value: &Value, key: &Key<'_>) {
        match value {
            Value::Object(members) => {
                let is_person = key.is_person || members.keys().any(|name| name.to_lowercase().contains("mail"));
                for (name, value) in members {
                    self.text(name, &Key::of(""));
                    self.walk(value, &key.below(name, is_person));
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, &key.item())),
            Value::String(text) => self.text(text, key),
            Value::Number(number) => self.number(number, key),
            _ => {}
        }
    }

    fn text(&mut self, text: &str, key: &Key<'_>) {
        if text.is_empty() {
            return;
        }
        for email in text.split(|c: char| !shape::is_email_char(c)).filter(|token| is_email(token)) {
            self.found(Kind::Email, &email.to_lowercase(), |n| format!("person{n}@example.com"));
        }
        self.inside(text);
        if key.is_secret() {
            self.secret(text, key.name, key.in_secret);
        } else if let Some(document) = shape::nested(text) {
            self.walk(&document, key);
        } else if key.is_phone() && digits(text).len() >= SHORTEST_PHONE {
            let number = digits(text);
            self.found(Kind::Phone, &number.clone(), |n| like_phone(&number, n));
        } else if key.is_name() && !text.contains('@') && !text.contains("://") {
            for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| shape::is_word(word)) {
                self.found(Kind::Name, &word.to_lowercase(), person);
            }
        } else if key.is_picture() && text.contains("://") {
            self.found(Kind::Picture, text, |n| format!("https://example.com/picture-{n}.png"));
        } else if let Some(ip) = text.parse::<IpAddr>().ok().filter(|_| key.is_ip()) {
            self.found(Kind::Ip, text, |n| shape::like_ip(ip, n));
        } else if key.is_detail() && text.len() >= SHORTEST_DETAIL && !text.contains('@') && !text.contains("://") {
            self.found(Kind::Detail, text, |_| shape::like_detail(text));
        } else if key.is_id() && is_somebodys(text) {
            self.found(Kind::Id, text, |n| like_id(text, n));
        } else if key.in_secret && !key.is_lifetime() {
            self.secret(text, key.name, true);
        }
    }

    /// The values in the addresses of a text: their parameters, and percent-encoded parts.
    fn inside(&mut self, text: &str) {
        for (name, value) in shape::parameters(text) {
            let key = Key::of(&name);
            if key.is_secret_parameter() {
                self.secret(&value, &name, true);
            } else if value != text {
                self.text(&value, &key);
            }
        }
        for part in text.split(shape::ends_part) {
            if let Some(decoded) = shape::decoded(part) {
                self.text(&decoded, &Key::of(""));
            }
        }
    }

    fn number(&mut self, number: &Number, key: &Key<'_>) {
        let text = number.to_string();
        let length = digits(&text).len();
        if key.is_secret() || (key.in_secret && !key.is_id() && !key.is_lifetime()) {
            if length >= SHORTEST_SECRET && !self.is_kept(&text) && !self.secrets.contains_key(&text) {
                // A number stays a number, because an integration may need one.
                let placeholder = like_id(&digits(&text), self.secrets.len() + 1);
                self.secrets.insert(text, Secret { name: key.name.to_owned(), placeholder, is_bounded: true });
            }
        } else if key.is_phone() && !number.is_f64() && length >= SHORTEST_PHONE {
            self.found(Kind::Phone, &digits(&text), |n| like_phone(&digits(&text), n));
        } else if key.is_detail() && length >= SHORTEST_DETAIL {
            self.found(Kind::Detail, &text, |_| shape::like_detail(&text));
        } else if key.is_id() && is_somebodys(&text) {
            self.found(Kind::Id, &text, |n| like_id(&text, n));
        }
    }

    fn secret(&mut self, text: &str, name: &str, is_bounded: bool) {
        let is_placeholder = text.starts_with(PLACEHOLDER) || text == REDACTED;
        if !text.is_empty() && !is_placeholder && !self.is_kept(text) {
            self.secrets.entry(text.to_owned()).or_insert_with(|| Secret::named(name, is_bounded));
        }
    }

    fn found(&mut self, kind: Kind, value: &str, placeholder: impl FnOnce(usize) -> String) {
        let key = (kind, value.to_owned());
        // Addresses under these names belong to nobody (RFC 2606).
        let invented = kind == Kind::Email
            && ["example.com", "example.org", "example.net", ".example"].iter().any(|end| value.ends_with(end));
        if invented || self.is_kept(value) || self.found.contains_key(&key) {
            return;
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        self.found.insert(key, placeholder(*count));
    }
}

/// Whether an id is likely to be a person's. A word without a digit names a kind, not a record.
fn is_somebodys(id: &str) -> bool {
    let is_plain = !id.contains('@') && !id.contains("://") && !id.chars().any(char::is_whitespace);
    id.len() >= SHORTEST_ID && is_plain && !digits(id).is_empty()
}
