//! Sign-ins at the vendor.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Request, Response};

/// One sign-in that the host makes before it can sign requests.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// What the host sends. Default: the declared sign-in with the account's variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// What the vendor answers, with placeholders for tokens.
    pub response: Response,
}
