//! Placeholders for secrets and personal data. The same value has the same placeholder in the call, in every exchange
//! and in the answer.
//!
//! Personal data is found by its form (e-mail addresses) and by the names of its members (names, telephone numbers,
//! ids, pictures). In text that people wrote freely, only values that were found elsewhere are replaced.

mod shape;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use http::HeaderValue;
use mortise_authoring::cassette::format::{Answer, Call, Exchange, Request, Response, SignIn};
use mortise_policy::path::UNRESERVED;
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::value::to_raw_value;
use serde_json::{Map, Number, Value};

use self::shape::{Key, digits, is_email, like_id, like_phone, person, replace_bounded};
use crate::account::Secrets;
use crate::cassette::account::PLACEHOLDER;
use crate::egress::REDACTED;

/// The shortest id of a person. Shorter ones are mostly of roles and kinds, which mappings depend on.
const SHORTEST_ID: usize = 5;
/// The fewest digits of a telephone number.
const SHORTEST_PHONE: usize = 7;
/// The shortest secret that is searched for inside texts. A shorter one is found if it is the whole text, and never as
/// a number.
const SHORTEST_SECRET: usize = 4;
/// The shortest detail of a person. Shorter ones are mostly kinds, such as `home`.
const SHORTEST_DETAIL: usize = 5;

/// The kind of a value that was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A credential, or a password in a body.
    Secret,
    /// An e-mail address.
    Email,
    /// A word of a person's name.
    Name,
    /// A telephone number.
    Phone,
    /// An identifier.
    Id,
    /// The address of a picture.
    Picture,
    /// A network address.
    Ip,
    /// Another detail of a person: a street, a date of birth, a number of a state or a bank.
    Detail,
}

/// A value that a placeholder replaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replaced {
    /// What it is.
    pub kind: Kind,
    /// The value, or the name of a secret.
    pub value: String,
    /// The placeholder in the cassette.
    pub placeholder: String,
}

/// What is known of a secret.
struct Secret {
    name: String,
    placeholder: String,
    /// Whether only its place showed that it is one. It may then be a common word or number, and is searched for as a
    /// whole text only.
    is_bounded: bool,
}

impl Secret {
    fn named(name: &str, is_bounded: bool) -> Self {
        Self { name: name.to_owned(), placeholder: format!("{PLACEHOLDER}-{name}"), is_bounded }
    }
}

/// Values and their placeholders.
pub(super) struct Placeholders {
    /// By value.
    secrets: BTreeMap<String, Secret>,
    kept: BTreeSet<String>,
    found: BTreeMap<(Kind, String), String>,
    /// The number of values of each kind.
    counts: BTreeMap<Kind, usize>,
}

impl Placeholders {
    /// For an account's secrets, and for values that must stay.
    pub(super) fn new(secrets: &Secrets, kept: &[String]) -> Self {
        let value = |(name, secret): (&String, &secrecy::SecretString)| {
            (secret.expose_secret().to_owned(), Secret::named(name, false))
        };
        Self {
            secrets: secrets.iter().map(value).collect(),
            kept: kept.iter().map(|value| value.to_lowercase()).collect(),
            found: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Finds the values to replace.
    pub(super) fn learn(&mut self, call: &Call, sign_ins: &[SignIn], exchanges: &[Exchange], answer: &Answer) {
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

    fn walk(&mut self, value: &Value, key: &Key<'_>) {
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

    fn is_kept(&self, value: &str) -> bool {
        self.kept.contains(&value.to_lowercase())
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

    /// Replaces the values by their placeholders.
    pub(super) fn apply(
        &self,
        call: &mut Call,
        sign_ins: &mut [SignIn],
        exchanges: &mut [Exchange],
        answer: &mut Answer,
    ) -> serde_json::Result<()> {
        call.id = call.id.as_deref().map(|id| self.replaced_in(id));
        call.cursor = call.cursor.as_deref().map(|cursor| self.replaced_in(cursor));
        call.query = call.query.iter().map(|(name, value)| (name.clone(), self.value(value))).collect();
        call.variables = call.variables.iter().map(|(name, value)| (name.clone(), self.replaced_in(value))).collect();
        call.body = self.members(&call.body);
        answer.body = self.value(&answer.body);
        for sign_in in sign_ins {
            self.response(&mut sign_in.response)?;
        }
        for exchange in exchanges {
            self.request(&mut exchange.request);
            self.response(&mut exchange.response)?;
        }
        Ok(())
    }

    fn request(&self, request: &mut Request) {
        let (origin, path) = match request.path.split_once("://") {
            Some((_, rest)) => {
                request.path.split_at(request.path.len() - rest.len() + rest.find('/').unwrap_or(rest.len()))
            }
            None => ("", request.path.as_str()),
        };
        let segment = |segment: &str| {
            let plain = percent_decode_str(segment).decode_utf8_lossy().into_owned();
            let clean = self.replaced_in(&plain);
            if clean == plain { segment.to_owned() } else { utf8_percent_encode(&clean, UNRESERVED).to_string() }
        };
        request.path = format!("{origin}{}", path.split('/').map(segment).collect::<Vec<_>>().join("/"));
        for (_, value) in &mut request.query {
            *value = self.replaced_in(value);
        }
        request.body = request.body.as_ref().map(|body| self.value(body));
        self.headers(&mut request.headers);
    }

    fn response(&self, response: &mut Response) -> serde_json::Result<()> {
        self.headers(&mut response.headers);
        if response.body.is_some() {
            response.body = Some(to_raw_value(&self.value(&document(response)))?);
        }
        Ok(())
    }

    fn headers(&self, headers: &mut http::HeaderMap) {
        for value in headers.values_mut() {
            let clean = value.to_str().ok().and_then(|text| HeaderValue::from_str(&self.replaced_in(text)).ok());
            *value = clean.unwrap_or(HeaderValue::from_static(""));
        }
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::Object(members) => Value::Object(self.members(members)),
            Value::Array(items) => items.iter().map(|item| self.value(item)).collect(),
            Value::String(text) => self.text_value(text).into(),
            Value::Number(number) => self.number_value(number).unwrap_or_else(|| value.clone()),
            other => other.clone(),
        }
    }

    fn text_value(&self, text: &str) -> String {
        let clean = self.replaced_in(text);
        let Some(document) = shape::nested(text).filter(|_| !self.secrets.contains_key(text)) else { return clean };
        // As the text is written, if that means the same: an integration writes it with its own spaces.
        let expected = self.value(&document);
        if shape::nested(&clean).as_ref() == Some(&expected) { clean } else { expected.to_string() }
    }

    fn number_value(&self, number: &Number) -> Option<Value> {
        let text = number.to_string();
        let found = |kind| self.found.get(&(kind, text.clone()));
        let secret = self.secrets.get(&text).map(|secret| &secret.placeholder);
        let placeholder = secret.or_else(|| [Kind::Phone, Kind::Detail, Kind::Id].into_iter().find_map(found))?;
        // Another type is better than an open secret.
        Some(serde_json::from_str(placeholder).unwrap_or_else(|_| placeholder.as_str().into()))
    }

    fn members(&self, members: &Map<String, Value>) -> Map<String, Value> {
        let name = |name: &String| {
            let is_value = name.contains('@') || self.found.contains_key(&(Kind::Id, name.clone()));
            if is_value { self.replaced_in(name) } else { name.clone() }
        };
        members.iter().map(|(key, value)| (name(key), self.value(value))).collect()
    }

    fn replaced_in(&self, text: &str) -> String {
        let whole = |kind| self.found.get(&(kind, text.to_owned()));
        if let Some(placeholder) = [Kind::Picture, Kind::Ip, Kind::Detail].into_iter().find_map(whole) {
            return placeholder.clone();
        }
        let mut text = self.decoded_parts(text);
        for (value, secret) in &self.secrets {
            if text == *value {
                text.clone_from(&secret.placeholder);
            } else if secret.is_bounded && value.len() >= SHORTEST_SECRET {
                text = replace_bounded(&text, value, &secret.placeholder);
            } else if value.len() >= SHORTEST_SECRET {
                text = text.replace(value.as_str(), &secret.placeholder);
            }
        }
        if let Some(placeholder) = self.found.get(&(Kind::Phone, digits(&text)))
            && !text.chars().any(char::is_alphabetic)
        {
            let mut digits = placeholder.chars();
            return text.chars().map(|c| if c.is_ascii_digit() { digits.next().unwrap_or(c) } else { c }).collect();
        }
        // An address is one thing: words of a name inside it stay.
        let mut clean = String::new();
        let mut rest = text.as_str();
        while let Some((before, email, after)) = shape::next_email(rest) {
            clean.push_str(&self.words(before));
            clean.push_str(self.found.get(&(Kind::Email, email.to_lowercase())).map_or(email, String::as_str));
            rest = after;
        }
        clean + &self.words(rest)
    }

    /// The text with its percent-encoded parts replaced.
    fn decoded_parts(&self, text: &str) -> String {
        let replaced = |piece: &str| {
            let (part, end) = match piece.char_indices().next_back().filter(|(_, c)| shape::ends_part(*c)) {
                Some((at, _)) => piece.split_at(at),
                None => (piece, ""),
            };
            // A part that is not encoded is replaced with the rest of the text.
            let Some(plain) = shape::decoded(part) else { return piece.to_owned() };
            let clean = self.replaced_in(&plain);
            if clean == plain { piece.to_owned() } else { format!("{}{end}", utf8_percent_encode(&clean, UNRESERVED)) }
        };
        text.split_inclusive(shape::ends_part).map(replaced).collect()
    }

    fn words(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for ((kind, value), placeholder) in &self.found {
            match kind {
                Kind::Id | Kind::Ip | Kind::Detail => text = replace_bounded(&text, value, placeholder),
                Kind::Phone | Kind::Picture => text = text.replace(value.as_str(), placeholder),
                Kind::Secret | Kind::Email | Kind::Name => {}
            }
        }
        shape::map_words(&text, |word| self.found.get(&(Kind::Name, word.to_lowercase())).map(String::as_str))
    }

    /// Everything that was replaced.
    pub(super) fn replaced(&self) -> Vec<Replaced> {
        let secrets = self.secrets.values().map(|secret| Replaced {
            kind: Kind::Secret,
            value: secret.name.clone(),
            placeholder: secret.placeholder.clone(),
        });
        let found = self.found.iter().map(|((kind, value), placeholder)| Replaced {
            kind: *kind,
            value: value.clone(),
            placeholder: placeholder.clone(),
        });
        secrets.chain(found).collect()
    }
}

/// Whether an id is likely to be a person's. A word without a digit names a kind, not a record.
fn is_somebodys(id: &str) -> bool {
    let is_plain = !id.contains('@') && !id.contains("://") && !id.chars().any(char::is_whitespace);
    id.len() >= SHORTEST_ID && is_plain && !digits(id).is_empty()
}

/// A recorded body as JSON.
fn document(response: &Response) -> Value {
    response.body.as_ref().and_then(|body| serde_json::from_str(body.get()).ok()).unwrap_or_default()
}
