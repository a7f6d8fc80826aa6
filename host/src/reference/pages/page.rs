//! The pages of the reference, and their paths.

use mortise_model::{Category, Operation};

/// A page of the reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// `/docs`
    Home,
    /// `/docs/errors`
    Errors,
    /// `/docs/api`
    Routes,
    /// `/docs/{category}/{operation}`
    Operation(Category, Operation),
    /// `/docs/integration/{slug}`
    Integration(String),
}

impl Page {
    /// Its path.
    pub fn path(&self) -> String {
        match self {
            Self::Home => "/docs".to_owned(),
            Self::Errors => "/docs/errors".to_owned(),
            Self::Routes => "/docs/api".to_owned(),
            Self::Operation(category, operation) => format!("/docs/{category}/{operation}"),
            Self::Integration(slug) => format!("/docs/integration/{slug}"),
        }
    }
}
