//! Why a component is not loaded.

/// Everything for which a component is not loaded, as far as it was looked at.
#[derive(Debug, thiserror::Error)]
#[error("{what}{}", problems.join("; "))]
pub struct ComponentRefusal {
    what: &'static str,
    /// What is wrong, a sentence each, for the author.
    pub problems: Vec<String>,
}

impl ComponentRefusal {
    /// `what` introduces the problems where they are read in one line.
    pub(super) fn new(what: &'static str, problems: Vec<String>) -> Self {
        Self { what, problems }
    }
}
