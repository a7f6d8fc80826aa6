//! Vendors that speak JSON:API (<https://jsonapi.org/format/#crud-updating>).

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::envelope::Envelope;
use super::{Request, Response};

/// The media type of JSON:API (<https://jsonapi.org/format/#jsonapi-media-type>): the `accept` of a request without a
/// document.
pub const JSON_API: &str = "application/vnd.api+json";

/// A JSON:API resource to change. Only attributes that are written change.
///
/// Answers are read by [`Response::user_in`](super::Response::user_in) under `data`, into a struct with `id` and `attributes`.
#[derive(Debug, Clone, Serialize)]
pub struct Resource<I, A> {
    /// The type, in the vendor's words.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The identifier. The standard wants text; some vendors want a number.
    pub id: I,
    /// The changed attributes.
    pub attributes: A,
}

impl Request<'_> {
    /// Sets the document of a resource, `{"data": {"type", "id", "attributes"}}`, without absent fields
    /// ([`json`](Self::json)), as `application/vnd.api+json`, and accepts an answer of that type. For vendors that take
    /// it as `application/json`, use [`json_in`](Self::json_in) with `data`.
    pub fn json_api<I: Serialize, A: Serialize>(self, resource: &Resource<I, A>) -> Self {
        self.json_as(JSON_API, &Envelope("data", resource))
    }
}

impl Response<'_> {
    /// The resources of a type that a document includes beside its own (`included`,
    /// <https://jsonapi.org/format/#document-compound-documents>), each read as a `T`: such as the roles of its users,
    /// with their names. Skips a resource that is not a `T`. An answer that is not a document has none;
    /// [`user_in`](Self::user_in) and [`users_in`](Self::users_in) report that.
    pub fn included<T: DeserializeOwned>(&self, kind: &str) -> Vec<T> {
        let document = self.read(crate::json::read::<Value>).unwrap_or_default();
        let resources = document.get("included").and_then(Value::as_array).into_iter().flatten();
        let are_of_kind = resources.filter(|resource| resource.get("type").and_then(Value::as_str) == Some(kind));
        are_of_kind.filter_map(|resource| T::deserialize(resource).ok()).collect()
    }
}
