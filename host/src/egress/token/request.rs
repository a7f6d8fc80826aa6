//! The sign-in request of one account, complete and ready to be sent.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use mortise_model::{ExchangeEncoding, ExchangeMethod};
use mortise_policy::path::ALL_BUT_UNRESERVED;
use mortise_policy::target::{Endpoint, compose};
use percent_encoding::utf8_percent_encode;
use secrecy::ExposeSecret;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::super::EgressError;
use super::super::opened::Credentials;
use super::super::template::Template;
use super::{Code, TokenExchange};

/// The fields of a code (RFC 6749 §4.1.3, RFC 7636 §4.5). They replace declared fields of these names.
const CODE_FIELDS: [&str; 4] = ["grant_type", "code", "redirect_uri", "code_verifier"];

/// A sign-in request with the account's secrets. Goes to the vendor only.
pub(super) struct SignIn {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Zeroizing<Vec<u8>>>,
    /// Every secret in the request, and the values derived from them, for the scrubber.
    pub(super) sensitive: Vec<Zeroizing<String>>,
    /// Identifies this request and the declaration of its answer. A token is used only with the credentials and the
    /// declaration of its sign-in. Empty for a code, which is sent once.
    pub(super) fingerprint: String,
}

/// The fields of a request, by name.
type Fields<'a> = Vec<(&'a str, Zeroizing<String>)>;

/// Fills templates, and collects the secrets of their values.
struct Filling<'a> {
    credentials: &'a Credentials,
    sensitive: Vec<Zeroizing<String>>,
}

impl<'a> Filling<'a> {
    fn of(credentials: &'a Credentials) -> Self {
        Self { credentials, sensitive: credentials.sensitive().collect() }
    }

    fn fill(&mut self, template: &Template) -> Result<Zeroizing<String>, EgressError> {
        template
            .fill(self.credentials, &mut self.sensitive)
            .ok_or_else(|| EgressError::Credentials("the account lacks the credentials that its sign-in needs".into()))
    }

    fn fields<'f>(
        &mut self,
        declared: impl Iterator<Item = &'f (String, Template)>,
    ) -> Result<Fields<'f>, EgressError> {
        declared.map(|(name, template)| Ok((name.as_str(), self.fill(template)?))).collect()
    }
}

impl SignIn {
    /// Fills the declaration for one account.
    pub(super) fn new(
        exchange: &TokenExchange,
        endpoints: &[Endpoint],
        credentials: &Credentials,
    ) -> Result<Self, EgressError> {
        let mut filling = Filling::of(credentials);
        let fields = filling.fields(exchange.fields.iter())?;
        let mut sign_in = Self::with(exchange, endpoints, filling, &fields)?;
        sign_in.fingerprint = sign_in.digest(exchange);
        Ok(sign_in)
    }

    /// Fills the declaration for a code, which replaces the credentials that the answer replaces.
    pub(super) fn of_code(
        exchange: &TokenExchange,
        endpoints: &[Endpoint],
        credentials: &Credentials,
        code: &Code<'_>,
    ) -> Result<Self, EgressError> {
        let replaced = |name: &str| exchange.answers.iter().any(|answer| answer.replaces && answer.name == name);
        let stays = |(name, template): &&(String, Template)| {
            !CODE_FIELDS.contains(&name.as_str()) && !template.variables().any(replaced)
        };
        let mut filling = Filling::of(credentials);
        let mut fields = filling.fields(exchange.fields.iter().filter(stays))?;
        let own = |text: &str| Zeroizing::new(text.to_owned());
        let (code_text, verifier) = (code.code.expose_secret(), code.verifier.map(ExposeSecret::expose_secret));
        let values = [Some("authorization_code"), Some(code_text), Some(code.redirect_uri), verifier];
        fields.extend(CODE_FIELDS.into_iter().zip(values).filter_map(|(name, value)| Some((name, own(value?)))));
        filling.sensitive.extend([Some(code_text), verifier].into_iter().flatten().map(own));
        Self::with(exchange, endpoints, filling, &fields)
    }

    /// The request with these fields.
    fn with(
        exchange: &TokenExchange,
        endpoints: &[Endpoint],
        mut filling: Filling<'_>,
        fields: &[(&str, Zeroizing<String>)],
    ) -> Result<Self, EgressError> {
        let mut headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/json")),
            (ACCEPT_ENCODING, HeaderValue::from_static("gzip")),
        ]);
        for (name, template) in &exchange.headers {
            let name = HeaderName::try_from(name.as_str())
                .map_err(|_| EgressError::Credentials(format!("`{name}` is not a header name")))?;
            headers.insert(name, header_value(&filling.fill(template)?)?);
        }
        if let Some((user, password)) = &exchange.basic {
            let (user, password) = (filling.fill(user)?, filling.fill(password)?);
            let pair = match exchange.encodes_basic() {
                true => format!("{}:{}", *form_encoded(&user), *form_encoded(&password)),
                false => format!("{}:{}", *user, *password),
            };
            let pair = Zeroizing::new(pair);
            let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
            headers.insert(AUTHORIZATION, header_value(&Zeroizing::new(format!("Basic {}", *encoded)))?);
            filling.sensitive.extend([pair, encoded]);
        }
        let mut url = url(&exchange.url, endpoints, &filling.credentials.variables)?;
        let body = match exchange.encoding {
            ExchangeEncoding::Query => {
                url.query_pairs_mut().extend_pairs(fields.iter().map(|(name, value)| (name, value.as_str())));
                None
            }
            ExchangeEncoding::Form => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
                let pairs = fields.iter().map(|(name, value)| (name, value.as_str()));
                Some(form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes())
            }
            ExchangeEncoding::Json => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                Some(json(fields).to_string().into_bytes())
            }
        };
        let method = match exchange.method {
            ExchangeMethod::Get => Method::GET,
            ExchangeMethod::Post => Method::POST,
        };
        let body = body.map(Zeroizing::new);
        Ok(Self { method, url, headers, body, sensitive: filling.sensitive, fingerprint: String::new() })
    }

    /// SHA-256 of everything that is sent and read, each part after its length. The host stores it only inside the
    /// sealed token: outside, an attacker could use it to guess weak credentials.
    fn digest(&self, exchange: &TokenExchange) -> String {
        let mut digest = Sha256::new();
        let mut add = |part: &[u8]| {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        };
        add(self.method.as_str().as_bytes());
        add(self.url.as_str().as_bytes());
        for (name, value) in &self.headers {
            add(name.as_str().as_bytes());
            add(value.as_bytes());
        }
        add(self.body.as_ref().map_or(&[][..], |body| body.as_slice()));
        for answer in &exchange.answers {
            add(answer.name.as_bytes());
            add(answer.pointer.as_bytes());
            add(&[u8::from(answer.secret)]);
        }
        hex::encode(digest.finalize())
    }

    /// The request in the form in which it is sent.
    pub(super) fn to_request(&self) -> reqwest::Request {
        let mut request = reqwest::Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = self.headers.clone();
        *request.body_mut() = self.body.as_ref().map(|body| body.to_vec().into());
        request
    }
}

/// A declared URL with the variables' values, percent-encoded. `None` if a value is missing.
pub(super) fn spelled(declared: &Template, variables: &BTreeMap<String, String>) -> Option<String> {
    declared.spell(|name| {
        let value = variables.get(name).filter(|value| !value.is_empty())?;
        Some(utf8_percent_encode(value, ALL_BUT_UNRESERVED).to_string())
    })
}

/// The address of the sign-in, which is below a granted origin.
pub(super) fn url(
    declared: &Template,
    endpoints: &[Endpoint],
    variables: &BTreeMap<String, String>,
) -> Result<Url, EgressError> {
    let target = spelled(declared, variables).ok_or_else(|| {
        EgressError::Credentials("the account lacks a variable that is part of the sign-in's address".into())
    })?;
    let (_, url) = compose(endpoints, &target, &[])
        .map_err(|error| EgressError::Credentials(format!("the sign-in has no usable address: {error}")))?;
    Ok(url)
}

/// The text in `application/x-www-form-urlencoded` (RFC 6749, appendix B).
fn form_encoded(text: &str) -> Zeroizing<String> {
    Zeroizing::new(form_urlencoded::byte_serialize(text.as_bytes()).collect())
}

fn header_value(text: &str) -> Result<HeaderValue, EgressError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        EgressError::Credentials(
            "a credential of the account contains characters that a header cannot have: enter it again".into(),
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The fields as one object. The check of the declaration ensures that their names nest.
fn json(fields: &[(&str, Zeroizing<String>)]) -> Value {
    let mut document = Map::new();
    for (name, value) in fields {
        let mut parts = name.split('.');
        let last = parts.next_back().unwrap_or_default();
        let mut place = &mut document;
        for part in parts {
            let inner = place.entry(part).or_insert_with(|| Value::Object(Map::new()));
            match inner {
                Value::Object(inner) => place = inner,
                _ => return Value::Null,
            }
        }
        place.insert(last.to_owned(), Value::String(value.to_string()));
    }
    Value::Object(document)
}

#[cfg(test)]
mod tests {
    use mortise_policy::origin::OriginTemplate;

    use super::*;

    #[test]
    fn a_sign_in_is_below_an_origin_with_the_accounts_own_values() {
        let endpoints = ["https://api.example.com", "https://api.example.eu"].map(|origin| {
            let declared = OriginTemplate::parse(origin).unwrap().resolve(|_| None).unwrap();
            Endpoint { actual: declared.clone(), declared }
        });
        let declared = Template::parse("https://api.{site}/token").unwrap();
        let at = |site: &str| {
            let variables = BTreeMap::from([("site".to_owned(), site.to_owned())]);
            url(&declared, &endpoints, &variables)
        };
        assert_eq!(at("example.eu").unwrap().as_str(), "https://api.example.eu/token");
        for site in ["evil.example.net", "example.com.evil.example.net", "example.com/..", "example.com@evil.net", ""] {
            assert!(matches!(at(site), Err(EgressError::Credentials(_))), "{site}");
        }
    }
}
