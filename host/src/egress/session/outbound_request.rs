//! A vendor request before the policy.

use http::Method;

/// One request as the guest describes it, or in passthrough the caller.
#[derive(Debug)]
pub struct OutboundRequest {
    /// HTTP method.
    pub method: Method,
    /// Path below the first origin, or absolute URL below any.
    pub target: String,
    /// Query parameters.
    pub query: Vec<(String, String)>,
    /// Headers by name and value.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Option<Vec<u8>>,
    /// Whether this is the primary request of the call.
    pub primary: bool,
}
