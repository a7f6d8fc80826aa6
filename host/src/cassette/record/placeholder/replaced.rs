//! What a recording says of a value that it does not contain.

use serde::Serialize;

use super::kind::Kind;

/// A value that a placeholder replaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replaced {
    /// What it is.
    pub kind: Kind,
    /// The value, or the name of a secret.
    pub value: String,
    /// The placeholder in the cassette.
    pub placeholder: String,
}
