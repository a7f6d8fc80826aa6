//! The violations in a caller's request, one entry each.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

/// Failures that the one sentence of an error names.
const NAMED: usize = 5;
/// Failures that an error's answer lists.
const LISTED: usize = 50;
/// Bytes of these failures in the answer.
const LISTED_BYTES: usize = 16 << 10;
/// Longest path, in bytes.
const MAX_PATH: usize = 200;
/// Longest sentence, in bytes. A closed set can have more values than people read.
const MAX_MESSAGE: usize = 1_000;

/// One violation. An error answer has it in `details.failures[]`. It never contains a value that the caller sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The field or parameter: `emails[0].email`. Empty for the whole body.
    pub path: String,
    /// The part of the request that has `path`.
    #[serde(rename = "in")]
    pub place: Place,
    /// One sentence that names the path.
    pub message: String,
    /// Whether a required value is missing.
    #[serde(skip)]
    pub missing: bool,
}

/// The part of a request with the violation.
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
    /// A violation at `path`. `rule` completes a sentence that begins with the path: `must be a string`.
    pub fn new(place: Place, path: impl Into<String>, rule: impl fmt::Display) -> Self {
        let mut path = path.into();
        cut(&mut path, MAX_PATH);
        let mut message = match (place, path.as_str()) {
            (Place::Body, "") => format!("the body {rule}"),
            (Place::Query, "") => format!("the query string {rule}"),
            (Place::Query, name) => format!("query parameter {name} {rule}"),
            (Place::Header, "") => format!("the request's headers {rule}"),
            (Place::Header, name) => format!("header {name} {rule}"),
            (_, name) => format!("{name} {rule}"),
        };
        cut(&mut message, MAX_MESSAGE);
        Self { path, place, message, missing: false }
    }

    /// A required value that is missing.
    pub fn missing(place: Place, path: impl Into<String>) -> Self {
        Self { missing: true, ..Self::new(place, path, "is required") }
    }
}

/// The failures of one request: as many as an answer lists, and the number of the others.
///
/// Its text names the first five. Serialised it is an array whose last entry has the number of those left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failures {
    listed: Vec<Failure>,
    /// Bytes of the listed failures, as JSON.
    bytes: usize,
    left_out: usize,
}

impl Failures {
    /// Adds a failure.
    pub fn push(&mut self, failure: Failure) {
        // A text that needs escapes is longer in the answer.
        let size = || serde_json::to_vec(&failure).map_or(usize::MAX, |json| json.len());
        let fits = self.listed.len() < LISTED;
        match fits.then(size).filter(|size| self.bytes.saturating_add(*size) <= LISTED_BYTES) {
            Some(size) => {
                self.bytes += size;
                self.listed.push(failure);
            }
            None => self.left_out += 1,
        }
    }

    /// Adds the failures of another part of the request.
    pub fn append(&mut self, other: Self) {
        self.left_out += other.left_out;
        self.extend(other.listed);
    }

    /// Whether there are no failures.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of failures, including those that are not listed.
    pub fn len(&self) -> usize {
        self.listed.len() + self.left_out
    }

    /// The failures that an answer lists.
    pub fn listed(&self) -> &[Failure] {
        &self.listed
    }

    /// [`Failures::listed`], and a last entry with the number of those left out.
    pub fn entries(&self) -> impl Iterator<Item = Cow<'_, Failure>> {
        let last = self.listed.last().filter(|_| self.left_out > 0).map(|last| {
            let message = format!("and {} more", self.left_out);
            Cow::Owned(Failure { path: String::new(), place: last.place, message, missing: false })
        });
        self.listed.iter().map(Cow::Borrowed).chain(last)
    }
}

impl From<Failure> for Failures {
    fn from(failure: Failure) -> Self {
        Self::from_iter([failure])
    }
}

impl FromIterator<Failure> for Failures {
    fn from_iter<I: IntoIterator<Item = Failure>>(failures: I) -> Self {
        let mut all = Self::default();
        all.extend(failures);
        all
    }
}

impl Extend<Failure> for Failures {
    fn extend<I: IntoIterator<Item = Failure>>(&mut self, failures: I) {
        failures.into_iter().for_each(|failure| self.push(failure));
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named: Vec<&str> = self.listed.iter().take(NAMED).map(|failure| failure.message.as_str()).collect();
        f.write_str(&named.join("; "))?;
        match self.len() - named.len() {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

impl Serialize for Failures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.entries())
    }
}

/// Shortens `text` to at most `limit` bytes at a character boundary.
pub(crate) fn cut(text: &mut String, limit: usize) {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
    }
}
