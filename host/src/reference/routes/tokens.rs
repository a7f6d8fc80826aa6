//! Routes of API tokens.

use serde_json::{Map, Value, json};

use super::shared::{LIST, READ, body, cursor, deleted, page, page_size, tenant_id};
use crate::onboarding::MAX_LIFETIME;
use crate::reference::field::{Field, set};
use crate::reference::{Access, Endpoint, Route, context};

pub(super) fn routes() -> Vec<Route> {
    let route = |id, endpoint, summary| Route {
        access: Access::Admin,
        answer: json!({ "$ref": "#/components/schemas/ApiToken" }),
        errors: READ,
        ..Route::new("API tokens", id, endpoint, summary)
    };
    let id = || vec![Field::new("id", json!({ "type": "string" }), "Id of the token, a uuid.").required()];
    vec![
        Route {
            body: body(&new_token(), Map::new()),
            status: 201,
            answer: json!({
                "allOf": [{ "$ref": "#/components/schemas/ApiToken" }],
                "required": ["token"],
                "properties": { "token": { "type": "string", "description": "The token. Only this answer has it." } },
            }),
            errors: &[400, 401, 403, 408, 413, 415, 429, 500, 503],
            description: "An admin token of one tenant makes only tokens of that tenant.",
            ..route("create-token", Endpoint::CREATE_TOKEN, "Make an API token")
        },
        Route {
            query: token_filter(),
            answer: page(&json!({ "$ref": "#/components/schemas/ApiToken" })),
            errors: LIST,
            description: "All tokens, also expired and revoked ones, the newest first. An admin token of one tenant sees that tenant's tokens.",
            ..route("list-tokens", Endpoint::LIST_TOKENS, "List API tokens")
        },
        Route { path_parameters: id(), ..route("get-token", Endpoint::GET_TOKEN, "Read an API token") },
        Route {
            path_parameters: id(),
            answer: deleted(),
            errors: &[401, 403, 404, 409, 429, 500, 503],
            description: "Every host refuses the token, and the account tokens that somebody made with it, within a second. A token cannot \
                          revoke itself: a 409.",
            ..route("revoke-token", Endpoint::REVOKE_TOKEN, "Revoke an API token")
        },
    ]
}

fn token_filter() -> Vec<Field> {
    vec![page_size("Tokens"), cursor()]
}

fn new_token() -> Value {
    let mut tenant_id = tenant_id();
    set(&mut tenant_id, "type", json!(["string", "null"]));
    let description = "Restricts the token to the accounts of one tenant. Left out: the tenant of this request's token, or every tenant.";
    set(&mut tenant_id, "description", json!(description));
    json!({
        "required": ["scope"],
        "properties": {
            "scope": { "type": "string", "enum": ["call", "admin"], "description": "Which routes it may call." },
            "tenant_id": tenant_id,
            "name": {
                "type": ["string", "null"], "minLength": 1, "maxLength": 256, "pattern": context::NO_CONTROLS,
                "description": "A name for the list of tokens.",
            },
            "expires_in": {
                "type": ["integer", "null"], "minimum": 1, "maximum": MAX_LIFETIME,
                "description": "How long the token is valid, in seconds. Left out: until somebody revokes it.",
            },
        },
    })
}
