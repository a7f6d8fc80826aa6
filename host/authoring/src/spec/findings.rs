//! The findings of all exchanges.

use super::objection::Objection;
use super::{Exchange, Finding};

/// Findings, each of them once.
#[derive(Default)]
pub(super) struct Findings(pub(super) Vec<Finding>);

impl Findings {
    pub(super) fn add(&mut self, place: Option<&Exchange>, objection: Objection) {
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
