//! A unified request as the transport hands it over.

use std::sync::Arc;

use bytes::Bytes;
use mortise_model::{Category, Operation};

use super::idempotency::Key;
use super::record::CallRecord;

/// A caller's request, read from the wire and not yet understood.
#[derive(Debug)]
pub struct UnifiedRequest {
    /// The route's category.
    pub category: Category,
    /// What the route and its method stand for.
    pub operation: Operation,
    /// The user that it is about, percent-decoded; there where the operation has one.
    pub id: Option<String>,
    /// The raw query string, without `?`.
    pub query: String,
    /// The value of `content-type`.
    pub content_type: Option<String>,
    /// The whole body.
    pub body: Bytes,
    /// For the records of this call.
    pub request_id: Arc<str>,
    /// The caller's `Idempotency-Key`.
    pub key: Option<Key>,
    /// What becomes known of it.
    pub record: CallRecord,
}
