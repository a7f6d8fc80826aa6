//! What is wrong with a caller's request, one entry a violation.

use std::fmt::{self, Write as _};

use serde::Serialize;

/// Failures that one answer names; further ones are counted.
const NAMED: usize = 5;

/// One violation. Serialised into `details.failures[]` of an error answer. Never holds a value that the caller sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The field or parameter at fault: `emails[0].email`. Empty for the whole body.
    pub path: String,
    /// Where `path` is to be found.
    #[serde(rename = "in")]
    pub place: Place,
    /// One sentence that names the path.
    pub message: String,
    /// Whether something required was not given.
    #[serde(skip)]
    pub missing: bool,
}

/// Where a request carries the thing at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// The URL's path.
    Path,
    /// The query string.
    Query,
    /// The body.
    Body,
    /// The headers.
    Header,
}

impl Failure {
    /// A violation at `path`; `rule` completes the sentence that the path begins: `must be a string`.
    pub fn new(place: Place, path: impl Into<String>, rule: impl fmt::Display) -> Self {
        let mut path = path.into();
        cut(&mut path, 200);
        let message = match (place, path.as_str()) {
            (Place::Body, "") => format!("the body {rule}"),
            (Place::Query, "") => format!("the query string {rule}"),
            (Place::Query, name) => format!("query parameter {name} {rule}"),
            (Place::Header, name) => format!("header {name} {rule}"),
            (_, name) => format!("{name} {rule}"),
        };
        Self { path, place, message, missing: false }
    }

    /// Something required was not given.
    pub fn missing(place: Place, path: impl Into<String>) -> Self {
        Self { missing: true, ..Self::new(place, path, "is required") }
    }
}

/// One sentence for all failures: the first five, and how many more there are.
pub fn summary(failures: &[Failure]) -> String {
    let mut text = String::new();
    for failure in failures.iter().take(NAMED) {
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(&failure.message);
    }
    if let Some(more) = failures.len().checked_sub(NAMED).filter(|more| *more > 0) {
        // Writing to a String cannot fail.
        let _ = write!(text, "; and {more} more");
    }
    text
}

/// Shortens `text` to at most `limit` bytes at a character boundary.
pub(crate) fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
    }
}
