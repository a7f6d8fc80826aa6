//! Replaces the values by their placeholders.

use http::HeaderValue;
use mortise_authoring::cassette::format::{Answer, Call, Exchange, Request, Response, SignIn};
use mortise_policy::path::ALL_BUT_UNRESERVED;
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use serde_json::value::to_raw_value;
use serde_json::{Map, Number, Value};

use super::document::document;
use super::kind::Kind;
use super::placeholders::Placeholders;
use super::secret::SHORTEST_SECRET;
use super::shape::{self, digits, replace_bounded};

impl Placeholders {
    /// Replaces the values by their placeholders.
    pub(in crate::cassette::record) fn apply(
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
            if clean == plain {
                segment.to_owned()
            } else {
                utf8_percent_encode(&clean, ALL_BUT_UNRESERVED).to_string()
            }
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

    pub(super) fn value(&self, value: &Value) -> Value {
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
            if clean == plain {
                piece.to_owned()
            } else {
                format!("{}{end}", utf8_percent_encode(&clean, ALL_BUT_UNRESERVED))
            }
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
}
