//! Routes of integrations.

use serde_json::json;

use super::shared::{READ, capabilities, slug};
use crate::reference::{Access, Endpoint, Route};

pub(super) fn routes() -> Vec<Route> {
    let route = |id, endpoint, summary| Route {
        access: Access::Token,
        path_parameters: slug(),
        answer: json!({ "$ref": "#/components/schemas/Integration" }),
        errors: READ,
        ..Route::new("Integrations", id, endpoint, summary)
    };
    vec![
        Route {
            path_parameters: Vec::new(),
            answer: json!({
                "type": "object", "required": ["result"],
                "properties": { "result": { "type": "array", "items": { "$ref": "#/components/schemas/Integration" } } },
            }),
            errors: &[401, 403, 429, 500, 503],
            ..route("list-integrations", Endpoint::LIST_INTEGRATIONS, "List integrations")
        },
        route("get-integration", Endpoint::GET_INTEGRATION, "Read an integration"),
        Route {
            answer: capabilities(),
            ..route("get-capabilities", Endpoint::GET_CAPABILITIES, "Read what an integration can do")
        },
        Route {
            access: Access::Operator,
            errors: &[401, 403, 404, 409, 429, 500, 503],
            description: "Loads the newest component from the plugins directory if the operator has granted it, and serves new calls \
                          with it. The old component finishes the calls in flight. A 409 says why the host does not serve the newest one.",
            ..route("reload-integration", Endpoint::RELOAD_INTEGRATION, "Load the newest version of an integration")
        },
    ]
}
