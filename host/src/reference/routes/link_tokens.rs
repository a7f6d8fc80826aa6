//! Routes of link tokens, and the confirmation of an account that somebody connected with one.

use serde_json::{Map, Value, json};

use super::shared::{account, body, page, page_size, scopes, tenant_id, uuid_cursor};
use crate::onboarding::MAX_INTEGRATIONS;
use crate::plugin::Capabilities;
use crate::reference::field::{Field, set};
use crate::reference::{Access, Endpoint, Route, context};

pub(super) fn routes(integrations: &[&Capabilities]) -> Vec<Route> {
    let mut routes = tokens(integrations);
    routes.push(confirmation());
    routes
}

fn tokens(integrations: &[&Capabilities]) -> Vec<Route> {
    let route = |id, endpoint, summary| Route {
        access: Access::Admin,
        answer: page(&json!({ "$ref": "#/components/schemas/LinkToken" })),
        errors: &[400, 401, 403, 429, 500, 503],
        ..Route::new("Link tokens", id, endpoint, summary)
    };
    vec![
        Route {
            body: body(&new_link_token(integrations), link_token_rules()),
            status: 201,
            answer: json!({
                "type": "object", "required": ["link_token"],
                "properties": { "link_token": { "type": "string", "description": "`mrl_…`. Only this answer has it." } },
            }),
            errors: &[400, 401, 403, 404, 408, 413, 415, 429, 500, 503],
            description: "A person who has the token can connect one account, once and within 7 days. A tenant has at most 1,000 tokens in \
                          use. One more ends the oldest. A 403 can also mean that the redirect is not on the operator's list.",
            ..route("create-link-token", Endpoint::CREATE_LINK_TOKEN, "Make a link token")
        },
        Route {
            query: vec![
                Field::new(
                    "tenant_id",
                    json!({ "type": "string", "pattern": context::NO_CONTROLS }),
                    "Only those of this tenant.",
                ),
                page_size("Tokens"),
                uuid_cursor(),
            ],
            description: "Tokens that are neither used up nor expired, the newest first.",
            ..route("list-link-tokens", Endpoint::LIST_LINK_TOKENS, "List link tokens")
        },
    ]
}

fn confirmation() -> Route {
    let code = json!({ "type": "string", "minLength": 1, "description": "The `confirmation_code` of the final message or of the redirect." });
    let whose = "The tenant of the person who is signed in at your application. A tenant's token may leave it out.";
    let mut tenant = tenant_id();
    set(&mut tenant, "description", json!(whose));
    let properties = json!({ "confirmation_code": code, "tenant_id": tenant });
    let asked = json!({ "type": "object", "required": ["confirmation_code", "tenant_id"], "properties": properties });
    Route {
        description: "Needed only with `connect.confirm`: the host stores the account that somebody connected, once and within 15 minutes. \
                      A 404: no account of the tenant waits for the code. A 409: meanwhile somebody removed the link token, the account \
                      to connect again or the OAuth application, or the account is another one at the vendor or has another \
                      `client_id`. A 200: somebody confirmed it before.",
        access: Access::Admin,
        body: body(&asked, Map::new()),
        status: 201,
        answer: account(),
        other: Some((200, account())),
        errors: &[400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503],
        ..Route::new("Link tokens", "confirm-account", Endpoint::CONFIRM_ACCOUNT, "Confirm a connected account")
    }
}

fn new_link_token(integrations: &[&Capabilities]) -> Value {
    let slugs: Vec<_> = integrations.iter().map(|i| i.slug.as_str()).collect();
    let mut tenant = tenant_id();
    set(&mut tenant, "type", json!(["string", "null"]));
    let whose = "The tenant of the new account: your own name for the customer. A tenant's token may leave it out.";
    set(&mut tenant, "description", json!(whose));
    json!({
        "properties": {
            "tenant_id": tenant,
            "integrated_account_id": {
                "type": ["string", "null"], "format": "uuid",
                "description": "The account to connect again, in place of `tenant_id`.",
            },
            "persist_previous_context": {
                "type": ["boolean", "null"], "default": false,
                "description": "Whether an account that somebody connects again keeps its variables.",
            },
            "redirect_uri": {
                "type": ["string", "null"],
                "description": "The URL to which the connect page sends people afterwards. It must be on the operator's list \
                                (`connect.allowed_redirects`), character by character.",
            },
            "scopes": scopes("The scopes to ask for. Empty or left out: the scopes of the OAuth application or the integration."),
            "context": context::prefilled(integrations),
            "integrations": {
                "type": ["array", "null"], "maxItems": MAX_INTEGRATIONS, "items": { "type": "string", "enum": slugs },
                "description": "The integrations among which people choose. Empty or left out: all.",
            },
        },
    })
}

/// A token is for a new account of a tenant, or for an existing account.
fn link_token_rules() -> Map<String, Value> {
    let none = || json!({ "type": "null" });
    let new = json!({
        "title": "A new account", "required": ["tenant_id"],
        "properties": {
            "tenant_id": { "type": "string" }, "integrated_account_id": none(), "persist_previous_context": none(),
        },
    });
    let again = json!({
        "title": "An account to connect again", "required": ["integrated_account_id"],
        "properties": {
            "integrated_account_id": { "type": "string" }, "tenant_id": none(),
            "integrations": { "type": ["array", "null"], "maxItems": 0 },
        },
    });
    Map::from_iter([("oneOf".to_owned(), json!([new, again]))])
}
