//! Vendor requests with their answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Request, Response, SpecException};

/// One vendor request and its answer.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What the integration sends.
    pub request: Request,
    /// What the vendor answers.
    pub response: Response,
    /// Places where the vendor's own OpenAPI document is known to be wrong about this exchange. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spec_exceptions: Vec<SpecException>,
}
