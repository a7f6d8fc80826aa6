//! A unified request from the transport.

use std::sync::Arc;

use bytes::Bytes;
use mortise_model::{Category, Operation};

use super::idempotency::Key;
use super::record::CallRecord;

/// A caller's request, received but not parsed.
#[derive(Debug)]
pub struct UnifiedRequest {
    /// The route's category.
    pub category: Category,
    /// The operation of the route and its method.
    pub operation: Operation,
    /// The id of the user, percent-decoded. `None` if the operation has no id.
    pub id: Option<String>,
    /// The raw query string, without `?`.
    pub query: String,
    /// The value of `content-type`.
    pub content_type: Option<String>,
    /// The whole body.
    pub body: Bytes,
    /// The request id, for the records of this call.
    pub request_id: Arc<str>,
    /// The caller's `Idempotency-Key`.
    pub key: Option<Key>,
    /// The record of the call.
    pub record: CallRecord,
}
