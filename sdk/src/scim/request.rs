//! Request bodies of SCIM's media type.

use serde::Serialize;

use super::MEDIA_TYPE;
use crate::request::Request;

impl Request<'_> {
    /// Sets a body as `application/scim+json`, without absent fields, and accepts an answer of that type. For vendors
    /// that take `application/json`, use [`json`](Self::json).
    pub fn scim<T: Serialize + ?Sized>(self, body: &T) -> Self {
        self.json_as(MEDIA_TYPE, body)
    }
}
