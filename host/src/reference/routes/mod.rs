//! The routes beside the unified ones: accounts, passthrough, tokens, integrations, health.

mod webhooks;

use serde_json::{Map, Value, json};

use super::context;
use super::field::{Field, members, set};
use super::openapi::schemas;
use super::unified::dry_run;
use super::{Access, Body, Object, Route, Words};
use crate::account::Status;
use crate::config::RedirectUri;
use crate::onboarding::{CLIENT_TEXT, MAX_CLIENT_TEXT, MAX_INTEGRATIONS, MAX_LIFETIME, MAX_SCOPE, MAX_SCOPES, SCOPE};
use crate::plugin::Capabilities;
pub(super) use webhooks::{delivery, webhook};

const READ: &[u16] = &[401, 403, 404, 429, 500, 503];
const LIST: &[u16] = &[400, 401, 403, 429, 500, 503];
const WRITE: &[u16] = &[400, 401, 403, 404, 408, 413, 415, 429, 500, 503];

/// Every route, in the order in which people need them.
pub(super) fn all(integrations: &[&Capabilities]) -> Vec<Route> {
    let mut routes = accounts(integrations);
    routes.extend(passthrough());
    routes.extend(tokens());
    routes.extend(link_tokens(integrations));
    routes.push(confirmation());
    routes.extend(applications());
    routes.extend(webhooks::routes());
    routes.extend(plugins());
    routes.extend(health());
    routes.push(log());
    routes.push(reference());
    routes
}

/// What the routes answer with.
pub(super) fn objects() -> Vec<Object> {
    vec![
        Object {
            id: "account",
            title: "The account object",
            description: "Secrets are not part of it.",
            fields: members(&schemas::account(), ""),
        },
        Object {
            id: "api-token",
            title: "The API token object",
            description: "The token itself is told once, when it is made.",
            fields: members(&schemas::api_token(), ""),
        },
        Object {
            id: "link-token",
            title: "The link token object",
            description: "The token itself is not part of it, and neither is its context.",
            fields: members(&schemas::link_token(), ""),
        },
        Object {
            id: "application",
            title: "The OAuth application object",
            description: "Its client secret is not part of it.",
            fields: members(&schemas::application(), ""),
        },
        Object {
            id: "webhook",
            title: "The webhook object",
            description: "Its secret is told when it is made and when it is rotated.",
            fields: members(&webhooks::webhook(), ""),
        },
        Object {
            id: "delivery",
            title: "The delivery object",
            description: "One event for one webhook.",
            fields: members(&webhooks::delivery(), ""),
        },
        Object {
            id: "integration",
            title: "The integration object",
            description: "What it can do is told by its capabilities, and by the pages of this reference.",
            fields: members(&schemas::integration(), ""),
        },
    ]
}

fn account_id() -> Vec<Field> {
    vec![Field::new("id", json!({ "type": "string" }), "Id of the integrated account, a uuid.").required()]
}

fn slug() -> Vec<Field> {
    vec![Field::new("slug", json!({ "type": "string" }), "Slug of the integration.").required()]
}

fn body(schema: &Value, rules: Map<String, Value>) -> Option<Body> {
    Some(Body { fields: members(schema, ""), rules, required: true })
}

fn accounts(integrations: &[&Capabilities]) -> Vec<Route> {
    let route = |id, method, path, summary, access| Route {
        id,
        tag: "Integrated accounts",
        method,
        path,
        summary,
        description: "",
        access,
        path_parameters: Vec::new(),
        query: Vec::new(),
        body: None,
        status: 200,
        answer: account(),
        other: None,
        errors: READ,
        words: Words::Host,
    };
    vec![
        Route {
            body: body(&new_account(integrations), context::creation(integrations)),
            status: 201,
            errors: &[400, 401, 403, 408, 413, 415, 429, 500, 503],
            description: "Secrets go in here and are never returned. They are stored encrypted.",
            ..route("create-account", "POST", "/integrated-account", "Connect an account", Access::Admin)
        },
        Route {
            query: account_filter(),
            answer: page(&account()),
            errors: LIST,
            description: "The newest first. Pass `next_cursor` back to get the next page.",
            ..route("list-accounts", "GET", "/integrated-account", "List accounts", Access::Token)
        },
        Route {
            path_parameters: account_id(),
            ..route("get-account", "GET", "/integrated-account/{id}", "Read an account", Access::Token)
        },
        Route {
            path_parameters: account_id(),
            body: body(&account_change(integrations), Map::new()),
            errors: WRITE,
            description: "What is left out stays. The context is merged key by key; `null` removes what is not required. New \
                          credentials make an account active again; so does any change of the context or the authentication method if \
                          the vendor refused its validation.",
            ..route("update-account", "PATCH", "/integrated-account/{id}", "Change an account", Access::Admin)
        },
        Route {
            path_parameters: account_id(),
            body: Some(Body { fields: Vec::new(), rules: Map::new(), required: false }),
            answer: schemas::validation(),
            errors: &[400, 401, 403, 404, 408, 413, 415, 429, 500, 502, 503],
            description: "Asks the vendor for a page of one user, whatever the account's status. A vendor that takes the account makes it \
                          active; one that refuses its credentials makes it `needs_reauth`, and one that refuses for another reason \
                          `validation_error`, both with the vendor's words as `last_error`. Otherwise it stays as it is.",
            ..route(
                "validate-account",
                "POST",
                "/integrated-account/{id}/validate",
                "Ask the vendor whether it takes an account",
                Access::Admin,
            )
        },
        Route {
            path_parameters: account_id(),
            answer: deleted(),
            errors: &[401, 403, 404, 429, 500, 503],
            description: "Its credentials are deleted with it.",
            ..route("delete-account", "DELETE", "/integrated-account/{id}", "Delete an account", Access::Admin)
        },
        Route {
            body: body(&token_account(), Map::new()),
            status: 201,
            answer: account_token(),
            errors: WRITE,
            description: "For the unified calls and the passthrough of this account, and for nothing else: 15 minutes long, and no longer \
                          than the token that asks for it.",
            ..route(
                "create-account-token",
                "POST",
                "/integrated-account/token",
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
                "GET",
                "/integrated-account/{id}/capabilities",
                "Read what an account's integration can do",
                Access::Token,
            )
        },
    ]
}

fn passthrough() -> Vec<Route> {
    let route = |id, method, summary| {
        Route {
        id,
        tag: "Passthrough",
        method,
        path: "/proxy/{path}",
        summary,
        description: "One request below the integration's first origin, signed with the account's credentials, without the plugin. What \
                      follows `/proxy` is the vendor's path, slashes included. Query parameters go to the vendor, but for the two below \
                      and those that begin with `truto_`; so do the body and the headers of content. The answer is the vendor's, whatever \
                      its status, and has `mortise-vendor-status`; errors of this host do not.",
        access: Access::AccountToken,
        path_parameters: vec![
            Field::new(
                "path",
                json!({ "type": "string", "pattern": "^[A-Za-z0-9_~-]+$" }),
                "The vendor's path: segments without dots alone, empty ones, encoded slashes, backslashes and control characters.",
            )
            .required(),
        ],
        query: vec![
            Field::new(
                "integrated_account_id",
                json!({ "type": "string", "format": "uuid" }),
                "The integrated account whose vendor is asked.",
            )
            .required(),
            dry_run(),
        ],
        body: None,
        status: 200,
        answer: json!({}),
        other: None,
        errors: &[400, 401, 403, 404, 405, 408, 409, 413, 415, 429, 500, 502, 503, 504],
        words: Words::Vendor,
    }
    };
    vec![
        route("passthrough-get", "GET", "Read at the vendor"),
        route("passthrough-post", "POST", "Post to the vendor"),
        route("passthrough-put", "PUT", "Put to the vendor"),
        route("passthrough-patch", "PATCH", "Patch at the vendor"),
        route("passthrough-delete", "DELETE", "Delete at the vendor"),
    ]
}

fn tokens() -> Vec<Route> {
    let route = |id, method, path, summary| Route {
        id,
        tag: "API tokens",
        method,
        path,
        summary,
        description: "",
        access: Access::Admin,
        path_parameters: Vec::new(),
        query: Vec::new(),
        body: None,
        status: 200,
        answer: json!({ "$ref": "#/components/schemas/ApiToken" }),
        other: None,
        errors: READ,
        words: Words::Host,
    };
    let id = || vec![Field::new("id", json!({ "type": "string" }), "Id of the token, a uuid.").required()];
    vec![
        Route {
            body: body(&new_token(), Map::new()),
            status: 201,
            answer: json!({
                "allOf": [{ "$ref": "#/components/schemas/ApiToken" }],
                "required": ["token"],
                "properties": { "token": { "type": "string", "description": "The token. It is not told again." } },
            }),
            errors: &[400, 401, 403, 408, 413, 415, 429, 500, 503],
            description: "An admin token of one tenant makes tokens of that tenant.",
            ..route("create-token", "POST", "/api-token", "Make an API token")
        },
        Route {
            query: token_filter(),
            answer: page(&json!({ "$ref": "#/components/schemas/ApiToken" })),
            errors: LIST,
            description: "Every one that was ever made, the newest first. An admin token of one tenant sees that tenant's.",
            ..route("list-tokens", "GET", "/api-token", "List API tokens")
        },
        Route { path_parameters: id(), ..route("get-token", "GET", "/api-token/{id}", "Read an API token") },
        Route {
            path_parameters: id(),
            answer: deleted(),
            errors: &[401, 403, 404, 409, 429, 500, 503],
            description: "Every host refuses it within a second, and the account tokens that were made with it. A token does not revoke \
                          itself: a 409.",
            ..route("revoke-token", "DELETE", "/api-token/{id}", "Revoke an API token")
        },
    ]
}

fn link_tokens(integrations: &[&Capabilities]) -> Vec<Route> {
    let route = |id, method, summary| Route {
        id,
        tag: "Link tokens",
        method,
        path: "/link-token",
        summary,
        description: "",
        access: Access::Admin,
        path_parameters: Vec::new(),
        query: Vec::new(),
        body: None,
        status: 200,
        answer: page(&json!({ "$ref": "#/components/schemas/LinkToken" })),
        other: None,
        errors: &[400, 401, 403, 429, 500, 503],
        words: Words::Host,
    };
    let uuid = || json!({ "type": "string", "format": "uuid" });
    vec![
        Route {
            body: body(&new_link_token(integrations), link_token_rules()),
            status: 201,
            answer: json!({
                "type": "object", "required": ["link_token"],
                "properties": { "link_token": { "type": "string", "description": "`mrl_…`, shown this once." } },
            }),
            errors: &[400, 401, 403, 404, 408, 413, 415, 429, 500, 503],
            description: "Lets whoever has the token connect one account: once, and within 7 days. A tenant has at most 1,000 in use; \
                          a further one ends the oldest. A 403 also says that the redirect is not on the operator's list.",
            ..route("create-link-token", "POST", "Make a link token")
        },
        Route {
            query: vec![
                Field::new(
                    "tenant_id",
                    json!({ "type": "string", "pattern": context::NO_CONTROLS }),
                    "Only this tenant's.",
                ),
                Field::new(
                    "limit",
                    json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 }),
                    "Tokens on a page.",
                ),
                Field::new(
                    "next_cursor",
                    uuid(),
                    "Where to go on: `next_cursor` of the page before. Empty: the first page.",
                ),
            ],
            description: "Those in use, the newest first: neither used nor expired.",
            ..route("list-link-tokens", "GET", "List link tokens")
        },
    ]
}

fn confirmation() -> Route {
    let code = json!({ "type": "string", "minLength": 1, "description": "`confirmation_code` of the final message or of the redirect." });
    let whose =
        "The tenant of the person who is signed in at your application. With a tenant's token it may be left out.";
    let mut tenant = tenant_id();
    set(&mut tenant, "description", json!(whose));
    let properties = json!({ "confirmation_code": code, "tenant_id": tenant });
    let asked = json!({ "type": "object", "required": ["confirmation_code", "tenant_id"], "properties": properties });
    Route {
        id: "confirm-account",
        tag: "Link tokens",
        method: "POST",
        path: "/connect-account/confirm",
        summary: "Confirm a connected account",
        description: "Only with `connect.confirm`: what somebody has connected is stored by this, once and within 15 minutes. A 404: no account \
                      of the tenant waits for the code. A 409: the link token, the account to connect again or the OAuth application is \
                      gone meanwhile, or the account is now another one at the vendor or has got another `client_id`. A 200: it was \
                      confirmed before.",
        access: Access::Admin,
        path_parameters: Vec::new(),
        query: Vec::new(),
        body: body(&asked, Map::new()),
        status: 201,
        answer: account(),
        other: Some((200, account())),
        errors: &[400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503],
        words: Words::Host,
    }
}

fn new_link_token(integrations: &[&Capabilities]) -> Value {
    let slugs: Vec<_> = integrations.iter().map(|i| i.slug.as_str()).collect();
    let mut tenant = tenant_id();
    set(&mut tenant, "type", json!(["string", "null"]));
    let whose =
        "Whose new account is connected: your own name for the customer. With a tenant's token it may be left out.";
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
                "description": "Whether an account that is connected again keeps the variables that it has.",
            },
            "redirect_uri": {
                "type": ["string", "null"],
                "description": "Where people are sent afterwards: a URL of the operator's list (`connect.allowed_redirects`), \
                                character by character.",
            },
            "scopes": scopes("The scopes to ask for. Empty or left out: those of the OAuth application or the integration."),
            "context": context::prefilled(integrations),
            "integrations": {
                "type": ["array", "null"], "maxItems": MAX_INTEGRATIONS, "items": { "type": "string", "enum": slugs },
                "description": "The integrations among which people choose. Empty or left out: any.",
            },
        },
    })
}

/// A token is for a tenant's new account, or for one that is there.
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

fn applications() -> Vec<Route> {
    let one = json!({ "$ref": "#/components/schemas/OAuthApplication" });
    let tenant = || {
        let whose = "The tenant whose application it is. Left out: every tenant's, or with a tenant's token its own.";
        vec![Field::new("tenant_id", tenant_id(), whose)]
    };
    let route = |id, method, path, summary| Route {
        id,
        tag: "OAuth applications",
        method,
        path,
        summary,
        description: "",
        access: Access::Admin,
        path_parameters: slug(),
        query: tenant(),
        body: None,
        status: 200,
        answer: one.clone(),
        other: None,
        errors: &[400, 401, 403, 404, 429, 500, 503],
        words: Words::Host,
    };
    vec![
        Route {
            body: body(&new_application(), Map::new()),
            errors: &[400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503],
            other: Some((201, one.clone())),
            description: "Your client at the vendor, for accounts that carry no `client_id` and `client_secret` of their own. The \
                          secret is stored encrypted and never returned. Another `client_id` makes another application: accounts \
                          keep the old one until they are connected again. A 409: the integration takes none.",
            ..route("set-application", "PUT", "/app/{slug}", "Set an integration's OAuth application")
        },
        Route {
            path_parameters: Vec::new(),
            query: Vec::new(),
            answer: json!({
                "type": "object", "required": ["result"],
                "properties": { "result": { "type": "array", "items": one } },
            }),
            errors: &[400, 401, 403, 429, 500, 503],
            ..route("list-applications", "GET", "/app", "List OAuth applications")
        },
        route("get-application", "GET", "/app/{slug}", "Read an OAuth application"),
        Route {
            answer: json!({ "type": "object", "properties": { "id": { "type": "string", "format": "uuid" } }, "required": ["id"] }),
            errors: &[400, 401, 403, 404, 409, 429, 500, 503],
            description: "A 409: accounts have tokens of it.",
            ..route("remove-application", "DELETE", "/app/{slug}", "Remove an OAuth application")
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

fn scopes(description: &str) -> Value {
    json!({
        "type": ["array", "null"], "maxItems": MAX_SCOPES, "description": description,
        "items": { "type": "string", "minLength": 1, "maxLength": MAX_SCOPE, "pattern": SCOPE },
    })
}

fn plugins() -> Vec<Route> {
    let route = |id, path, summary, answer, path_parameters, errors| Route {
        id,
        tag: "Integrations",
        method: "GET",
        path,
        summary,
        description: "",
        access: Access::Token,
        path_parameters,
        query: Vec::new(),
        body: None,
        status: 200,
        answer,
        other: None,
        errors,
        words: Words::Host,
    };
    let list = json!({
        "type": "object", "required": ["result"],
        "properties": { "result": { "type": "array", "items": { "$ref": "#/components/schemas/Integration" } } },
    });
    let one = json!({ "$ref": "#/components/schemas/Integration" });
    let reload = Route {
        method: "POST",
        access: Access::Operator,
        description: "Loads the newest component from the plugins directory, where it is granted, and serves new calls with it; \
                      calls in flight are finished by the old one. A 409 says why the newest is not served.",
        ..route(
            "reload-integration",
            "/integration/{slug}/reload",
            "Load the newest version of an integration",
            one.clone(),
            slug(),
            &[401, 403, 404, 409, 429, 500, 503],
        )
    };
    vec![
        route("list-integrations", "/integration", "List integrations", list, Vec::new(), &[401, 403, 429, 500, 503]),
        route("get-integration", "/integration/{slug}", "Read an integration", one, slug(), READ),
        route(
            "get-capabilities",
            "/integration/{slug}/capabilities",
            "Read what an integration can do",
            capabilities(),
            slug(),
            READ,
        ),
        reload,
    ]
}

fn health() -> Vec<Route> {
    let route = |id, path, summary, description, answer, errors| Route {
        id,
        tag: "Health",
        method: "GET",
        path,
        summary,
        description,
        access: Access::Open,
        path_parameters: Vec::new(),
        query: Vec::new(),
        body: None,
        status: 200,
        answer,
        other: None,
        errors,
        words: Words::Host,
    };
    let status = |word: &str| {
        json!({
            "type": "object", "required": ["status"], "properties": { "status": { "type": "string", "const": word } },
        })
    };
    vec![
        route("health", "/healthz", "Is the process alive", "", status("ok"), &[500]),
        Route {
            other: Some((503, not_ready())),
            ..route(
                "ready",
                "/readyz",
                "Can the host serve",
                "Ready when the database answers and an integration is loaded; otherwise a 503 with the reasons.",
                status("ready"),
                &[500],
            )
        },
    ]
}

fn reference() -> Route {
    Route {
        id: "openapi",
        tag: "Reference",
        method: "GET",
        path: "/openapi.json",
        summary: "Read this API in OpenAPI 3.1",
        description: "With `if-none-match` and the `etag` of an earlier answer it is a 304 while nothing has changed.",
        access: Access::Open,
        path_parameters: Vec::new(),
        query: vec![Field::new("integration", json!({ "type": "string" }), "Slug of the one integration to describe.")],
        body: None,
        status: 200,
        answer: json!({ "type": "object", "required": ["openapi", "paths"] }),
        other: None,
        errors: &[400, 404, 500],
        words: Words::Host,
    }
}

fn log() -> Route {
    let text = || json!({ "type": "string", "pattern": context::NO_CONTROLS });
    let uuid = || json!({ "type": "string", "format": "uuid" });
    Route {
        id: "list-calls",
        tag: "Log",
        method: "GET",
        path: "/log",
        summary: "List the last calls",
        description: "The newest first, without bodies, queries and secrets. An admin token of one tenant sees that tenant's.",
        access: Access::Admin,
        path_parameters: Vec::new(),
        query: vec![
            Field::new("tenant_id", text(), "Only those of this tenant's accounts."),
            Field::new("integrated_account_id", uuid(), "Only those of this account."),
            Field::new(
                "status",
                json!({ "type": "integer", "minimum": 100, "maximum": 599 }),
                "Only those that were answered with this status.",
            ),
            Field::new(
                "limit",
                json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 }),
                "Calls on a page.",
            ),
            Field::new(
                "next_cursor",
                uuid(),
                "Where to go on: `next_cursor` of the page before. Empty: the first page.",
            ),
        ],
        body: None,
        status: 200,
        answer: page(&json!({ "$ref": "#/components/schemas/LoggedCall" })),
        other: None,
        errors: &[400, 401, 403, 429, 500, 503],
        words: Words::Host,
    }
}

fn token_filter() -> Vec<Field> {
    vec![
        Field::new(
            "limit",
            json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 }),
            "Tokens on a page.",
        ),
        cursor(),
    ]
}

fn cursor() -> Field {
    Field::new(
        "next_cursor",
        json!({ "type": "string", "pattern": "^([A-Za-z0-9_-]{32})?$" }),
        "Where to go on: `next_cursor` of the page before. Empty: the first page.",
    )
}

fn account_filter() -> Vec<Field> {
    let text = || json!({ "type": "string", "pattern": context::NO_CONTROLS });
    vec![
        Field::new("tenant_id", text(), "Only this tenant's."),
        Field::new("integration.name", text(), "Only this integration's, by slug."),
        Field::new("status", json!({ "type": "string", "enum": Status::ALL }), "Only in this status."),
        Field::new(
            "limit",
            json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 }),
            "Accounts on a page.",
        ),
        cursor(),
    ]
}

fn page(item: &Value) -> Value {
    json!({
        "type": "object", "required": ["result", "next_cursor"],
        "properties": {
            "result": { "type": "array", "items": item },
            "next_cursor": { "type": ["string", "null"], "description": "For the next page; null on the last." },
        },
    })
}

/// The answer of a route that takes something away.
fn deleted() -> Value {
    json!({ "type": "object", "properties": { "id": { "type": "string", "format": "uuid" } }, "required": ["id"] })
}

fn account() -> Value {
    json!({ "$ref": "#/components/schemas/IntegratedAccount" })
}

fn capabilities() -> Value {
    json!({ "$ref": "#/components/schemas/Capabilities" })
}

/// One to 256 characters of which none is a control character.
fn tenant_id() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 256, "pattern": context::NO_CONTROLS })
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
            "tenant_id": described(tenant_id(), "Your own name for the customer. With a tenant's token it may be left out."),
            "context": {
                "type": ["object", "null"],
                "description": "The variables that the integration declares: texts of at most 16 KiB each. `client_id` and `client_secret` may be \
                                left out together where the operator has set an OAuth application for the integration.",
            },
            "authentication_method": {
                "type": ["string", "null"],
                "description": "One of the integration's ways to sign requests; without it the first whose variables are there.",
            },
            "is_sandbox": {
                "type": ["boolean", "null"], "default": false,
                "description": "Whether creations, updates and deletions are refused with 405 unless they are dry runs. Reads are served.",
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
            "is_sandbox": { "type": ["boolean", "null"], "description": "Makes it a sandbox account, or none." },
            "status": {
                "type": ["string", "null"], "enum": ["active", "needs_reauth", null],
                "description": "Makes it active, or asks for new credentials.",
            },
        },
    })
}

fn new_token() -> Value {
    let mut tenant_id = tenant_id();
    set(&mut tenant_id, "type", json!(["string", "null"]));
    let description = "Restricts it to the accounts of one tenant. Without one it sees all, or those of the tenant of the token that asks.";
    set(&mut tenant_id, "description", json!(description));
    json!({
        "required": ["scope"],
        "properties": {
            "scope": { "type": "string", "enum": ["call", "admin"], "description": "What it may do." },
            "tenant_id": tenant_id,
            "name": {
                "type": ["string", "null"], "minLength": 1, "maxLength": 256, "pattern": context::NO_CONTROLS,
                "description": "What it is for, for the list of tokens.",
            },
            "expires_in": {
                "type": ["integer", "null"], "minimum": 1, "maximum": MAX_LIFETIME,
                "description": "How long it is good for, in seconds; without it, until it is revoked.",
            },
        },
    })
}

fn token_account() -> Value {
    json!({
        "required": ["integrated_account_id"],
        "properties": {
            "integrated_account_id": { "type": "string", "format": "uuid", "description": "The account that it calls for." },
        },
    })
}

fn account_token() -> Value {
    json!({
        "type": "object",
        "required": ["integrated_account_token", "expires_at"],
        "properties": {
            "integrated_account_token": { "type": "string", "description": "The token. It is not told again." },
            "expires_at": { "type": "string", "format": "date-time", "description": "From when on it is refused." },
        },
    })
}
