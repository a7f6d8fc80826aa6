//! Answers of the vendor.

use std::collections::BTreeMap;

use http::{HeaderMap, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::wire;

/// A vendor's answer.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// HTTP status.
    #[serde(with = "wire::status")]
    #[schemars(schema_with = "wire::status_schema")]
    pub status: StatusCode,
    /// Headers. Default: none. A body without `content-type` is sent as `application/json`.
    #[serde(default, with = "wire::headers", skip_serializing_if = "HeaderMap::is_empty")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: HeaderMap,
    /// The body, sent byte for byte as it is in the file. Under a content type that is not JSON it is a string with the
    /// text to send. Default: no body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Value")]
    pub body: Option<Box<RawValue>>,
}

impl Response {
    /// The body as it is sent, and the content type for a recording that names none.
    pub fn bytes(&self) -> (Vec<u8>, Option<&'static str>) {
        let Some(body) = &self.body else { return (Vec::new(), None) };
        let kind = self.headers.get(http::header::CONTENT_TYPE);
        let is_json = kind.is_none_or(|kind| kind.to_str().is_ok_and(|kind| kind.contains("json")));
        let text = (!is_json).then(|| serde_json::from_str::<String>(body.get()).ok()).flatten();
        let default = kind.is_none().then_some("application/json");
        (text.unwrap_or_else(|| body.get().to_owned()).into_bytes(), default)
    }
}
