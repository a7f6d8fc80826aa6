//! The routes of webhooks.

use serde_json::{Map, Value, json};

use super::shared::{body, deleted, page, page_size, uuid_cursor};
use crate::account::{DeliveryStatus, EventType};
use crate::config::MOST_TARGET;
use crate::reference::field::Field;
use crate::reference::{Access, Endpoint, Route};

const LIST: &[u16] = &[400, 401, 403, 404, 429, 500, 503];
const WRITE: &[u16] = &[400, 401, 403, 404, 408, 413, 415, 429, 500, 503];

/// All of them.
pub(super) fn routes() -> Vec<Route> {
    let mut routes = endpoints();
    routes.extend(deliveries());
    routes
}

fn route(id: &'static str, endpoint: Endpoint, summary: &'static str) -> Route {
    Route {
        access: Access::Operator,
        path_parameters: if endpoint.path.contains("{id}") { id_parameter() } else { Vec::new() },
        answer: json!({ "$ref": "#/components/schemas/Webhook" }),
        errors: &[401, 403, 404, 429, 500, 503],
        ..Route::new("Webhooks", id, endpoint, summary)
    }
}

fn endpoints() -> Vec<Route> {
    vec![
        Route {
            body: body(&new_webhook(), Map::new()),
            status: 201,
            answer: with_secret(true),
            errors: &[400, 401, 403, 408, 409, 413, 415, 429, 500, 503],
            description: "From now on, the host sends events of accounts to this URL. A 409: there are 50 webhooks, which is the most.",
            ..route("create-webhook", Endpoint::CREATE_WEBHOOK, "Add a webhook")
        },
        Route {
            answer: json!({
                "type": "object", "required": ["result"],
                "properties": { "result": { "type": "array", "items": { "$ref": "#/components/schemas/Webhook" } } },
            }),
            errors: &[400, 401, 403, 429, 500, 503],
            description: "The oldest first.",
            ..route("list-webhooks", Endpoint::LIST_WEBHOOKS, "List webhooks")
        },
        route("get-webhook", Endpoint::GET_WEBHOOK, "Read a webhook"),
        Route {
            body: body(&change(), Map::from_iter([("minProperties".to_owned(), json!(1))])),
            answer: with_secret(false),
            errors: &[400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503],
            description: "A member that you leave out keeps its value. A 409: somebody rotated the secret within the last 24 h, and nothing has changed.",
            ..route("update-webhook", Endpoint::UPDATE_WEBHOOK, "Change a webhook, or rotate its secret")
        },
        Route {
            answer: deleted(),
            description: "The host deletes the deliveries that wait for it, too.",
            ..route("delete-webhook", Endpoint::DELETE_WEBHOOK, "Delete a webhook")
        },
        Route {
            body: body(&tested(), Map::new()),
            answer: outcome(),
            errors: WRITE,
            description: "The host sends an event `test` at once, also to a webhook that is switched off, and does not repeat it.",
            ..route("test-webhook", Endpoint::TEST_WEBHOOK, "Test a webhook")
        },
    ]
}

fn deliveries() -> Vec<Route> {
    vec![
        Route {
            query: vec![
                Field::new("status", json!({ "type": "string", "enum": states() }), "Only deliveries in this state."),
                page_size("Deliveries"),
                uuid_cursor(),
            ],
            answer: page(&json!({ "$ref": "#/components/schemas/Delivery" })),
            errors: LIST,
            description: "The newest event first, without bodies. The host keeps sent deliveries for 7 days, and those that it gave up for 30 days.",
            ..route("list-deliveries", Endpoint::LIST_DELIVERIES, "List the deliveries of a webhook")
        },
        Route {
            body: body(&replay(), replay_rules()),
            answer: json!({
                "type": "object", "required": ["replayed"],
                "properties": { "replayed": { "type": "integer", "minimum": 0, "description": "How many deliveries are due now." } },
            }),
            errors: &[400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503],
            description: "The deliveries keep their id and body, and get all attempts again. A 404: there is no such webhook, or it has no \
                          delivery of this event (the host keeps sent ones for 7 days). A 409: the webhook is switched off.",
            ..route("replay-webhook", Endpoint::REPLAY_WEBHOOK, "Send deliveries again")
        },
    ]
}

fn id_parameter() -> Vec<Field> {
    vec![Field::new("id", json!({ "type": "string" }), "Id of the webhook, a uuid.").required()]
}

fn event_types(kind: Value) -> Value {
    json!({
        "type": kind, "items": { "type": "string", "enum": EventType::ALL },
        "description": "The events that the host sends. Empty: all.",
    })
}

fn states() -> Vec<&'static str> {
    DeliveryStatus::ALL.iter().map(|status| status.as_str()).collect()
}

/// The webhook in answers.
pub(in crate::reference) fn webhook() -> Value {
    let time = || json!({ "type": "string", "format": "date-time" });
    let count = |description: &str| json!({ "type": "integer", "minimum": 0, "description": description });
    json!({
        "type": "object",
        "required": [
            "id", "target_url", "event_types", "is_active", "disabled_reason", "previous_secret_until", "waiting", "dead", "created_at",
            "updated_at",
        ],
        "properties": {
            "id": { "type": "string", "format": "uuid" },
            "target_url": { "type": "string", "description": "The URL to which the host sends events." },
            "event_types": event_types(json!("array")),
            "is_active": { "type": "boolean", "description": "Whether the host sends events. It keeps no events for a webhook that is switched off." },
            "disabled_reason": { "type": ["string", "null"], "description": "Why the host switched it off. `null`: it did not." },
            "previous_secret_until": {
                "type": ["string", "null"], "format": "date-time", "description": "Until this time, the previous secret signs, too.",
            },
            "waiting": count("Deliveries that wait for their first or next attempt."),
            "dead": count("Deliveries that the host has given up."),
            "created_at": time(),
            "updated_at": time(),
        },
    })
}

/// A delivery in answers.
pub(in crate::reference) fn delivery() -> Value {
    let time = || json!({ "type": "string", "format": "date-time" });
    json!({
        "type": "object",
        "required": [
            "event_id", "event", "integrated_account_id", "status", "attempts", "next_attempt_at", "last_status", "last_error",
            "created_at", "updated_at",
        ],
        "properties": {
            "event_id": { "type": "string", "format": "uuid", "description": "The event's id: the same for every webhook and attempt." },
            "event": { "type": "string", "description": "What happened." },
            "integrated_account_id": { "type": "string", "format": "uuid", "description": "The account. Somebody may have deleted it." },
            "status": { "type": "string", "enum": states(), "description": "Whether it waits, the receiver took it, or the host gave it up." },
            "attempts": { "type": "integer", "minimum": 0, "description": "Attempts since the last replay." },
            "next_attempt_at": { "type": ["string", "null"], "format": "date-time", "description": "When the next attempt is due." },
            "last_status": { "type": ["integer", "null"], "description": "HTTP status of the last answer." },
            "last_error": { "type": ["string", "null"], "description": "Why the last attempt failed, or why the host gave up." },
            "created_at": time(),
            "updated_at": time(),
        },
    })
}

fn with_secret(is_new: bool) -> Value {
    let description = "`whsec_…`. Only this answer has it.";
    json!({
        "allOf": [{ "$ref": "#/components/schemas/Webhook" }],
        "required": if is_new { vec!["secret"] } else { Vec::new() },
        "properties": { "secret": { "type": "string", "description": description } },
    })
}

fn target_url(kind: Value) -> Value {
    json!({
        "type": kind, "format": "uri", "pattern": "^https?://", "maxLength": MOST_TARGET,
        "description": "An `https` URL of a public host, or one of an origin that the operator allows (`webhook.allow_private`).",
    })
}

fn new_webhook() -> Value {
    json!({
        "required": ["target_url"],
        "properties": {
            "target_url": target_url(json!("string")),
            "event_types": event_types(json!(["array", "null"])),
            "is_active": { "type": ["boolean", "null"], "default": true, "description": "Whether events are sent." },
        },
    })
}

fn change() -> Value {
    json!({
        "properties": {
            "target_url": target_url(json!(["string", "null"])),
            "event_types": event_types(json!(["array", "null"])),
            "is_active": {
                "type": ["boolean", "null"],
                "description": "`true` switches the webhook on, also if the host switched it off. `false` switches it off, and the host gives up the deliveries that wait for it.",
            },
            "rotate_secret": {
                "type": ["boolean", "null"], "default": false,
                "description": "Makes another secret, which only this answer has. The previous secret signs, too, for 24 h. You cannot rotate again before that.",
            },
        },
    })
}

fn tested() -> Value {
    json!({
        "required": ["webhook_id"],
        "properties": { "webhook_id": { "type": "string", "format": "uuid", "description": "The webhook to test." } },
    })
}

fn outcome() -> Value {
    json!({
        "type": "object", "required": ["delivered", "status", "error"],
        "properties": {
            "delivered": { "type": "boolean", "description": "Whether the receiver accepted it." },
            "status": { "type": ["integer", "null"], "description": "HTTP status of its answer." },
            "error": { "type": ["string", "null"], "description": "Why the receiver did not accept it." },
        },
    })
}

fn replay() -> Value {
    let time =
        |description: &str| json!({ "type": ["string", "null"], "format": "date-time", "description": description });
    json!({
        "properties": {
            "event_id": {
                "type": ["string", "null"], "format": "uuid",
                "description": "The one event to send again, whatever its state.",
            },
            "since": time("The deliveries that the host gave up, of events from this time on."),
            "until": time("Only of events before this time. Left out: now."),
        },
    })
}

/// One event, or a time.
fn replay_rules() -> Map<String, Value> {
    let none = || json!({ "type": "null" });
    let one = json!({
        "title": "One event", "required": ["event_id"],
        "properties": { "event_id": { "type": "string" }, "since": none(), "until": none() },
    });
    let many = json!({
        "title": "A time", "required": ["since"], "properties": { "since": { "type": "string" }, "event_id": none() },
    });
    Map::from_iter([("oneOf".to_owned(), json!([one, many]))])
}
