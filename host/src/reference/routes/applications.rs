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
        let whose = "The tenant of the application. Left out: the application of every tenant, or with a tenant's token that tenant's.";
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
            description: "Your client at the vendor, for accounts that have no `client_id` and `client_secret` of their own. The host stores \
                          the secret encrypted and never returns it. Another `client_id` makes another application. Accounts keep the \
                          old one until somebody connects them again. A 409: the integration takes no application.",
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
            description: "A 409: accounts have tokens of the application.",
            ..route("remove-application", Endpoint::REMOVE_APPLICATION, "Remove an OAuth application")
        },
    ]
}

fn new_application() -> Value {
    let text =
        |kind: Value| json!({ "type": kind, "minLength": 1, "maxLength": MAX_CLIENT_TEXT, "pattern": CLIENT_TEXT });
    let mut client_secret = text(json!(["string", "null"]));
    set(&mut client_secret, "writeOnly", json!(true));
    let why = "The client's secret, if the vendor wants one. Left out: the host keeps the secret that it has for this client.";
    set(&mut client_secret, "description", json!(why));
    let mut client_id = text(json!("string"));
    set(&mut client_id, "description", json!("The client's identifier at the vendor."));
    json!({
        "required": ["client_id"],
        "properties": {
            "client_id": client_id,
            "client_secret": client_secret,
            "scopes": scopes("The scopes to ask for. Empty or left out: the scopes that the integration declares."),
            "redirect_url": {
                "type": ["string", "null"], "maxLength": RedirectUri::MOST, "pattern": RedirectUri::PATTERN,
                "description": "The URL to which the vendor sends people back, as it is registered at the vendor.",
            },
        },
    })
}
