//! The body of a recorded answer.

use mortise_authoring::cassette::format::Response;
use serde_json::Value;

/// A recorded body as JSON.
pub(super) fn document(response: &Response) -> Value {
    response.body.as_ref().and_then(|body| serde_json::from_str(body.get()).ok()).unwrap_or_default()
}
