//! The answer to a list.

use serde_json::Value;

/// A page of users in the category's shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The users.
    pub rows: Vec<Value>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Whether the rows hold less than declared.
    pub partial: bool,
}
