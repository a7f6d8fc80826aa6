//! Requests for webhooks and their deliveries.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::fields::Fields;
use crate::account::{EventType, NewWebhook, Replay, WebhookChange};
use crate::config::WebhookConfig;
use crate::unified::Failures;

/// Reads the request for a new webhook: the member `target_url`, and optionally `event_types` and `is_active`.
///
/// # Errors
/// All failures of the request.
pub fn new_webhook(members: Map<String, Value>, config: &WebhookConfig) -> Result<NewWebhook, Failures> {
    let mut fields = Fields::new(members);
    let target_url = fields.required_text("target_url");
    check_target(&mut fields, target_url.as_deref(), config);
    let event_types = fields.events().unwrap_or_default();
    let is_active = fields.boolean("is_active").unwrap_or(true);
    fields.finish()?;
    // Without one, `finish` has returned a failure.
    let Some(target_url) = target_url else { return Err(Failures::default()) };
    Ok(NewWebhook { target_url, event_types, is_active })
}

/// Reads the request to change a webhook: at least one of the members `target_url`, `event_types`, `is_active` and
/// `rotate_secret`.
///
/// # Errors
/// All failures of the request.
pub fn webhook_change(members: Map<String, Value>, config: &WebhookConfig) -> Result<WebhookChange, Failures> {
    let is_empty = members.values().all(Value::is_null);
    let mut fields = Fields::new(members);
    if is_empty {
        fields.fail("", "must have one of target_url, event_types, is_active and rotate_secret");
    }
    let target_url = fields.text("target_url");
    check_target(&mut fields, target_url.as_deref(), config);
    let event_types = fields.events();
    let is_active = fields.boolean("is_active");
    let rotate_secret = fields.boolean("rotate_secret").unwrap_or(false);
    fields.finish()?;
    Ok(WebhookChange { target_url, event_types, is_active, rotate_secret })
}

/// Reads the request to test a webhook: the member `webhook_id`.
///
/// # Errors
/// All failures of the request.
pub fn tested_webhook(members: Map<String, Value>) -> Result<Uuid, Failures> {
    let mut fields = Fields::new(members);
    let id = fields.required_text("webhook_id").and_then(|id| fields.parsed("webhook_id", &id, "must be a uuid"));
    fields.finish()?;
    id.ok_or_else(Failures::default)
}

/// Reads the request to send deliveries again: the member `event_id`, or `since` and optionally `until`.
///
/// # Errors
/// All failures of the request.
pub fn replay(members: Map<String, Value>) -> Result<Replay, Failures> {
    const TIME: &str = "must be a time such as 2027-01-01T00:00:00Z";
    let mut fields = Fields::new(members);
    let event = fields.text("event_id").and_then(|id| fields.parsed::<Uuid>("event_id", &id, "must be a uuid"));
    let since = fields.text("since").and_then(|at| fields.parsed::<Timestamp>("since", &at, TIME));
    let until = fields.text("until").and_then(|at| fields.parsed::<Timestamp>("until", &at, TIME));
    if fields.failures.is_empty() {
        match (event, since) {
            (Some(_), Some(_)) => fields.fail("since", "does not go with event_id"),
            (None, None) => fields.fail("event_id", "is missing: give event_id, or since"),
            _ if event.is_some() && until.is_some() => fields.fail("until", "does not go with event_id"),
            _ if since.zip(until).is_some_and(|(since, until)| since >= until) => {
                fields.fail("until", "must be later than since");
            }
            _ => {}
        }
    }
    fields.finish()?;
    match (event, since) {
        (Some(event), _) => Ok(Replay::Event(event)),
        (None, Some(since)) => Ok(Replay::Dead { since, until }),
        (None, None) => Err(Failures::default()),
    }
}

fn check_target(fields: &mut Fields, target: Option<&str>, config: &WebhookConfig) {
    if let Some(Err(rule)) = target.map(|target| config.target(target)) {
        fields.fail("target_url", rule);
    }
}

impl Fields {
    /// The events of `event_types`, each once.
    fn events(&mut self) -> Option<Vec<EventType>> {
        let names = EventType::ALL.map(EventType::as_str).join(", ");
        let read = |value| {
            let Value::Array(items) = value else { return None };
            let mut events = Vec::new();
            for item in &items {
                let event = item.as_str()?.parse().ok()?;
                if !events.contains(&event) {
                    events.push(event);
                }
            }
            Some(events)
        };
        self.take("event_types", read, &format!("must be a list of events among {names}"))
    }

    fn parsed<T: std::str::FromStr>(&mut self, name: &str, text: &str, rule: &str) -> Option<T> {
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.fail(name, rule);
        }
        parsed
    }
}
