//! The components of the document.

use mortise_model::{
    AuthKind, CaptureSource, Category, Effect, End, EvidenceKind, ExchangeEncoding, ExchangeKind, ExchangeMethod,
    JsonType, Level, Operation, Order, Pkce,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::field;
use crate::account::Status;
use crate::reference::{UnifiedOperation, routes, webhook_request};

/// The names of the components of one unified operation.
pub(super) struct Names {
    /// `ticketing-create-user`
    pub(super) id: String,
    /// `TicketingCreateUserRequest`
    pub(super) request: String,
    /// `TicketingCreateUserAnswer`
    pub(super) answer: String,
    /// `TicketingCreateUserResult`
    pub(super) result: String,
}

impl Names {
    pub(super) fn of(operation: &UnifiedOperation) -> Self {
        let id = format!("{}-{}", operation.category, operation.operation);
        let name: String =
            id.split('-').filter_map(|word| Some(word.get(..1)?.to_ascii_uppercase() + word.get(1..)?)).collect();
        Self { id, request: format!("{name}Request"), answer: format!("{name}Answer"), result: format!("{name}Result") }
    }
}

/// Adds the request and the answer of one operation.
pub(super) fn of_operation(operation: &UnifiedOperation, components: &mut Map<String, Value>) {
    let offering = operation.offered.len();
    let names = Names::of(operation);
    let mut result = field::schema(&operation.response, 0);
    result.insert("additionalProperties".to_owned(), json!(true));
    let to = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let debug = json!({
        "title": "Format debug",
        "type": "object",
        "required": ["result", "debug"],
        "properties": { "result": to(&names.result), "debug": to("Requests") },
    });
    let raw = json!({ "title": "Formats raw and stream", "description": "The vendor's own body." });
    let mut answers = vec![to(&names.result), debug, raw];
    if operation.status() == 200 {
        answers.push(to("DryRun"));
    }
    if operation.operation.has_body() {
        let mut request = field::schema(&operation.request, offering);
        request.insert("additionalProperties".to_owned(), json!(true));
        components.insert(names.request, Value::Object(request));
    }
    let result = if operation.operation == Operation::ListUsers { page(&result) } else { Value::Object(result) };
    components.insert(names.result, result);
    components.insert(names.answer, json!({ "anyOf": answers }));
}

/// A page of users.
fn page(user: &Map<String, Value>) -> Value {
    json!({
        "type": "object",
        "required": ["result", "next_cursor", "prev_cursor", "result_count"],
        "properties": {
            "result": {
                "anyOf": [{ "type": "array", "items": user }, { "type": "object", "additionalProperties": user }],
                "description": "The users in the vendor's order. With `truto_key_by`: an object with a member for each user.",
            },
            "next_cursor": { "type": ["string", "null"], "description": "Where the list continues. `null` on the last page." },
            "prev_cursor": { "type": "null" },
            "result_count": { "type": "integer", "minimum": 0, "description": "Users in this answer." },
            "is_partial_response": {
                "type": "boolean", "const": true,
                "description": "The users have fewer fields than `GET` of a single user. Left out if they have as many.",
            },
        },
    })
}

/// The components that are the same whatever is loaded.
pub(super) fn shared() -> Map<String, Value> {
    let all = [
        ("Error", error()),
        ("Requests", requests()),
        ("DryRun", dry_run()),
        ("IntegratedAccount", account()),
        ("ApiToken", api_token()),
        ("OAuthApplication", application()),
        ("LinkToken", link_token()),
        ("Webhook", routes::webhook()),
        ("Delivery", routes::delivery()),
        ("WebhookEvent", webhook_request::body()),
        ("Integration", integration()),
        ("Capabilities", capabilities()),
        ("LoggedCall", logged_call()),
    ];
    all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn error() -> Value {
    json!({
        "type": "object",
        "required": ["statusCode", "error", "message"],
        "properties": {
            "statusCode": { "type": "integer", "minimum": 400, "maximum": 599, "description": "The HTTP status of the answer." },
            "error": { "type": "string", "description": "The status in words." },
            "message": { "type": "string", "description": "One sentence for people." },
            "details": {
                "type": "object",
                "properties": { "next_cursor": {
                    "type": "string", "description": "Where the list continues, if too many pages in a row had no user.",
                }, "failures": { "type": "array", "items": {
                    "type": "object", "required": ["path", "in", "message"],
                    "properties": {
                        "path": { "type": "string", "description": "The wrong field or parameter. Empty: the whole." },
                        "in": { "type": "string", "enum": ["path", "query", "body", "header"] },
                        "message": { "type": "string" },
                    },
                } } },
                "description": "All violations of the request, or how to continue.",
            },
            "truto_is_remote_error": {
                "type": "boolean", "const": true, "description": "The error is the vendor's. Left out if it is not.",
            },
            "raw_response": { "description": "The vendor's own body." },
            "truto_error_insight": { "type": "object", "description": "Facts about the error, by its kind." },
            "debug": { "$ref": "#/components/schemas/Requests" },
        },
    })
}

fn requests() -> Value {
    json!({
        "type": "object",
        "required": ["requests"],
        "properties": { "requests": { "type": "array", "items": {
            "type": "object",
            "required": ["method", "url", "headers", "body", "primary", "status", "response_headers", "response_body", "error", "elapsed_us"],
            "properties": {
                "method": { "type": "string" },
                "url": { "type": "string" },
                "headers": { "type": "object" },
                "body": {},
                "primary": { "type": "boolean", "description": "Whether it is the primary request of the call." },
                "status": { "type": ["integer", "null"] },
                "response_headers": { "type": ["object", "null"] },
                "response_body": {},
                "error": { "type": ["string", "null"] },
                "elapsed_us": { "type": "integer", "minimum": 0, "description": "Microseconds." },
            },
        } } },
        "description": "The vendor requests of a call, without credentials.",
    })
}

fn dry_run() -> Value {
    let mut schema = requests();
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("dry_run".to_owned(), json!({ "type": "boolean", "const": true }));
    }
    field::set(&mut schema, "title", json!("Dry run"));
    field::set(&mut schema, "description", json!("The requests that the host would send, up to the first write."));
    field::set(&mut schema, "required", json!(["dry_run", "requests"]));
    schema
}

/// The integrated account in answers.
pub(in crate::reference) fn account() -> Value {
    let time = || json!({ "type": "string", "format": "date-time" });
    json!({
        "type": "object",
        "required": ["id", "tenant_id", "integration", "status", "is_sandbox", "context", "created_at", "updated_at"],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "tenant_id": { "type": "string", "description": "Your own name for the customer." },
            "integration": {
                "type": "object",
                "required": ["name"],
                "description": "The integration. Requests name it by its slug alone.",
                "properties": {
                    "name": { "type": "string", "description": "Its slug." },
                    "label": { "type": "string", "description": "Its name for people. Left out, with the members below, if the integration is not loaded." },
                    "category": { "type": "string", "enum": Category::ALL, "description": "The first of its categories." },
                    "categories": {
                        "type": "array", "items": { "type": "string", "enum": Category::ALL },
                        "description": "The categories in which it offers operations.",
                    },
                },
            },
            "authentication_method": { "type": ["string", "null"], "description": "How the host signs requests. `null`: in the first way for which the account has the variables." },
            "status": { "type": "string", "enum": Status::ALL, "description": "The host serves calls only while it is `active`." },
            "is_sandbox": { "type": "boolean", "description": "Whether the host serves writes only as dry runs." },
            "context": { "type": "object", "description": "Variables that are not secret." },
            "last_error": { "type": ["object", "null"], "description": "Why the account serves no calls, or why the latest sign-in for it failed." },
            "last_forbidden_error": { "type": ["object", "null"], "description": "The vendor's latest refusal, until a call succeeds." },
            "application_id": {
                "type": ["string", "null"], "format": "uuid",
                "description": "The OAuth application to whose client the vendor issued the account's tokens. `null`: the account has a client of its own, or needs none.",
            },
            "created_at": time(),
            "updated_at": time(),
        },
    })
}

/// The result of the validation of an account.
pub(in crate::reference) fn validation() -> Value {
    json!({
        "type": "object",
        "required": ["result", "message", "integrated_account"],
        "properties": {
            "result": {
                "type": "string", "enum": ["valid", "unchecked", "refused", "unreachable"],
                "description": "`valid`: the vendor accepts the account. `refused`: it does not. `unreachable`: the host cannot know it now, \
                                try again. `unchecked`: the host did not ask, because the integration lists no users or the account \
                                lacks something that the request needs.",
            },
            "message": {
                "type": ["string", "null"], "maxLength": 2048,
                "description": "The vendor's words, or the reason of this host. `null` if the account is valid.",
            },
            "integrated_account": { "$ref": "#/components/schemas/IntegratedAccount" },
        },
    })
}

/// An API token, without its text.
pub(in crate::reference) fn api_token() -> Value {
    let time =
        |description: &str| json!({ "type": ["string", "null"], "format": "date-time", "description": description });
    json!({
        "type": "object",
        "required": ["id", "hint", "name", "scope", "tenant_id", "created_at", "expires_at", "revoked_at"],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "hint": { "type": "string", "description": "The token's first characters." },
            "name": { "type": ["string", "null"], "description": "The name that its maker gave it." },
            "scope": { "type": "string", "enum": ["call", "admin"], "description": "Which routes it may call." },
            "tenant_id": { "type": ["string", "null"], "description": "The one tenant whose accounts it sees. `null`: every tenant's accounts." },
            "created_at": { "type": "string", "format": "date-time" },
            "expires_at": time("From this time on, the host refuses it. `null`: never."),
            "revoked_at": time("When somebody revoked it."),
        },
    })
}

/// The operator's OAuth application in answers.
pub(in crate::reference) fn application() -> Value {
    let time = || json!({ "type": "string", "format": "date-time" });
    json!({
        "type": "object",
        "required": ["id", "integration", "tenant_id", "client_id", "has_client_secret", "scopes", "redirect_url", "callback_url", "created_at", "updated_at"],
        "properties": {
            "id": { "type": "string", "format": "uuid", "description": "The `application_id` of accounts that have tokens of it." },
            "integration": { "type": "string", "description": "Slug of the integration." },
            "tenant_id": { "type": ["string", "null"], "description": "The tenant whose accounts get it. `null`: every tenant that has no application of its own." },
            "client_id": { "type": "string", "description": "The client's identifier at the vendor." },
            "has_client_secret": { "type": "boolean", "description": "Whether the host has a client secret. It never shows the secret." },
            "scopes": {
                "type": "array", "items": { "type": "string" },
                "description": "The scopes to ask for. Empty: the scopes that the integration declares.",
            },
            "redirect_url": { "type": ["string", "null"], "description": "The URL to which the vendor sends people back, as it is registered at the vendor." },
            "callback_url": {
                "type": ["string", "null"],
                "description": "The callback URL for the vendor's console: `redirect_url`, or the host's own URL. `null`: neither `redirect_url` nor `connect.public_url` is set."
            },
            "created_at": time(),
            "updated_at": time(),
            "accounts_to_reconnect": {
                "type": "object",
                "required": ["count", "accounts"],
                "description": "Accounts with tokens of an earlier client. Somebody must connect them again. Left out in lists.",
                "properties": {
                    "count": { "type": "integer", "minimum": 0 },
                    "accounts": {
                        "type": "array", "maxItems": 200, "items": { "type": "string", "format": "uuid" },
                        "description": "The oldest 200 of them.",
                    },
                },
            },
        },
    })
}

/// A link token in answers. It is in use: neither used up nor expired.
pub(in crate::reference) fn link_token() -> Value {
    let time = |description: &str| json!({ "type": "string", "format": "date-time", "description": description });
    let texts =
        |description: &str| json!({ "type": "array", "items": { "type": "string" }, "description": description });
    json!({
        "type": "object",
        "required": ["id", "tenant_id", "integrated_account_id", "persist_previous_context", "redirect_uri", "scopes", "integrations", "created_at", "expires_at"],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "tenant_id": { "type": "string", "description": "The tenant of the account." },
            "integrated_account_id": {
                "type": ["string", "null"], "format": "uuid", "description": "The account to connect again. `null`: a new account.",
            },
            "persist_previous_context": { "type": "boolean", "description": "Whether that account keeps its variables." },
            "redirect_uri": { "type": ["string", "null"], "description": "The URL to which the connect page sends people afterwards." },
            "scopes": texts("The scopes to ask for. Empty: the scopes of the OAuth application or the integration."),
            "integrations": texts("The integrations among which people choose. Empty: all."),
            "created_at": time("When somebody made it."),
            "expires_at": time("From this time on, the host refuses it."),
        },
    })
}

/// An integration and its state.
pub(in crate::reference) fn integration() -> Value {
    let text = || json!({ "type": ["string", "null"] });
    json!({
        "type": "object",
        "required": [
            "slug", "label", "state", "reason", "digest", "generation", "sdk_version", "class", "circuit", "origins", "evidence",
            "passthrough",
        ],
        "properties": {
            "slug": { "type": "string" },
            "label": text(),
            "state": { "type": "string", "enum": ["active", "refused"] },
            "reason": { "type": ["string", "null"], "description": "Why the host does not serve the newest version. Only admin tokens see it." },
            "digest": { "type": ["string", "null"], "description": "SHA-256 of the newest component." },
            "generation": {
                "type": ["string", "null"],
                "description": "The first 12 digits of the SHA-256 of the component that serves. It is an older one if the host refused the newest.",
            },
            "sdk_version": text(),
            "class": {
                "type": ["string", "null"], "enum": ["ordinary", "interpreter", null],
                "description": "Which limits its component has: a component with an interpreter (`interpreter`) has larger ones.",
            },
            "circuit": {
                "type": ["string", "null"], "enum": ["closed", "half-open", "open", null],
                "description": "Whether calls reach the plugin. `open`: it failed too often, and the host pauses calls to it.",
            },
            "origins": { "type": ["array", "null"], "items": { "type": "string" }, "description": "The origins that it may reach." },
            "evidence": evidence(),
            "probe": {
                "type": ["string", "null"],
                "description": "The target of the request by which the host asks the vendor whether it accepts an account. `null`: the host \
                                lists one user, in a category in which a list needs no parameter.",
            },
            "passthrough": {
                "type": ["boolean", "null"],
                "description": "Whether callers may send requests of their own to its origins. `null` if the host does not serve it.",
            },
        },
    })
}

/// One of the words of the contract.
fn words<T: Serialize>(known: &[T]) -> Value {
    json!({ "type": "string", "enum": known })
}

/// The evidence for an integration's statements about its vendor.
fn evidence() -> Value {
    json!({
        "type": ["object", "null"],
        "description": "How the author knows the integration's facts about the vendor.",
        "required": ["kind", "checked"],
        "properties": {
            "kind": {
                "type": "string", "enum": EvidenceKind::ALL,
                "description": "The best evidence that most of its facts have.",
            },
            "checked": { "type": "string", "format": "date", "description": "When somebody last checked the facts." },
        },
    })
}

/// A way to sign requests, as templates. It has no values of any account.
fn auth_scheme() -> Value {
    let pair = json!({ "type": "array", "items": { "type": "string" }, "minItems": 2, "maxItems": 2 });
    let pairs = json!({ "type": "array", "items": pair, "description": "Pairs of a name and a template." });
    let answer = json!({
        "type": "object",
        "required": ["name", "pointer", "secret", "replaces"],
        "properties": {
            "name": { "type": "string" },
            "pointer": { "type": "string", "description": "JSON pointer into the answer." },
            "secret": { "type": "boolean" },
            "replaces": { "type": "boolean", "description": "Whether it replaces the account's own value." },
        },
    });
    json!({
        "type": "object",
        "required": ["kind", "params", "exchange", "origins"],
        "properties": {
            "kind": words(AuthKind::ALL),
            "params": pairs,
            "origins": {
                "type": "array", "items": { "type": "string" },
                "description": "The origins whose requests only this scheme signs. Empty: the origins that no scheme names.",
            },
            "exchange": {
                "type": ["object", "null"],
                "description": "The sign-in that gets the values for the templates.",
                "required": ["kind", "method", "url", "encoding", "fields", "basic", "plain_basic", "headers", "answers", "lifetime", "authorization"],
                "properties": {
                    "kind": words(ExchangeKind::ALL),
                    "method": words(ExchangeMethod::ALL),
                    "url": { "type": "string" },
                    "encoding": words(ExchangeEncoding::ALL),
                    "fields": pairs,
                    "basic": { "anyOf": [pair, { "type": "null" }] },
                    "plain_basic": { "type": "boolean" },
                    "headers": pairs,
                    "answers": { "type": "array", "items": answer },
                    "lifetime": {
                        "type": "object",
                        "required": ["pointer", "seconds"],
                        "properties": { "pointer": { "type": ["string", "null"] }, "seconds": { "type": "integer" } },
                    },
                    "authorization": authorization(),
                },
            },
        },
    })
}

/// The vendor's page on which people consent, so that an account gets its tokens.
fn authorization() -> Value {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let pair = json!({ "type": "array", "items": { "type": "string" }, "minItems": 2, "maxItems": 2 });
    json!({
        "type": ["object", "null"],
        "description": "The OAuth 2.0 authorization code grant, if the vendor has it.",
        "required": ["url", "scopes", "separator", "params", "pkce", "captures"],
        "properties": {
            "url": { "type": "string" },
            "scopes": texts,
            "separator": { "type": "string" },
            "params": { "type": "array", "items": pair },
            "pkce": words(Pkce::ALL),
            "captures": { "type": "array", "items": {
                "type": "object",
                "required": ["variable", "source", "place"],
                "properties": {
                    "variable": { "type": "string" },
                    "source": words(CaptureSource::ALL),
                    "place": { "type": "string" },
                },
            } },
        },
    })
}

fn logged_call() -> Value {
    let micros = |of: &str| json!({ "type": "integer", "minimum": 0, "description": format!("Microseconds {of}.") });
    json!({
        "type": "object",
        "required": ["id", "integrated_account_id", "tenant_id", "integration", "request_id", "method", "path", "status", "outcome", "requests", "created_at"],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "integrated_account_id": { "type": "string", "format": "uuid" },
            "tenant_id": { "type": "string" },
            "integration": { "type": "string" },
            "generation": { "type": ["string", "null"], "description": "The build of the integration that served it." },
            "request_id": { "type": "string", "description": "The `x-request-id` of the answer." },
            "method": { "type": "string" },
            "path": { "type": "string", "description": "Without the query." },
            "status": { "type": "integer" },
            "outcome": { "type": "string", "description": "`ok`, or the kind of error in one word." },
            "guest_us": micros("that the integration computed"),
            "vendor_us": micros("spent waiting for the vendor"),
            "host_us": micros("of the host's own work"),
            "requests": { "type": "array", "items": { "type": "object" }, "description": "The vendor requests of the call, without bodies and queries." },
            "created_at": { "type": "string", "format": "date-time" },
        },
    })
}

fn listing() -> Value {
    let rows = |description: &str| json!({ "type": "integer", "minimum": 1, "description": description });
    let some = |description: &str| json!({ "type": ["integer", "null"], "description": description });
    let texts =
        |description: &str| json!({ "type": "array", "items": { "type": "string" }, "description": description });
    json!({
        "type": "object",
        "description": "Facts about the list. Only `list-users` has it.",
        "required": ["least", "most", "usual", "end", "order", "cursor_seconds", "depth", "combines", "partial", "leaves_out"],
        "properties": {
            "least": rows("The fewest rows that a request to the vendor can ask for in a page."),
            "most": rows("The most rows that it can ask for."),
            "usual": rows("How many rows the vendor gives without a `limit`."),
            "end": words(End::ALL),
            "order": words(Order::ALL),
            "cursor_seconds": some("How long a cursor of the vendor is valid, in seconds."),
            "depth": some("After how many rows the vendor ends a list."),
            "combines": { "type": "boolean", "description": "Whether a request can have several filters." },
            "partial": texts("Fields that rows do not have and a single read has."),
            "leaves_out": texts("Kinds of users that the list leaves out."),
        },
    })
}

fn capabilities() -> Value {
    json!({
        "type": "object",
        "required": ["slug", "label", "origins", "headers", "variables", "variable_sets", "auth", "limits", "error_messages", "operations", "evidence", "probe"],
        "properties": {
            "slug": { "type": "string" },
            "label": { "type": "string" },
            "origins": { "type": "array", "items": { "type": "string" } },
            "headers": {
                "type": "array", "items": { "type": "string" },
                "description": "The vendor's own request headers that it sets.",
            },
            "error_messages": {
                "type": "array", "items": { "type": "string" },
                "description": "JSON pointers to the sentence for people in the vendor's errors. `*` is every member.",
            },
            "evidence": evidence(),
            "variable_sets": {
                "type": "array", "items": { "type": "array", "items": { "type": "string" } },
                "description": "Sets of variables. An account has all variables of at least one set. Empty: only `required` counts.",
            },
            "auth": { "type": "array", "items": auth_scheme(), "description": "How the host can sign requests." },
            "limits": {
                "type": "array", "items": vendor_limit(),
                "description": "How many requests the vendor takes from one account. All of them hold.",
            },
            "variables": { "type": "array", "items": variable() },
            "operations": { "type": "array", "items": operation_support() },
        },
    })
}

/// How many requests a vendor takes from one account in some time.
fn vendor_limit() -> Value {
    json!({
        "type": "object",
        "required": ["requests", "seconds"],
        "properties": {
            "requests": { "type": "integer", "minimum": 1 },
            "seconds": { "type": "integer", "minimum": 1 },
        },
    })
}

/// A variable that an integration declares for its accounts.
fn variable() -> Value {
    json!({
        "type": "object",
        "required": ["name", "label", "required", "secret", "default", "help", "values", "shown"],
        "properties": {
            "name": { "type": "string" },
            "label": { "type": "string" },
            "required": { "type": "boolean" },
            "secret": { "type": "boolean" },
            "default": { "type": ["string", "null"] },
            "help": { "type": ["string", "null"], "description": "Where a person finds the value, in plain text." },
            "values": {
                "type": "array", "items": { "type": "string" }, "description": "The closed set. Empty: any value.",
            },
            "shown": { "type": "boolean", "description": "Whether a form shows a secret while a person types it." },
        },
    })
}

/// An operation that an integration offers in one category.
fn operation_support() -> Value {
    let fields = json!({ "type": "array", "items": {
        "type": "object",
        "required": ["field", "level", "values", "note"],
        "properties": {
            "field": { "type": "string" },
            "level": words(Level::ALL),
            "values": { "type": "array", "items": { "type": "string" }, "description": "The closed set. Empty: any value." },
            "json_type": {
                "type": "string", "enum": JsonType::ALL, "description": "JSON type of a field that only this integration has.",
            },
            "note": { "type": ["string", "null"] },
        },
    } });
    json!({
        "type": "object",
        "required": ["category", "operation", "query", "request", "response"],
        "properties": {
            "category": words(Category::ALL),
            "operation": words(Operation::ALL),
            "query": fields,
            "request": fields,
            "response": { "type": "array", "items": { "type": "string" } },
            "own": {
                "type": "object", "additionalProperties": words(JsonType::ALL),
                "description": "JSON types of the fields of `response` that only this integration has.",
            },
            "listing": listing(),
            "effect": {
                "type": "string", "enum": Effect::ALL,
                "description": "The effect of a deletion on the user. Only `delete-user` has it.",
            },
        },
    })
}
