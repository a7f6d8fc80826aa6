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
    /// The effect of a request, in a few words.
    pub summary: &'static str,
    /// Further facts. May be empty.
    pub description: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Parameters of its path.
    pub path_parameters: Vec<Field>,
    /// Its query parameters.
    pub query: Vec<Field>,
    /// Its body, if it takes one.
    pub body: Option<Body>,
    /// Status of its success.
    pub status: u16,
    /// JSON Schema of the answer.
    pub answer: Value,
    /// Status and JSON Schema of a second answer that is not an error in the common shape.
    pub other: Option<(u16, Value)>,
    /// Statuses of its errors.
    pub errors: &'static [u16],
    /// Who writes its body and its answer.
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

/// Who writes a route's body and answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// The caller and this host: JSON as the route describes it, and errors in the common shape.
    Host,
    /// The caller and the vendor: any type and any status. This host's errors are among them.
    Vendor,
}

/// The body of a request to a route.
#[derive(Debug)]
pub struct Body {
    /// Its fields.
    pub fields: Vec<Field>,
    /// JSON Schema of the rules between its fields.
    pub rules: Map<String, Value>,
    /// Whether a request must have one.
    pub required: bool,
}
