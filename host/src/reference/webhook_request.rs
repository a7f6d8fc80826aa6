//! The request that this host sends to webhooks.

use serde_json::{Value, json};

use super::field::{Field, members, set};
use super::openapi::schemas;
use crate::account::EventType;

/// The request that tells a webhook of an event.
#[derive(Debug)]
pub struct WebhookRequest {
    /// Every event, and when the host sends it.
    pub events: Vec<(EventType, &'static str)>,
    /// Its headers.
    pub headers: Vec<Field>,
    /// The members of its body.
    pub body: Vec<Field>,
}

impl WebhookRequest {
    /// Describes it.
    pub(super) fn describe() -> Self {
        let text = |name, description| Field::new(name, json!({ "type": "string" }), description).required();
        Self {
            events: EventType::ALL.into_iter().map(|event| (event, when(event))).collect(),
            headers: vec![
                text(
                    "webhook-id",
                    "The event's id: the same in every attempt, at every webhook and after a replay. `id` of the body.",
                ),
                text(
                    "webhook-timestamp",
                    "The time of this attempt, in seconds since 1970. Libraries refuse a request that is older than 5 minutes.",
                ),
                text(
                    "webhook-signature",
                    "Standard Webhooks: `v1,` and the base64 of an HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`. After a \
                     rotation there are two signatures, separated by a space.",
                ),
                text(
                    "x-truto-signature",
                    "`format=sha256,v=` and the hexadecimal HMAC-SHA256 over the body. After a rotation there are two `,v=`.",
                ),
            ],
            body: members(&body(), ""),
        }
    }
}

/// When the host sends an event.
fn when(event: EventType) -> &'static str {
    match event {
        EventType::Created => "The host stored a new account.",
        EventType::Active => {
            "An account serves calls: it is new, its status became `active` again, or it got new credentials."
        }
        EventType::AuthenticationError => {
            "The vendor refused the credentials of an account. Ask your customer to connect it again. The host sends the event once, not with each refusal."
        }
        EventType::ValidationError => {
            "The vendor refused the validation of an account for another reason than its credentials."
        }
        EventType::Deleted => "An account was deleted. The payload is the account before the deletion.",
    }
}

/// JSON Schema of the body.
pub(super) fn body() -> Value {
    let uuid = |description: &str| json!({ "type": "string", "format": "uuid", "description": description });
    json!({
        "type": "object", "required": ["id", "event", "payload", "webhook_id", "created_at"],
        "properties": {
            "id": uuid("The event. Remember the ids of one week, because an event can arrive more than once."),
            "event": { "type": "string", "enum": EventType::ALL, "description": "What happened." },
            "payload": payload(),
            "webhook_id": uuid("The webhook."),
            "created_at": { "type": "string", "format": "date-time", "description": "When it happened." },
        },
    })
}

/// The account, which has no `context` if a command of the operator changed it.
fn payload() -> Value {
    let mut account = schemas::account();
    if let Some(required) = account.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name != "context");
    }
    let description = "The account as `GET /integrated-account/{id}` showed it then. Without `context`, and of `integration` the `name` \
                       alone, if a command of the operator made the change.";
    set(&mut account, "description", json!(description));
    account
}
