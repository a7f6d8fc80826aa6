//! The `webhooks` of the OpenAPI document: requests that this host makes.

use serde_json::{Map, Value, json};

use super::document::parameter;
use crate::account::EventType;
use crate::reference::WebhookRequest;

/// One entry for each event, by its name.
pub(super) fn webhooks(request: &WebhookRequest) -> Map<String, Value> {
    let entry =
        |(event, when): &(EventType, &str)| (event.as_str().to_owned(), json!({ "post": post(request, *event, when) }));
    request.events.iter().map(entry).collect()
}

fn post(request: &WebhookRequest, event: EventType, when: &str) -> Value {
    let headers: Vec<Value> = request.headers.iter().map(|header| parameter(header, "header", 0)).collect();
    let schema = json!({
        "allOf": [{ "$ref": "#/components/schemas/WebhookEvent" }], "properties": { "event": { "const": event } },
    });
    json!({
        "operationId": format!("on-{}", event.as_str().replace([':', '_'], "-")),
        "tags": ["Webhooks"],
        "summary": when,
        // The signatures are the authentication.
        "security": [],
        "parameters": headers,
        "requestBody": { "required": true, "content": { "application/json": { "schema": schema } } },
        "responses": {
            "2XX": { "description": "Your application accepted the event. Answer within 20 s, and do the work afterwards." },
            "410": { "description": "Your application wants no more events: the host switches the webhook off." },
            "default": { "description": "A failure, also a redirect: the host sends the event again, for about three days." },
        },
    })
}
