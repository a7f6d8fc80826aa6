//! Recorded exchanges against the vendor's own OpenAPI document: 3.1, 3.0 or Swagger 2.0.
//!
//! A document is often composed by hand and wrong in places. Whatever it objects to is told with both places, the cassette's and the
//! document's, and can be excepted in the cassette with a reason ([`super::format::SpecException`]).

mod document;
mod exchange;
mod operation;
mod schema;
mod translate;

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use self::document::Document;
pub use self::document::{SpecError, Version};
use super::format::Cassette;

/// A vendor's OpenAPI document, ready to hold exchanges against.
#[derive(Debug)]
pub struct Spec {
    document: Document,
}

/// Something that the document objects to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The cassette's name.
    pub cassette: String,
    /// Number of the exchange, from 1.
    pub exchange: usize,
    /// The place in it: `request.path`, `request.query/page`, `request.body/name`, `response.status`, `response.body/data/id`.
    pub at: String,
    /// What is objected to.
    pub message: String,
    /// The place in the document: a JSON pointer.
    pub document: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} exchange {}, {}: {}", self.cassette, self.exchange, self.at, self.message)?;
        write!(f, "\n(in the document: {})", self.document)
    }
}

impl Spec {
    /// Reads a document, JSON or YAML.
    ///
    /// # Errors
    /// If it is neither, or no OpenAPI document of a known version.
    pub fn read(text: &str) -> Result<Self, SpecError> {
        Ok(Self { document: Document::read(text)? })
    }

    /// Which kind of document it is.
    pub fn version(&self) -> Version {
        self.document.version
    }

    /// Methods and path templates of all operations, as they stand in the document.
    pub fn operations(&self) -> impl Iterator<Item = (String, &str)> {
        self.document.operations().map(|operation| (operation.method.to_ascii_uppercase(), operation.template))
    }

    /// Holds the exchanges of a cassette against the document, and exceptions against what they except. `base` is the URL path under
    /// which the document describes what lies below the integration's first origin, such as `/v1`.
    pub fn check(&self, cassette: &Cassette, base: &str) -> Vec<Finding> {
        let name = cassette.name();
        let mut findings = Vec::new();
        for (index, exchange) in cassette.exchanges.iter().enumerate() {
            let found = exchange::check(&self.document, exchange, base);
            for exception in &exchange.spec_exceptions {
                if !found.iter().any(|objection| objection.is_below(&exception.at)) {
                    findings.push(Finding {
                        cassette: name.clone(),
                        exchange: index + 1,
                        at: exception.at.clone(),
                        message: "`spec_exceptions` names this place, and the document does not object to it"
                            .to_owned(),
                        document: String::new(),
                    });
                }
            }
            let is_excepted = |objection: &Objection| {
                exchange.spec_exceptions.iter().any(|exception| objection.is_below(&exception.at))
            };
            findings.extend(found.into_iter().filter(|objection| !is_excepted(objection)).map(|objection| Finding {
                cassette: name.clone(),
                exchange: index + 1,
                at: objection.at,
                message: objection.message,
                document: objection.document,
            }));
        }
        findings
    }
}

/// A finding of one exchange.
#[derive(Debug)]
struct Objection {
    at: String,
    message: String,
    document: String,
}

impl Objection {
    fn new(at: impl Into<String>, message: impl Into<String>, document: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into(), document: document.into() }
    }

    /// Whether it is about this place or one below it.
    fn is_below(&self, place: &str) -> bool {
        self.at.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || place.ends_with('/'))
    }
}

/// One name as a part of a JSON pointer.
fn part(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A text of a query, a path, a header or a form as the JSON that a schema speaks of.
fn typed(text: &str, schema: &Value) -> Value {
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    for kind in types {
        let parsed = match kind {
            "integer" => text.parse::<i64>().ok().map(Value::from),
            "number" => text.parse::<f64>().ok().map(Value::from),
            "boolean" => text.parse::<bool>().ok().map(Value::from),
            "array" => {
                let items = schema.get("items").unwrap_or(&Value::Null);
                Some(text.split(',').map(|item| typed(item, items)).collect())
            }
            "object" => serde_json::from_str(text).ok(),
            _ => None,
        };
        if let Some(value) = parsed {
            return value;
        }
    }
    text.into()
}
