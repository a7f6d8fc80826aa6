//! Compares all exchanges with the document.

use super::document::{Document, SpecError, Version};
use super::findings::Findings;
use super::objection::Objection;
use super::{Exchange, Exchanges, Finding, exchange};
use crate::cassette::format::SpecException;

/// A vendor's OpenAPI document, ready for comparison with exchanges.
#[derive(Debug)]
pub struct Spec {
    document: Document,
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
