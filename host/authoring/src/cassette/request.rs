//! The common form in which recorded vendor requests and actual ones are compared.

use std::collections::BTreeMap;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method};
use mortise_policy::path::ALL_BUT_UNRESERVED;
use percent_encoding::{percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value, json};
use url::{Url, form_urlencoded};

use super::distance::distance;
use super::format::Request;

/// Names with their values, in the order of the values under each name.
pub type Pairs = BTreeMap<String, Vec<String>>;

/// A body for comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// No body.
    None,
    /// A JSON document.
    Json(Value),
    /// The fields of a form.
    Form(Pairs),
    /// Anything else.
    Text(String),
}

/// A vendor request that arrived.
#[derive(Debug)]
pub struct Arrived<'a> {
    /// The method.
    pub method: &'a Method,
    /// A path, or a whole URL without query.
    pub target: String,
    /// The parameters of the query.
    pub query: Pairs,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: Body,
}

impl<'a> Arrived<'a> {
    /// A request to a URL. A URL below `base` becomes its path.
    pub fn at(base: &str, method: &'a Method, url: &Url, headers: &'a HeaderMap, body: &[u8]) -> Self {
        let mut bare = url.clone();
        bare.set_query(None);
        let below = bare.as_str().strip_prefix(base).filter(|rest| rest.starts_with('/'));
        let target = below.unwrap_or(bare.as_str()).to_owned();
        Self::new(method, &target, url.query().unwrap_or_default(), headers, body)
    }

    /// A request from its parts.
    pub fn new(method: &'a Method, target: &str, query: &str, headers: &'a HeaderMap, body: &[u8]) -> Self {
        let query = pairs(form_urlencoded::parse(query.as_bytes()).into_owned());
        Self { method, target: canonical(target), query, headers, body: Body::arrived(headers, body) }
    }

    /// The parts that `recorded` has, as JSON.
    pub fn seen_by(&self, recorded: &Request) -> Value {
        let text = |name| self.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let headers = recorded.headers.keys().filter_map(|name| Some((name.to_string(), text(name)?.into()))).collect();
        view(self.method, &self.target, &self.query, headers, &self.body)
    }

    /// The distance of its query and its body from those of a recorded request.
    pub fn distance(&self, recorded: &Request) -> (usize, usize) {
        let (query, body) = (json!(pairs(recorded.query.iter().cloned())), recorded.body_like(self).view());
        distance(&json!([query, body]), &json!([self.query, self.body.view()]))
    }

    /// Everything but headers, as JSON.
    pub fn whole(&self) -> Value {
        view(self.method, &self.target, &self.query, Map::new(), &self.body)
    }

    fn is_form(&self) -> bool {
        is_form(self.headers)
    }
}

impl Request {
    /// A request that arrived and is not recorded, without its headers.
    pub fn of(arrived: Arrived<'_>) -> Self {
        let query = listed(&arrived.query);
        let Arrived { method, target: path, body, .. } = arrived;
        Self { method: method.clone(), path, query, headers: HeaderMap::new(), body: body.recorded() }
    }

    /// The same form of a recorded request, beside one that arrived. Its body is read in the way of that one's.
    pub fn expected(&self, arrived: &Arrived<'_>, base: &str) -> Value {
        let text = |value: &http::HeaderValue| Value::String(String::from_utf8_lossy(value.as_bytes()).into_owned());
        let headers = self.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        view(&self.method, &self.target(base), &pairs(self.query.iter().cloned()), headers, &self.body_like(arrived))
    }

    /// The request that arrived, for a cassette, in the spelling of the recorded one if both mean the same. Of headers
    /// it has those of the recorded one. `signing` are the names of headers that sign, whose values stay.
    pub fn replaced_by(&self, arrived: Arrived<'_>, base: &str, signing: &[&str]) -> Self {
        let mut got = self.clone();
        got.method = arrived.method.clone();
        if self.target(base) != arrived.target {
            got.path.clone_from(&arrived.target);
        }
        if pairs(self.query.iter().cloned()) != arrived.query {
            got.query = listed(&arrived.query);
        }
        for name in
            self.headers.keys().filter(|name| !signing.iter().any(|signs| signs.eq_ignore_ascii_case(name.as_str())))
        {
            match arrived.headers.get(name) {
                Some(value) => got.headers.insert(name, value.clone()),
                None => got.headers.remove(name),
            };
        }
        if self.body_like(&arrived) != arrived.body {
            got.body = arrived.body.recorded();
        }
        got
    }

    /// Its address in the spelling for comparison.
    fn target(&self, base: &str) -> String {
        let below = self.path.strip_prefix(base).filter(|rest| rest.starts_with('/'));
        canonical(below.unwrap_or(&self.path))
    }

    /// The recorded body, read as the arrived one is.
    pub fn body_like(&self, arrived: &Arrived<'_>) -> Body {
        match (&self.body, &arrived.body) {
            (None, _) => Body::None,
            (Some(body), _) if arrived.is_form() => recorded_form(body).map_or(Body::Json(body.clone()), Body::Form),
            (Some(Value::String(text)), Body::Text(_)) => Body::Text(text.clone()),
            (Some(body), _) => Body::Json(body.clone()),
        }
    }
}

impl Body {
    /// The body of a request with these headers.
    pub fn arrived(headers: &HeaderMap, body: &[u8]) -> Self {
        if body.is_empty() {
            Self::None
        } else if is_form(headers) {
            Self::Form(pairs(form_urlencoded::parse(body).into_owned()))
        } else {
            let text = || Self::Text(String::from_utf8_lossy(body).into_owned());
            serde_json::from_slice(body).map_or_else(|_| text(), Self::Json)
        }
    }

    /// The body for a cassette. In a form, fields that come once are texts and the others are lists.
    pub fn recorded(self) -> Option<Value> {
        let field = |mut values: Vec<String>| match values.pop() {
            Some(only) if values.is_empty() => Value::String(only),
            last => values.into_iter().chain(last).map(Value::String).collect(),
        };
        match self {
            Self::None | Self::Json(Value::Null) => None,
            Self::Json(value) => Some(value),
            Self::Form(fields) => Some(fields.into_iter().map(|(name, values)| (name, field(values))).collect()),
            Self::Text(text) => Some(text.into()),
        }
    }

    fn view(&self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Json(value) => value.clone(),
            Self::Form(pairs) => json!(pairs),
            Self::Text(text) => text.clone().into(),
        }
    }
}

/// Whether the body under these headers is a form.
pub fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
}

/// A recorded form: an object of texts and lists of texts, or the text of the form.
fn recorded_form(body: &Value) -> Option<Pairs> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match body {
        Value::String(form) => Some(pairs(form_urlencoded::parse(form.as_bytes()).into_owned())),
        Value::Object(fields) => {
            let values = |value: &Value| match value {
                Value::Array(values) => values.iter().map(text).collect(),
                value => vec![text(value)],
            };
            Some(fields.iter().map(|(name, value)| (name.clone(), values(value))).collect())
        }
        _ => None,
    }
}

/// Collects pairs by their names.
pub fn pairs(all: impl IntoIterator<Item = (String, String)>) -> Pairs {
    let mut pairs = Pairs::new();
    for (name, value) in all {
        pairs.entry(name).or_default().push(value);
    }
    pairs
}

/// Pairs for a cassette.
fn listed(pairs: &Pairs) -> Vec<(String, String)> {
    pairs.iter().flat_map(|(name, values)| values.iter().map(|value| (name.clone(), value.clone()))).collect()
}

/// A target in which every octet has only one spelling.
pub fn canonical(target: &str) -> String {
    let (origin, path) = match target.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (format!("{scheme}://{}", host.to_ascii_lowercase()), path)
        }
        None => (String::new(), target),
    };
    let segment = |segment: &str| {
        let decoded = percent_decode_str(segment).decode_utf8_lossy().into_owned();
        utf8_percent_encode(&decoded, ALL_BUT_UNRESERVED).to_string()
    };
    let path: Vec<_> = path.split('/').map(segment).collect();
    origin + &path.join("/")
}

fn view(method: &Method, target: &str, query: &Pairs, headers: Map<String, Value>, body: &Body) -> Value {
    let mut view = Map::new();
    view.insert("method".to_owned(), method.as_str().into());
    view.insert("path".to_owned(), target.into());
    if !query.is_empty() {
        view.insert("query".to_owned(), json!(query));
    }
    if !headers.is_empty() {
        view.insert("headers".to_owned(), headers.into());
    }
    if *body != Body::None {
        view.insert("body".to_owned(), body.view());
    }
    view.into()
}
