//! Known errors of the vendor's OpenAPI document.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place where a recorded exchange is right and the vendor's OpenAPI document is wrong.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SpecException {
    /// The place as `mortise test --spec` names it, such as `response.body/data/id`. Everything below it is excepted,
    /// too.
    pub at: String,
    /// Why the recording is right: where else the vendor says so.
    pub reason: String,
}
