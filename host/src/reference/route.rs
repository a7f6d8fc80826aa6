//! A route beside the unified ones, and its body.

use serde_json::{Map, Value, json};

use super::{Access, Endpoint, Field};

/// A route that is the same whatever is loaded.
#[derive(Debug)]
pub struct Route {
    /// Its name in the OpenAPI document, and its anchor in the pages.
    pub id: &'static str,
    /// The group it stands in.
    pub tag: &'static str,
    /// Its method and path.
    pub endpoint: Endpoint,
    /// What it does, in a few words.
    pub summary: &'static str,
    /// What a reader should know beyond that. May be empty.
    pub description: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Parameters of its path.
    pub path_parameters: Vec<Field>,
    /// Its query parameters.
    pub query: Vec<Field>,
    /// Its body, where it takes one.
    pub body: Option<Body>,
    /// Status of its success.
    pub status: u16,
    /// JSON Schema of the answer.
    pub answer: Value,
    /// A further answer that is no error of the one shape: its status and JSON Schema.
    pub other: Option<(u16, Value)>,
    /// Statuses of its errors.
    pub errors: &'static [u16],
    /// Whose words its body and its answer are.
    pub words: Words,
}

impl Route {
    /// A route that needs no token, takes no parameters and no body, and answers 200 with any JSON.
    pub(super) fn new(tag: &'static str, id: &'static str, endpoint: Endpoint, summary: &'static str) -> Self {
        Self {
            id,
            tag,
            endpoint,
            summary,
            description: "",
            access: Access::Open,
            path_parameters: Vec::new(),
            query: Vec::new(),
            body: None,
            status: 200,
            answer: json!({}),
            other: None,
            errors: &[],
            words: Words::Host,
        }
    }
}

/// Whose words a route's body and answer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// This host's: JSON as the route says, and errors of the one shape.
    Host,
    /// The vendor's: of any type and any status. Errors of this host are among them.
    Vendor,
}

/// What a route takes.
#[derive(Debug)]
pub struct Body {
    /// Its fields.
    pub fields: Vec<Field>,
    /// JSON Schema of what holds between its fields.
    pub rules: Map<String, Value>,
    /// Whether a request must have one.
    pub required: bool,
}
