//! A sign-in request of one account, filled in and ready to be sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use mortise_policy::target::{Endpoint, compose};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::super::EgressError;
use super::super::opened::Credentials;
use super::super::template::Template;
use super::{Encoding, ExchangeMethod, TokenExchange};

/// What a variable leaves as it is in a sign-in's URL: the unreserved characters of RFC 3986 §2.3.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A sign-in, with the account's secrets in it. Goes to the vendor and nowhere else.
pub(super) struct SignIn {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Zeroizing<Vec<u8>>>,
    /// Every secret that is sent, and what was made of them, for the scrubber.
    pub(super) sensitive: Vec<Zeroizing<String>>,
    /// Tells this request and what its answer is read for from any other: a token is used only with the credentials and the
    /// declaration that brought it.
    pub(super) fingerprint: String,
}

impl SignIn {
    /// Fills in the declaration for one account.
    pub(super) fn new(
        exchange: &TokenExchange,
        endpoints: &[Endpoint],
        credentials: &Credentials,
    ) -> Result<Self, EgressError> {
        let mut sensitive: Vec<_> = credentials.sensitive().collect();
        let mut fill = |template: &Template| {
            template.fill(credentials, &mut sensitive).ok_or_else(|| {
                EgressError::Credentials("the account does not carry the credentials that its sign-in needs".into())
            })
        };
        let mut fields = Vec::with_capacity(exchange.fields.len());
        for (name, template) in &exchange.fields {
            fields.push((name.as_str(), fill(template)?));
        }
        let mut headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static("application/json")),
            (ACCEPT_ENCODING, HeaderValue::from_static("gzip")),
        ]);
        for (name, template) in &exchange.headers {
            let name = HeaderName::try_from(name.as_str())
                .map_err(|_| EgressError::Credentials(format!("`{name}` is not a header name")))?;
            headers.insert(name, header_value(&fill(template)?)?);
        }
        if let Some((user, password)) = &exchange.basic {
            let (user, password) = (fill(user)?, fill(password)?);
            let pair = match exchange.encodes_basic() {
                true => format!("{}:{}", *form_encoded(&user), *form_encoded(&password)),
                false => format!("{}:{}", *user, *password),
            };
            let pair = Zeroizing::new(pair);
            let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
            headers.insert(AUTHORIZATION, header_value(&Zeroizing::new(format!("Basic {}", *encoded)))?);
            sensitive.extend([pair, encoded]);
        }
        let mut url = url(&exchange.url, endpoints, credentials)?;
        let body = match exchange.encoding {
            Encoding::Query => {
                url.query_pairs_mut().extend_pairs(fields.iter().map(|(name, value)| (name, value.as_str())));
                None
            }
            Encoding::Form => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
                let pairs = fields.iter().map(|(name, value)| (name, value.as_str()));
                Some(form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes())
            }
            Encoding::Json => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                Some(json(&fields).to_string().into_bytes())
            }
        };
        let method = match exchange.method {
            ExchangeMethod::Get => Method::GET,
            ExchangeMethod::Post => Method::POST,
        };
        let mut sign_in =
            Self { method, url, headers, body: body.map(Zeroizing::new), sensitive, fingerprint: String::new() };
        sign_in.fingerprint = sign_in.digest(exchange);
        Ok(sign_in)
    }

    /// SHA-256 over everything that is sent and read, each part behind its length. It is kept inside the sealed token only:
    /// beside it, it would let weak credentials be guessed.
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

    /// The request as it is sent.
    pub(super) fn to_request(&self) -> reqwest::Request {
        let mut request = reqwest::Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = self.headers.clone();
        *request.body_mut() = self.body.as_ref().map(|body| body.to_vec().into());
        request
    }
}

/// Where the sign-in goes: below a granted origin, like every request.
fn url(declared: &Template, endpoints: &[Endpoint], credentials: &Credentials) -> Result<Url, EgressError> {
    let value = |name: &str| {
        let value = credentials.variables.get(name).filter(|value| !value.is_empty())?;
        Some(utf8_percent_encode(value, UNRESERVED).to_string())
    };
    let target = declared.spell(value).ok_or_else(|| {
        EgressError::Credentials("the account does not carry a variable that is part of the sign-in's address".into())
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
            "a credential of the account holds characters that no header can carry: enter it again".into(),
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The fields as one object. That their names nest was checked when they were declared.
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
    use std::collections::BTreeMap;

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
            url(&declared, &endpoints, &Credentials { secrets: BTreeMap::new(), variables, client: None })
        };
        assert_eq!(at("example.eu").unwrap().as_str(), "https://api.example.eu/token");
        for site in ["evil.example.net", "example.com.evil.example.net", "example.com/..", "example.com@evil.net", ""] {
            assert!(matches!(at(site), Err(EgressError::Credentials(_))), "{site}");
        }
    }
}
