//! What the caller asks of the unified API.

use std::collections::BTreeMap;

use mortise_model::{Category, Operation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::wire;

/// A unified call.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Category in the route.
    #[schemars(schema_with = "wire::category_schema")]
    pub category: Category,
    /// The operation, which decides the HTTP method.
    #[schemars(schema_with = "wire::operation_schema")]
    pub operation: Operation,
    /// The user's id in the route. Only of operations on one user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Unified query parameters, including `remote_query` and without `integrated_account_id`. Default: none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, Value>,
    /// Where the list continues: the vendor's cursor of a later page, as the integration writes it. Only of
    /// `list-users`. The call has the sealed cursor for it. Default: the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The account's `context`, with placeholders for credentials. Required variables that are not here have the value
    /// `placeholder`. Default: empty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, String>,
    /// The account's `authentication_method`. Default: none, and the first scheme whose variables are all there signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication_method: Option<String>,
    /// The request body. Only of `create-user` and `update-user`. Default: an empty object.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub body: Map<String, Value>,
}
