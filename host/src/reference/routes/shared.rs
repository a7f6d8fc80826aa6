//! Parts that the descriptions of several routes have in common.

use serde_json::{Map, Value, json};

use crate::onboarding::{MAX_SCOPE, MAX_SCOPES, SCOPE};
use crate::reference::field::{Field, members};
use crate::reference::{Body, context};

/// The parameter `next_cursor` of every list.
const NEXT_CURSOR: &str = "Where the list continues: `next_cursor` of the page before. Empty: the first page.";

/// Errors of routes that read one object.
pub(super) const READ: &[u16] = &[401, 403, 404, 429, 500, 503];
/// Errors of routes that list objects.
pub(super) const LIST: &[u16] = &[400, 401, 403, 429, 500, 503];
/// Errors of routes that write an object.
pub(super) const WRITE: &[u16] = &[400, 401, 403, 404, 408, 413, 415, 429, 500, 503];

pub(super) fn slug() -> Vec<Field> {
    vec![Field::new("slug", json!({ "type": "string" }), "Slug of the integration.").required()]
}

pub(super) fn body(schema: &Value, rules: Map<String, Value>) -> Option<Body> {
    Some(Body { fields: members(schema, ""), rules, required: true })
}

pub(super) fn scopes(description: &str) -> Value {
    json!({
        "type": ["array", "null"], "maxItems": MAX_SCOPES, "description": description,
        "items": { "type": "string", "minLength": 1, "maxLength": MAX_SCOPE, "pattern": SCOPE },
    })
}

pub(super) fn cursor() -> Field {
    Field::new("next_cursor", json!({ "type": "string", "pattern": "^([A-Za-z0-9_-]{32})?$" }), NEXT_CURSOR)
}

pub(super) fn page(item: &Value) -> Value {
    json!({
        "type": "object", "required": ["result", "next_cursor"],
        "properties": {
            "result": { "type": "array", "items": item },
            "next_cursor": { "type": ["string", "null"], "description": "Send it back to get the next page. `null` on the last page." },
        },
    })
}

/// The answer of a route that deletes something.
pub(super) fn deleted() -> Value {
    json!({ "type": "object", "properties": { "id": { "type": "string", "format": "uuid" } }, "required": ["id"] })
}

pub(super) fn account() -> Value {
    json!({ "$ref": "#/components/schemas/IntegratedAccount" })
}

pub(super) fn capabilities() -> Value {
    json!({ "$ref": "#/components/schemas/Capabilities" })
}

/// 1 to 256 characters without control characters.
pub(super) fn tenant_id() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 256, "pattern": context::NO_CONTROLS })
}

/// How many of these rows a page has at most.
pub(super) fn page_size(rows: &str) -> Field {
    let schema = json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 });
    Field::new("limit", schema, &format!("{rows} on a page."))
}

/// The cursor of lists whose cursor is an id.
pub(super) fn uuid_cursor() -> Field {
    Field::new("next_cursor", json!({ "type": "string", "format": "uuid" }), NEXT_CURSOR)
}
