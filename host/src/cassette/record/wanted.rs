//! What an author wants to record.

use std::collections::BTreeMap;

use mortise_model::{Category, Operation};
use serde_json::{Map, Value};

/// The call to record.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What the recording shows, for its readers.
    pub description: String,
    /// Category in the route.
    pub category: Category,
    /// The operation.
    pub operation: Operation,
    /// The user's id in the route. Only of operations on one user.
    pub id: Option<String>,
    /// Unified query parameters.
    pub query: BTreeMap<String, Value>,
    /// The vendor's cursor of a later page. Only of `list-users`.
    pub cursor: Option<String>,
    /// The caller's body. Empty for operations without one.
    pub body: Map<String, Value>,
    /// Values that stay although they look personal.
    pub kept: Vec<String>,
}
