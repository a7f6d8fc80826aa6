//! What a comparison finds in one exchange.

use crate::cassette::format::SpecException;

/// A finding of one exchange.
#[derive(Debug)]
pub(super) struct Objection {
    pub(super) at: String,
    pub(super) message: String,
    pub(super) document: String,
}

impl Objection {
    pub(super) fn new(at: impl Into<String>, message: impl Into<String>, document: impl Into<String>) -> Self {
        Self { at: at.into(), message: message.into(), document: document.into() }
    }

    /// A finding about an exception that excepts nothing.
    pub(super) fn unneeded(exception: &SpecException) -> Self {
        Self::new(&exception.at, "this place is excepted, and the document does not object to it", "")
    }

    /// Whether it is about this place or one below it.
    pub(super) fn is_below(&self, place: &str) -> bool {
        self.at.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || place.ends_with('/'))
    }
}
