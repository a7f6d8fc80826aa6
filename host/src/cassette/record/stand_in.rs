//! Stand-ins for secrets and personal data: the same value has the same stand-in in the call, in every exchange and in the answer.
//!
//! What is personal is found by how it looks (e-mail addresses) and by the names it stands under (names, telephone numbers, ids,
//! pictures). Text that people wrote freely is searched for what was found elsewhere, and for nothing else.

mod shape;

use std::collections::{BTreeMap, BTreeSet};

use http::HeaderValue;
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::value::to_raw_value;
use serde_json::{Map, Value};

use self::shape::{Key, digits, is_email, like_id, like_phone, person, replace_bounded};
use crate::account::Secrets;
use crate::cassette::call::{PLACEHOLDER, UNRESERVED};
use crate::cassette::format::{Answer, Call, Exchange, Request, Response, SignIn};
use crate::egress::REDACTED;

/// The shortest id that can be somebody's: shorter ones are mostly those of roles and kinds, which mappings depend on.
const SHORTEST_ID: usize = 5;
/// The fewest digits of a telephone number.
const SHORTEST_PHONE: usize = 7;
/// The shortest secret that is searched for inside texts; a shorter one is found where it is all of a text.
const SHORTEST_SECRET: usize = 4;

/// What kind of value a stand-in stands for.
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
}

/// A value that something else stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replaced {
    /// What it is.
    pub kind: Kind,
    /// The value; of a secret its name.
    pub value: String,
    /// What is in the cassette.
    pub stand_in: String,
}

/// Values and what stands for them.
pub(super) struct StandIns {
    /// Value and name of each secret.
    secrets: BTreeMap<String, String>,
    kept: BTreeSet<String>,
    found: BTreeMap<(Kind, String), String>,
    /// How many there are of each kind.
    counts: BTreeMap<Kind, usize>,
}

impl StandIns {
    /// With an account's secrets, and values that are not to be replaced.
    pub(super) fn new(secrets: &Secrets, kept: &[String]) -> Self {
        let value =
            |(name, secret): (&String, &secrecy::SecretString)| (secret.expose_secret().to_owned(), name.clone());
        Self {
            secrets: secrets.iter().map(value).collect(),
            kept: kept.iter().map(|value| value.to_lowercase()).collect(),
            found: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Finds what is to be replaced.
    pub(super) fn learn(&mut self, call: &Call, sign_ins: &[SignIn], exchanges: &[Exchange], answer: &Answer) {
        let body = Value::Object(call.body.clone());
        self.walk(&body, &Key::person(""));
        self.walk(&answer.body, &Key::person(""));
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
            Value::Number(number) if key.is_id() => self.id(&number.to_string()),
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
        if key.is_secret() {
            if text.starts_with(PLACEHOLDER) || text == REDACTED {
                return;
            }
            self.secrets.entry(text.to_owned()).or_insert_with(|| key.name.to_owned());
        } else if key.is_phone() && digits(text).len() >= SHORTEST_PHONE {
            let number = digits(text);
            self.found(Kind::Phone, &number.clone(), |n| like_phone(&number, n));
        } else if key.is_name() && !text.contains('@') {
            for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| shape::is_word(word)) {
                self.found(Kind::Name, &word.to_lowercase(), person);
            }
        } else if key.is_picture() && text.contains("://") {
            self.found(Kind::Picture, text, |n| format!("https://example.com/picture-{n}.png"));
        } else if key.is_id() {
            self.id(text);
        }
    }

    fn id(&mut self, id: &str) {
        // A word without a digit names a kind, not a record.
        let plain =
            !id.contains('@') && !id.contains("://") && !id.chars().any(char::is_whitespace) && !digits(id).is_empty();
        if id.len() >= SHORTEST_ID && plain {
            self.found(Kind::Id, id, |n| like_id(id, n));
        }
    }

    fn found(&mut self, kind: Kind, value: &str, stand_in: impl FnOnce(usize) -> String) {
        let key = (kind, value.to_owned());
        // Addresses under these names belong to nobody (RFC 2606).
        let invented = kind == Kind::Email
            && ["example.com", "example.org", "example.net", ".example"].iter().any(|end| value.ends_with(end));
        if invented || self.kept.contains(&value.to_lowercase()) || self.found.contains_key(&key) {
            return;
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        self.found.insert(key, stand_in(*count));
    }

    /// Puts the stand-ins in.
    pub(super) fn apply(
        &self,
        call: &mut Call,
        sign_ins: &mut [SignIn],
        exchanges: &mut [Exchange],
        answer: &mut Answer,
    ) -> serde_json::Result<()> {
        call.id = call.id.as_deref().map(|id| self.replaced_in(id));
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
            Value::String(text) => self.replaced_in(text).into(),
            Value::Number(number) => {
                let stand_in = self.found.get(&(Kind::Id, number.to_string()));
                stand_in.and_then(|id| serde_json::from_str(id).ok()).unwrap_or_else(|| value.clone())
            }
            other => other.clone(),
        }
    }

    fn members(&self, members: &Map<String, Value>) -> Map<String, Value> {
        let name = |name: &String| {
            let is_value = name.contains('@') || self.found.contains_key(&(Kind::Id, name.clone()));
            if is_value { self.replaced_in(name) } else { name.clone() }
        };
        members.iter().map(|(key, value)| (name(key), self.value(value))).collect()
    }

    fn replaced_in(&self, text: &str) -> String {
        if let Some(stand_in) = self.found.get(&(Kind::Picture, text.to_owned())) {
            return stand_in.clone();
        }
        let mut text = text.to_owned();
        for (secret, name) in &self.secrets {
            if text == *secret || secret.len() >= SHORTEST_SECRET {
                text = text.replace(secret.as_str(), &format!("{PLACEHOLDER}-{name}"));
            }
        }
        if let Some(stand_in) = self.found.get(&(Kind::Phone, digits(&text)))
            && !text.chars().any(char::is_alphabetic)
        {
            let mut digits = stand_in.chars();
            return text.chars().map(|c| if c.is_ascii_digit() { digits.next().unwrap_or(c) } else { c }).collect();
        }
        // An address is one thing: no word of a name is looked for inside it.
        let mut clean = String::new();
        let mut rest = text.as_str();
        while let Some((before, email, after)) = shape::next_email(rest) {
            clean.push_str(&self.words(before));
            clean.push_str(self.found.get(&(Kind::Email, email.to_lowercase())).map_or(email, String::as_str));
            rest = after;
        }
        clean + &self.words(rest)
    }

    fn words(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for ((kind, value), stand_in) in &self.found {
            match kind {
                Kind::Id => text = replace_bounded(&text, value, stand_in),
                Kind::Phone | Kind::Picture => text = text.replace(value.as_str(), stand_in),
                Kind::Secret | Kind::Email | Kind::Name => {}
            }
        }
        shape::map_words(&text, |word| self.found.get(&(Kind::Name, word.to_lowercase())).map(String::as_str))
    }

    /// Everything that was replaced.
    pub(super) fn replaced(&self) -> Vec<Replaced> {
        let secrets = self.secrets.values().map(|name| Replaced {
            kind: Kind::Secret,
            value: name.clone(),
            stand_in: format!("{PLACEHOLDER}-{name}"),
        });
        let found = self.found.iter().map(|((kind, value), stand_in)| Replaced {
            kind: *kind,
            value: value.clone(),
            stand_in: stand_in.clone(),
        });
        secrets.chain(found).collect()
    }
}

/// A recorded body as JSON.
fn document(response: &Response) -> Value {
    response.body.as_ref().and_then(|body| serde_json::from_str(body.get()).ok()).unwrap_or_default()
}
