//! What an operator sets for one integration.

use serde::{Deserialize, Serialize};

/// Settings of one integration.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IntegrationConfig {
    /// Replaces every origin that the integration declares, base path included, for example by a sandbox, a proxy or a
    /// test server. For this exact host and port the host allows `http`, and addresses that it otherwise refuses.
    /// Default: none.
    pub origin: Option<String>,
}
