//! The reasons why the host does not load a component.

/// All reasons that were found against a component.
#[derive(Debug, thiserror::Error)]
#[error("{what}{}", problems.join("; "))]
pub struct ComponentRefusal {
    what: &'static str,
    /// The reasons, a sentence each, for the author.
    pub problems: Vec<String>,
}

impl ComponentRefusal {
    /// `what` introduces the problems when they are shown in one line.
    pub(super) fn new(what: &'static str, problems: Vec<String>) -> Self {
        Self { what, problems }
    }
}
