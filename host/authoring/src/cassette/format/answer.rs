//! Answers of the unified API.

use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::wire;

/// What the caller of the unified API gets.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// HTTP status.
    #[serde(with = "wire::status")]
    #[schemars(schema_with = "wire::status_schema")]
    pub status: StatusCode,
    /// The body. Of a success it is the whole body. `remote_data`, also of a page's users, is compared only if it is
    /// here. A page's `next_cursor` is `<cursor>` if another page follows. Of an error it has the members that matter.
    /// Others may be there, too, such as the host's explanation. Default: no body.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    /// The fields that `mortise-ignored-fields` names, in any order. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored_fields: Vec<String>,
}
