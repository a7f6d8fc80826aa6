//! The document that a draft is made from, with a bound on how much of it is read.

use std::cell::Cell;
use std::ops::Deref;

use crate::spec::{Document, SpecError};

/// How many schemas one draft reads. The users of the largest real documents take some thousands. Without the bound, a
/// document in which every schema names many others could take any number.
const MAX_SCHEMAS: usize = 50_000;

/// A document, and how much of it may still be read.
#[derive(Debug)]
pub(super) struct Source {
    document: Document,
    left: Cell<usize>,
}

impl Source {
    pub(super) fn read(text: &str) -> Result<Self, SpecError> {
        Ok(Self { document: Document::read(text)?, left: Cell::new(MAX_SCHEMAS) })
    }

    /// Counts one schema. Returns false if there were too many.
    pub(super) fn look(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }
}

impl Deref for Source {
    type Target = Document;

    fn deref(&self) -> &Document {
        &self.document
    }
}
