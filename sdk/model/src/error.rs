//! Errors that say where a document is wrong, without its values.

use std::fmt;

/// A field of a document has a value that it cannot have. Neither the fields nor the text hold that value: it may be a
/// secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelError {
    /// The place of the field, such as `emails[0].type`. Empty for the document itself.
    pub path: String,
    /// The kind of value that belongs there, such as `a string`.
    pub expected: String,
}

impl ModelError {
    /// The value itself is wrong.
    pub(crate) fn expected(what: impl Into<String>) -> Self {
        Self { path: String::new(), expected: what.into() }
    }

    /// The error in the member `name`, seen from the object.
    pub(crate) fn in_member(mut self, name: &str) -> Self {
        let separator = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path.insert_str(0, separator);
        self.path.insert_str(0, name);
        self
    }

    /// The error in an item, seen from the list.
    pub(crate) fn in_item(self, index: usize) -> Self {
        self.in_member(&format!("[{index}]"))
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str("the document")?,
            path => f.write_fmt(format_args!("`{path}`"))?,
        }
        f.write_str(" must be ")?;
        f.write_str(&self.expected)
    }
}

impl std::error::Error for ModelError {}

/// Why a text is not a document.
#[derive(Debug)]
pub enum ReadError {
    /// It cannot be parsed.
    Json(serde_json::Error),
    /// A member has another type than the document's.
    Model(ModelError),
}
