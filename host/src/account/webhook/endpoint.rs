//! One endpoint of the operator's application: its record, and the requests to make and to change it.

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::super::columns::Columns;
use super::super::error::AccountError;
use super::super::now;
use super::super::vault::Sealed;
use super::event::EventType;

/// An endpoint, without its secrets. Serialises as the API's object.
#[derive(Debug, Clone, Serialize)]
pub struct Webhook {
    /// Id of the endpoint.
    pub id: Uuid,
    /// URL to which the host sends events.
    pub target_url: String,
    /// Events that the host sends. Empty: all.
    pub event_types: Vec<EventType>,
    /// Whether the host sends events to it. While it does not, it keeps no events for the endpoint.
    pub is_active: bool,
    /// Why the host switched it off; `None`: the host has not.
    pub disabled_reason: Option<String>,
    /// Time until which the previous secret signs too; `None`: there is no such secret.
    pub previous_secret_until: Option<Timestamp>,
    /// Deliveries that wait for their first or next attempt.
    pub waiting: u64,
    /// Deliveries that the host has given up.
    pub dead: u64,
    /// When it was made; whole microseconds.
    pub created_at: Timestamp,
    /// When somebody last changed it, or the host switched it off.
    pub updated_at: Timestamp,
    #[serde(skip)]
    pub(super) secret: Sealed,
    #[serde(skip)]
    pub(super) previous_secret: Option<Sealed>,
}

/// An endpoint to make.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// See [`Webhook::target_url`].
    pub target_url: String,
    /// See [`Webhook::event_types`].
    pub event_types: Vec<EventType>,
    /// See [`Webhook::is_active`].
    pub is_active: bool,
}

/// A change of an endpoint. Parts that are `None` stay.
#[derive(Debug, Clone, Default)]
pub struct WebhookChange {
    /// See [`Webhook::target_url`].
    pub target_url: Option<String>,
    /// See [`Webhook::event_types`].
    pub event_types: Option<Vec<EventType>>,
    /// `true` switches it on, and forgets why the host switched it off. `false` switches it off: this call and
    /// [`Webhooks::purge`](super::Webhooks::purge) give up the deliveries that wait.
    pub is_active: Option<bool>,
    /// Draws a new secret. The present one signs too for 24 h. Until then the host refuses another rotation.
    pub rotate_secret: bool,
}

/// Outcome of a change.
#[derive(Debug)]
pub enum Changed {
    /// The changed endpoint, with its new secret if it has one.
    Done(Option<SecretString>, Webhook),
    /// There is no such endpoint.
    Unknown,
    /// Nothing was changed: the secret was rotated already, and until this time the previous one signs too.
    Overlaps(Timestamp),
}

/// Reads a row of [`Webhooks::list`](super::Webhooks::list).
pub(super) fn read(row: &AnyRow) -> Result<Webhook, AccountError> {
    let row = Columns::of(row, "id")?;
    let events = row.json::<Vec<String>>("event_types")?;
    let events = events.iter().map(|event| event.parse()).collect::<Result<_, _>>();
    Ok(Webhook {
        id: row.parsed("id")?,
        target_url: row.get("target_url")?,
        event_types: events.map_err(|_| row.corrupt("event_types"))?,
        is_active: row.flag("is_active")?,
        disabled_reason: row.get("disabled_reason")?,
        previous_secret_until: row.time_if_any("previous_secret_until")?.filter(|until| *until > now()),
        waiting: row.count("waiting")?,
        dead: row.count("dead")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        secret: Sealed::from(row.get::<String>("secret")?),
        previous_secret: row.get::<Option<String>>("previous_secret")?.map(Sealed::from),
    })
}
