//! Routes of the host itself: health, the log of calls and the reference.

use serde_json::{Value, json};

use super::shared::{page, page_size, uuid_cursor};
use crate::reference::field::Field;
use crate::reference::{Access, Endpoint, Route, context};

pub(super) fn routes() -> Vec<Route> {
    vec![health(), ready(), log(), reference()]
}

fn health() -> Route {
    Route {
        answer: status("ok"),
        errors: &[500],
        ..Route::new("Health", "health", Endpoint::HEALTH, "Is the process alive")
    }
}

fn ready() -> Route {
    Route {
        description: "The host is ready if the database answers and an integration is loaded. Otherwise the answer is a 503 with \
                      the reasons.",
        answer: status("ready"),
        other: Some((503, not_ready())),
        errors: &[500],
        ..Route::new("Health", "ready", Endpoint::READY, "Can the host serve")
    }
}

fn log() -> Route {
    let text = || json!({ "type": "string", "pattern": context::NO_CONTROLS });
    Route {
        description: "The newest first, without bodies, queries and secrets. An admin token of one tenant sees that tenant's calls.",
        access: Access::Admin,
        query: vec![
            Field::new("tenant_id", text(), "Only calls for accounts of this tenant."),
            Field::new(
                "integrated_account_id",
                json!({ "type": "string", "format": "uuid" }),
                "Only calls for this account.",
            ),
            Field::new(
                "status",
                json!({ "type": "integer", "minimum": 100, "maximum": 599 }),
                "Only calls that the host answered with this status.",
            ),
            page_size("Calls"),
            uuid_cursor(),
        ],
        answer: page(&json!({ "$ref": "#/components/schemas/LoggedCall" })),
        errors: &[400, 401, 403, 429, 500, 503],
        ..Route::new("Log", "list-calls", Endpoint::LIST_CALLS, "List the last calls")
    }
}

fn reference() -> Route {
    Route {
        description: "If a request has `if-none-match` with the `etag` of an earlier answer and nothing has changed, the answer is a 304.",
        query: vec![Field::new("integration", json!({ "type": "string" }), "Slug of the one integration to describe.")],
        answer: json!({ "type": "object", "required": ["openapi", "paths"] }),
        errors: &[400, 404, 500],
        ..Route::new("Reference", "openapi", Endpoint::OPENAPI, "Read this API in OpenAPI 3.1")
    }
}

fn status(word: &str) -> Value {
    json!({
        "type": "object", "required": ["status"], "properties": { "status": { "type": "string", "const": word } },
    })
}

fn not_ready() -> Value {
    json!({
        "type": "object", "required": ["status", "reasons"],
        "properties": {
            "status": { "type": "string", "const": "not ready" },
            "reasons": { "type": "array", "items": { "type": "string" }, "minItems": 1 },
        },
    })
}
