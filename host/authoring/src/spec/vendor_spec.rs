//! Compares recorded exchanges with the vendor's own OpenAPI document: 3.1, 3.0 or Swagger 2.0.
//!
//! A document is often written by hand and wrong in places. Each difference is reported with both places, the
//! cassette's and the document's. It can be excepted with a reason ([`super::format::SpecException`]), in the cassette
//! or for the whole project.

mod document;
mod exceptions;
mod exchange;
mod operation;
mod schema;
mod translate;

use std::fmt;

use mortise_terminal::plain;
use serde::Serialize;
use serde_json::Value;

pub(crate) use self::document::{Document, Operation};
pub use self::document::{SpecError, Version};
pub use self::exceptions::exceptions;
pub(crate) use self::operation::{Place, media_type, name};
use crate::cassette::format::{Cassette, SpecException};

/// How many exchanges a finding names for people. It counts the others.
const NAMED: usize = 3;

/// A vendor's OpenAPI document, ready for comparison with exchanges.
#[derive(Debug)]
pub struct Spec {
    document: Document,
}

/// A difference from the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The exchanges in which it was found, in the cassettes' order. Empty for an exception of the project that nothing
    /// needs.
    pub exchanges: Vec<Exchange>,
    /// The place in them: `request.path`, `request.query/page`, `request.body/name`, `response.status`,
    /// `response.body/data/id`.
    pub at: String,
    /// The difference.
    pub message: String,
    /// The place in the document, a JSON pointer. Empty if it is about an exception.
    pub document: String,
}

/// One exchange of one cassette.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// The cassette's name.
    pub cassette: String,
    /// The number of the exchange, from 1.
    pub exchange: usize,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Exchange { cassette, exchange } in self.exchanges.iter().take(NAMED) {
            write!(f, "{} exchange {exchange}, ", plain(cassette))?;
        }
        if let Some(more) = self.exchanges.len().checked_sub(NAMED).filter(|more| *more > 0) {
            write!(f, "and {more} more, ")?;
        }
        write!(f, "{}: {}", plain(&self.at), plain(&self.message))?;
        if self.document.is_empty() { Ok(()) } else { write!(f, "\n(in the document: {})", plain(&self.document)) }
    }
}

/// The exchanges of a cassette.
#[derive(Debug)]
pub struct Exchanges<'a> {
    /// The cassette.
    pub cassette: &'a Cassette,
    /// The URL path under which the document describes the paths below the integration's first origin, such as `/v1`.
    pub base: String,
}

impl Spec {
    /// Reads a document, JSON or YAML.
    ///
    /// # Errors
    /// If it is neither, or not an OpenAPI document of a known version.
    pub fn read(text: &str) -> Result<Self, SpecError> {
        Ok(Self { document: Document::read(text)? })
    }

    /// The kind of document.
    pub fn version(&self) -> Version {
        self.document.version
    }

    /// Methods and path templates of all operations, as the document has them.
    pub fn operations(&self) -> impl Iterator<Item = (String, &str)> {
        self.document.operations().map(|operation| (operation.method.to_ascii_uppercase(), operation.template))
    }

    /// Compares exchanges with the document, and exceptions with the findings that they except: those of each exchange,
    /// and the project's, which are for all. Equal findings are one. `is_whole`: these are all cassettes of the
    /// project, so that an exception of the project that none of them needs is a finding, too.
    pub fn check(&self, cassettes: &[Exchanges<'_>], project: &[SpecException], is_whole: bool) -> Vec<Finding> {
        let mut findings = Findings::default();
        let mut needed = vec![false; project.len()];
        for Exchanges { cassette, base } in cassettes {
            for (index, exchange) in cassette.exchanges.iter().enumerate() {
                let place = Exchange { cassette: cassette.name(), exchange: index + 1 };
                let found = exchange::check(&self.document, exchange, base);
                for (exception, needed) in project.iter().zip(&mut needed) {
                    *needed |= is_needed(exception, &found);
                }
                let unneeded = exchange.spec_exceptions.iter().filter(|exception| !is_needed(exception, &found));
                for exception in unneeded {
                    findings.add(Some(&place), Objection::unneeded(exception));
                }
                let exceptions = || exchange.spec_exceptions.iter().chain(project);
                for objection in found {
                    if !exceptions().any(|exception| objection.is_below(&exception.at)) {
                        findings.add(Some(&place), objection);
                    }
                }
            }
        }
        let unneeded = project.iter().zip(needed).filter(|(_, needed)| is_whole && !needed);
        for (exception, _) in unneeded {
            findings.add(None, Objection::unneeded(exception));
        }
        findings.0
    }
}

fn is_needed(exception: &SpecException, found: &[Objection]) -> bool {
    found.iter().any(|objection| objection.is_below(&exception.at))
}

/// Findings, each of them once.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, place: Option<&Exchange>, objection: Objection) {
        let Objection { at, message, document } = objection;
        let is_equal = |known: &&mut Finding| known.at == at && known.message == message && known.document == document;
        match self.0.iter_mut().find(is_equal) {
            Some(known) if known.exchanges.last() == place => {}
            Some(known) => known.exchanges.extend(place.cloned()),
            None => {
                let exchanges = place.cloned().into_iter().collect();
                self.0.push(Finding { exchanges, at, message, document });
            }
        }
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

    /// A finding about an exception that excepts nothing.
    fn unneeded(exception: &SpecException) -> Self {
        Self::new(&exception.at, "this place is excepted, and the document does not object to it", "")
    }

    /// Whether it is about this place or one below it.
    fn is_below(&self, place: &str) -> bool {
        self.at.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || place.ends_with('/'))
    }
}

/// One name as a part of a JSON pointer.
pub(crate) fn part(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// A text of a query, a path, a header or a form as the JSON that a schema describes.
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
