//! Routes of OAuth applications.

use serde_json::{Map, Value, json};

use super::shared::{body, deleted, scopes, slug, tenant_id};
use crate::config::RedirectUri;
use crate::onboarding::{CLIENT_TEXT, MAX_CLIENT_TEXT};
use crate::reference::field::{Field, set};
use crate::reference::{Access, Endpoint, Route};

pub(super) fn routes() -> Vec<Route> {
    let one = json!({ "$ref": "#/components/schemas/OAuthApplication" });
    let tenant = || {
        let whose = "The tenant whose application it is. Left out: every tenant's, or with a tenant's token its own.";
        vec![Field::new("tenant_id", tenant_id(), whose)]
    };
    let route = |id, endpoint, summary| Route {
        access: Access::Admin,
        path_parameters: slug(),
        query: tenant(),
        answer: one.clone(),
        errors: &[400, 401, 403, 404, 429, 500, 503],
        ..Route::new("OAuth applications", id, endpoint, summary)
    };
    vec![
        Route {
            body: body(&new_application(), Map::new()),
            errors: &[400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503],
            other: Some((201, one.clone())),
            description: "Your client at the vendor, for accounts that carry no `client_id` and `client_secret` of their own. The \
                          secret is stored encrypted and never returned. Another `client_id` makes another application: accounts \
                          keep the old one until they are connected again. A 409: the integration takes none.",
            ..route("set-application", Endpoint::SET_APPLICATION, "Set an integration's OAuth application")
        },
        Route {
            path_parameters: Vec::new(),
            query: Vec::new(),
            answer: json!({
                "type": "object", "required": ["result"],
                "properties": { "result": { "type": "array", "items": one } },
            }),
            errors: &[400, 401, 403, 429, 500, 503],
            ..route("list-applications", Endpoint::LIST_APPLICATIONS, "List OAuth applications")
        },
        route("get-application", Endpoint::GET_APPLICATION, "Read an OAuth application"),
        Route {
            answer: deleted(),
            errors: &[400, 401, 403, 404, 409, 429, 500, 503],
            description: "A 409: accounts have tokens of it.",
            ..route("remove-application", Endpoint::REMOVE_APPLICATION, "Remove an OAuth application")
        },
    ]
}

fn new_application() -> Value {
    let text =
        |kind: Value| json!({ "type": kind, "minLength": 1, "maxLength": MAX_CLIENT_TEXT, "pattern": CLIENT_TEXT });
    let mut client_secret = text(json!(["string", "null"]));
    set(&mut client_secret, "writeOnly", json!(true));
    let why =
        "The client's secret, where the vendor wants one. Left out: the one that is stored for this client stays.";
    set(&mut client_secret, "description", json!(why));
    let mut client_id = text(json!("string"));
    set(&mut client_id, "description", json!("The client's identifier at the vendor."));
    json!({
        "required": ["client_id"],
        "properties": {
            "client_id": client_id,
            "client_secret": client_secret,
            "scopes": scopes("The scopes to ask for. Empty or left out: those that the integration declares."),
            "redirect_url": {
                "type": ["string", "null"], "maxLength": RedirectUri::MOST, "pattern": RedirectUri::PATTERN,
                "description": "Where the vendor sends people back to, as it is registered there.",
            },
        },
    })
}
