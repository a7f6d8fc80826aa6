//! Routes of integrated accounts.

use serde_json::{Map, Value, json};

use super::shared::{LIST, READ, WRITE, account, body, capabilities, cursor, deleted, page, page_size, tenant_id};
use crate::account::Status;
use crate::plugin::Capabilities;
use crate::reference::field::{Field, set};
use crate::reference::openapi::schemas;
use crate::reference::{Access, Body, Endpoint, Route, context};

fn route(id: &'static str, endpoint: Endpoint, summary: &'static str, access: Access) -> Route {
    let base = Route::new("Integrated accounts", id, endpoint, summary);
    Route { access, answer: account(), errors: READ, ..base }
}

pub(super) fn routes(integrations: &[&Capabilities]) -> Vec<Route> {
    let mut routes = stored(integrations);
    routes.extend(for_one());
    routes
}

/// Connecting, listing, reading and changing accounts.
fn stored(integrations: &[&Capabilities]) -> Vec<Route> {
    vec![
        Route {
            body: body(&new_account(integrations), context::creation(integrations)),
            status: 201,
            errors: &[400, 401, 403, 408, 413, 415, 429, 500, 503],
            description: "The body has the account's secrets. The host stores them encrypted and never returns them.",
            ..route("create-account", Endpoint::CREATE_ACCOUNT, "Connect an account", Access::Admin)
        },
        Route {
            query: account_filter(),
            answer: page(&account()),
            errors: LIST,
            description: "The newest first. Send `next_cursor` back to get the next page.",
            ..route("list-accounts", Endpoint::LIST_ACCOUNTS, "List accounts", Access::Token)
        },
        Route {
            path_parameters: account_id(),
            ..route("get-account", Endpoint::GET_ACCOUNT, "Read an account", Access::Token)
        },
        Route {
            path_parameters: account_id(),
            body: body(&account_change(integrations), Map::new()),
            errors: WRITE,
            description: "A member that you leave out keeps its value. The host merges the context key by key; `null` removes a variable that \
                          is not required. New credentials make an account active again. If the vendor refused the validation of the \
                          account, any change of the context or the authentication method does so, too.",
            ..route("update-account", Endpoint::UPDATE_ACCOUNT, "Change an account", Access::Admin)
        },
    ]
}

/// Validating and deleting an account, and what a caller can get for one.
fn for_one() -> Vec<Route> {
    vec![
        Route {
            path_parameters: account_id(),
            body: Some(Body { fields: Vec::new(), rules: Map::new(), required: false }),
            answer: schemas::validation(),
            errors: &[400, 401, 403, 404, 408, 413, 415, 429, 500, 502, 503],
            description: "The host makes one cheap read at the vendor for the account, whatever its status. If the vendor accepts the account, \
                          it becomes `active`. If the vendor refuses its credentials, it becomes `needs_reauth`. If the vendor refuses it \
                          for another reason, it becomes `validation_error`. After a refusal, `last_error` has the vendor's words. \
                          Otherwise the account does not change.",
            ..route(
                "validate-account",
                Endpoint::VALIDATE_ACCOUNT,
                "Ask the vendor whether it accepts an account",
                Access::Admin,
            )
        },
        Route {
            path_parameters: account_id(),
            answer: deleted(),
            errors: &[401, 403, 404, 429, 500, 503],
            description: "The host deletes its credentials, too.",
            ..route("delete-account", Endpoint::DELETE_ACCOUNT, "Delete an account", Access::Admin)
        },
        Route {
            body: body(&token_account(), Map::new()),
            status: 201,
            answer: account_token(),
            errors: WRITE,
            description: "The token is good for unified calls and passthrough of this account, and for nothing else. It ends after 15 minutes, \
                          or with the token of this request if that is earlier.",
            ..route(
                "create-account-token",
                Endpoint::CREATE_ACCOUNT_TOKEN,
                "Make a token for one account",
                Access::Token,
            )
        },
        Route {
            path_parameters: account_id(),
            answer: capabilities(),
            errors: READ,
            ..route(
                "get-account-capabilities",
                Endpoint::GET_ACCOUNT_CAPABILITIES,
                "Read what an account's integration can do",
                Access::Token,
            )
        },
    ]
}

fn account_id() -> Vec<Field> {
    vec![Field::new("id", json!({ "type": "string" }), "Id of the integrated account, a uuid.").required()]
}

fn account_filter() -> Vec<Field> {
    let text = || json!({ "type": "string", "pattern": context::NO_CONTROLS });
    vec![
        Field::new("tenant_id", text(), "Only those of this tenant."),
        Field::new("integration.name", text(), "Only those of this integration, by slug."),
        Field::new("status", json!({ "type": "string", "enum": Status::ALL }), "Only those in this status."),
        page_size("Accounts"),
        cursor(),
    ]
}

fn new_account(integrations: &[&Capabilities]) -> Value {
    let slugs: Vec<_> = integrations.iter().map(|i| i.slug.as_str()).collect();
    let described = |mut schema: Value, description: &str| {
        set(&mut schema, "description", json!(description));
        schema
    };
    json!({
        "required": ["integration", "tenant_id"],
        "properties": {
            "integration": { "type": "string", "enum": slugs, "description": "Slug of a loaded integration." },
            "tenant_id": described(tenant_id(), "Your own name for the customer. A tenant's token may leave it out."),
            "context": {
                "type": ["object", "null"],
                "description": "The variables that the integration declares: texts of at most 16 KiB each. If the operator has set an OAuth \
                                application for the integration, you may leave out `client_id` and `client_secret` together.",
            },
            "authentication_method": {
                "type": ["string", "null"],
                "description": "One of the integration's ways to sign requests. Left out: the first for which the account has the variables.",
            },
            "is_sandbox": {
                "type": ["boolean", "null"], "default": false,
                "description": "Whether the host refuses creations, updates and deletions with a 405 unless they are dry runs. It serves reads.",
            },
        },
    })
}

fn account_change(integrations: &[&Capabilities]) -> Value {
    let mut tenant_id = tenant_id();
    set(&mut tenant_id, "type", json!(["string", "null"]));
    set(&mut tenant_id, "description", json!("Moves the account to another tenant."));
    json!({
        "properties": {
            "tenant_id": tenant_id,
            "context": context::change(integrations),
            "authentication_method": {
                "type": ["string", "null"], "enum": context::methods(integrations),
                "description": "Another of the integration's ways to sign requests.",
            },
            "is_sandbox": { "type": ["boolean", "null"], "description": "Whether the account is a sandbox." },
            "status": {
                "type": ["string", "null"], "enum": ["active", "needs_reauth", null],
                "description": "`active` makes the account active. `needs_reauth` stops its calls until it has new credentials.",
            },
        },
    })
}

fn token_account() -> Value {
    json!({
        "required": ["integrated_account_id"],
        "properties": {
            "integrated_account_id": { "type": "string", "format": "uuid", "description": "The account for which the token is." },
        },
    })
}

fn account_token() -> Value {
    json!({
        "type": "object",
        "required": ["integrated_account_token", "expires_at"],
        "properties": {
            "integrated_account_token": { "type": "string", "description": "The token. Only this answer has it." },
            "expires_at": { "type": "string", "format": "date-time", "description": "From this time on, the host refuses it." },
        },
    })
}
