//! Why nothing can be drafted.

use std::collections::HashSet;

use percent_encoding::percent_decode_str;
use serde_json::Value;
use thiserror::Error;

use super::source::Source;
use crate::spec::SpecError;

/// Why nothing can be drafted.
#[derive(Debug, Error)]
pub enum DraftError {
    /// The text is not a document.
    #[error(transparent)]
    Document(#[from] SpecError),
    /// None of its paths looks like users.
    #[error("none of its paths looks like users; name the right one with --resource:{known}")]
    NoUsers {
        /// The document's paths.
        known: String,
    },
    /// Several paths look like users.
    #[error("several of its resources look like users; choose one with --resource:{known}")]
    Ambiguous {
        /// The resources.
        known: String,
    },
    /// The author names a path that is not there.
    #[error("--resource: it has no `{asked}`, but:{known}")]
    UnknownResource {
        /// The path that the author named.
        asked: String,
        /// The document's paths.
        known: String,
    },
    /// A reference leads nowhere, in a circle or out of the document.
    #[error("`{reference}` at {place} {why}")]
    Reference {
        /// Where the reference is: a JSON pointer.
        place: String,
        /// The reference.
        reference: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There are too many references between the schemas.
    #[error("its schemas have too many nested parts to read them all; the last one was {0}")]
    TooMuch(String),
    /// Nothing of the resource can be served.
    #[error("nothing of {resource} can be drafted:{reasons}")]
    Nothing {
        /// The resource.
        resource: String,
        /// Why, by operation.
        reasons: String,
    },
}

impl DraftError {
    /// A reference that cannot be followed.
    pub(super) fn reference(document: &Source, schema: &Value, pointer: &str) -> Self {
        let mut reference = schema.get("$ref").and_then(Value::as_str).unwrap_or_default();
        let mut passed = HashSet::new();
        let why = loop {
            if !passed.insert(reference) {
                break "leads in a circle";
            }
            let Some(target) = reference.strip_prefix('#') else {
                break "leads out of the document: bundle it into one file first";
            };
            let target = percent_decode_str(target).decode_utf8_lossy();
            let Some(found) = document.root.pointer(&target) else { break "leads nowhere" };
            let Some(next) = found.get("$ref").and_then(Value::as_str) else {
                break "leads through too many others";
            };
            reference = next;
        };
        Self::Reference { place: pointer.to_owned(), reference: reference.to_owned(), why }
    }
}
