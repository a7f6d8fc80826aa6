//! Requests to the vendor.

use std::collections::BTreeMap;

use http::{HeaderMap, Method};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::wire;

/// A vendor request.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// HTTP method, in capitals.
    #[serde(with = "wire::method")]
    #[schemars(schema_with = "wire::method_schema")]
    pub method: Method,
    /// Path under the base of the integration's first origin, starting with `/`, or an absolute `https` URL below any
    /// of its origins. Percent-encoded, without query.
    #[serde(deserialize_with = "wire::path")]
    #[schemars(regex(pattern = r"^(/|https://)[^?#]*$"))]
    pub path: String,
    /// Query parameters, decoded, as pairs of name and value, without those that sign. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(String, String)>,
    /// Headers that matter: the request must have each with this value. It may have others, too. Default: none.
    #[serde(default, with = "wire::headers", skip_serializing_if = "HeaderMap::is_empty")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: HeaderMap,
    /// The body. It is JSON, the fields of a form as an object of texts and lists of texts, or the text of any body
    /// that is not JSON. Default: no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

impl Request {
    /// Whether it goes to an origin that it names, and not below the integration's first.
    pub fn is_absolute(&self) -> bool {
        !self.path.starts_with('/')
    }
}
