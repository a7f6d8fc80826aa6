//! Deliveries as the API shows them: waiting, sent or given up. Here the host lists and replays them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{Arguments, AssertSqlSafe, Row};
use uuid::Uuid;

use super::super::batches::AT_ONCE;
use super::super::columns::Columns;
use super::super::error::AccountError;
use super::super::now;
use super::webhooks::Webhooks;

/// One event for one endpoint, which this host has leased and sends.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Id of the event, by which the receiver recognises repetitions.
    pub event_id: Uuid,
    /// The endpoint.
    pub webhook_id: Uuid,
    /// Type of the event.
    pub event: String,
    /// The bytes to send.
    pub body: String,
    /// Attempts before this one.
    pub attempts: u32,
    pub(super) holder: Uuid,
}

/// State of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryStatus {
    /// It waits for its first or next attempt.
    Pending,
    /// The receiver took it.
    Sent,
    /// The host has given it up. It can be replayed.
    Dead,
}

impl DeliveryStatus {
    /// All statuses.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Sent, Self::Dead];

    /// The name in JSON, in filters and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }
}

/// The text is not the name of a [`DeliveryStatus`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the status must be pending, sent or dead")]
pub struct UnknownDeliveryStatus;

impl FromStr for DeliveryStatus {
    type Err = UnknownDeliveryStatus;

    fn from_str(text: &str) -> Result<Self, UnknownDeliveryStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownDeliveryStatus)
    }
}

/// A delivery without its body. Serialises as the API's object.
#[derive(Debug, Clone, Serialize)]
pub struct DeliveryRecord {
    /// Id of the event, which is the same for every endpoint.
    pub event_id: Uuid,
    /// Type of the event.
    pub event: String,
    /// The account of the event. It may be deleted.
    pub integrated_account_id: Uuid,
    /// State of the delivery.
    pub status: DeliveryStatus,
    /// Attempts so far, since the last replay.
    pub attempts: u32,
    /// When the next attempt is due; `None` if there is no further attempt.
    pub next_attempt_at: Option<Timestamp>,
    /// HTTP status of the last answer.
    pub last_status: Option<u16>,
    /// Why the last attempt failed, or why the host gave up.
    pub last_error: Option<String>,
    /// When the event happened.
    pub created_at: Timestamp,
    /// When the delivery last changed.
    pub updated_at: Timestamp,
}

/// The deliveries of an endpoint to send again.
#[derive(Debug, Clone, Copy)]
pub enum Replay {
    /// The one of this event, in any state.
    Event(Uuid),
    /// Those that the host has given up, of events from `since` on and before `until`.
    Dead {
        /// Start of the time, included.
        since: Timestamp,
        /// End of the time, excluded; `None`: now.
        until: Option<Timestamp>,
    },
}

/// Outcome of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// This many deliveries wait for an attempt, which is due at once.
    Waiting(u64),
    /// There is no such endpoint.
    Unknown,
    /// The endpoint has no delivery of this event.
    UnknownEvent,
    /// The endpoint is switched off.
    Inactive,
}

/// Message for an event that cannot be replayed.
pub const NO_DELIVERY: &str = "there is no delivery of this event (sent ones are kept 7 days)";

impl Webhooks {
    /// Deliveries of an endpoint, of one status or all, whose events are older than the event `before`: the newest
    /// first, at most `limit`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn deliveries(
        &self,
        webhook: Uuid,
        status: Option<DeliveryStatus>,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<DeliveryRecord>, AccountError> {
        // The text is made of constants and counted placeholders; values travel as arguments only.
        let mut sql = String::from(
            "SELECT event_id, event, account_id, status, attempts, next_at, last_status, last_error, created_at, updated_at \
             FROM webhook_delivery WHERE webhook_id = $1",
        );
        let mut arguments = AnyArguments::default();
        arguments.add(webhook.to_string()).map_err(sqlx::Error::Encode)?;
        if let Some(status) = status {
            arguments.add(status.as_str()).map_err(sqlx::Error::Encode)?;
            let _ = write!(sql, " AND status = ${}", arguments.len());
        }
        if let Some(before) = before {
            arguments.add(before.to_string()).map_err(sqlx::Error::Encode)?;
            let _ = write!(sql, " AND event_id < ${}", arguments.len());
        }
        arguments.add(i64::from(limit)).map_err(sqlx::Error::Encode)?;
        let _ = write!(sql, " ORDER BY event_id DESC LIMIT ${}", arguments.len());
        sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// The time of the oldest waiting event of each endpoint. An endpoint without a waiting delivery is left out.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn oldest_waiting(&self) -> Result<BTreeMap<Uuid, Timestamp>, AccountError> {
        let sql = "SELECT webhook_id, MIN(created_at) AS oldest FROM webhook_delivery WHERE status = 'pending' GROUP BY webhook_id";
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| {
                let row = Columns::of(row, "webhook_id")?;
                Ok((row.parsed("webhook_id")?, row.time("oldest")?))
            })
            .collect()
    }

    /// Sends deliveries of an endpoint again, with the same id and body and the full number of attempts. Those that
    /// wait already are due at once. Later events of their accounts do not wait for them.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn replay(&self, webhook: Uuid, which: Replay) -> Result<Replayed, AccountError> {
        match self.get(webhook).await? {
            None => return Ok(Replayed::Unknown),
            Some(webhook) if !webhook.is_active => return Ok(Replayed::Inactive),
            Some(_) => {}
        }
        let count = match which {
            Replay::Event(event) => self.replay_event(webhook, event).await?,
            Replay::Dead { since, until } => {
                self.replay_dead(webhook, since.as_microsecond(), until.map_or(i64::MAX, Timestamp::as_microsecond))
                    .await?
            }
        };
        self.outbox.wake();
        match which {
            Replay::Event(_) if count == 0 => Ok(Replayed::UnknownEvent),
            Replay::Event(_) | Replay::Dead { .. } => Ok(Replayed::Waiting(count)),
        }
    }

    async fn replay_event(&self, webhook: Uuid, event: Uuid) -> Result<u64, AccountError> {
        let now = now().as_microsecond();
        // A delivery that waits keeps its place before later events of the account.
        let replayed = sqlx::query(
            "UPDATE webhook_delivery SET status = 'pending', attempts = 0, next_at = $1, updated_at = $2, \
             order_key = CASE WHEN status = 'pending' THEN order_key ELSE account_id || ' replayed' END \
             WHERE webhook_id = $3 AND event_id = $4",
        )
        .bind(now)
        .bind(now)
        .bind(webhook.to_string())
        .bind(event.to_string())
        .execute(&self.pool)
        .await?;
        Ok(replayed.rows_affected())
    }

    /// Works in batches in the order of ids, so that a delivery that fails again meanwhile is not sent a third time.
    async fn replay_dead(&self, webhook: Uuid, since: i64, until: i64) -> Result<u64, AccountError> {
        let (webhook, mut done, mut total) = (webhook.to_string(), String::new(), 0);
        loop {
            let last = sqlx::query(
                "SELECT MAX(event_id) AS last FROM (SELECT event_id FROM webhook_delivery WHERE webhook_id = $1 \
                 AND status = 'dead' AND created_at >= $2 AND created_at < $3 AND event_id > $4 ORDER BY event_id LIMIT $5) AS batch",
            )
            .bind(webhook.as_str())
            .bind(since)
            .bind(until)
            .bind(done.as_str())
            .bind(AT_ONCE)
            .fetch_one(&self.pool)
            .await?;
            let Some(last) = last.try_get::<Option<String>, _>("last")? else { return Ok(total) };
            let now = now().as_microsecond();
            let replayed = sqlx::query(
                "UPDATE webhook_delivery SET status = 'pending', attempts = 0, next_at = $1, updated_at = $2, \
                 order_key = account_id || ' replayed' WHERE webhook_id = $3 AND status = 'dead' \
                 AND created_at >= $4 AND created_at < $5 AND event_id > $6 AND event_id <= $7",
            )
            .bind(now)
            .bind(now)
            .bind(webhook.as_str())
            .bind(since)
            .bind(until)
            .bind(done.as_str())
            .bind(last.as_str())
            .execute(&self.pool)
            .await?;
            (done, total) = (last, total + replayed.rows_affected());
        }
    }
}

fn read(row: &AnyRow) -> Result<DeliveryRecord, AccountError> {
    let row = Columns::of(row, "event_id")?;
    let status = row.parsed("status")?;
    let last_status = row.get::<Option<i32>>("last_status")?;
    Ok(DeliveryRecord {
        event_id: row.parsed("event_id")?,
        event: row.get("event")?,
        integrated_account_id: row.parsed("account_id")?,
        status,
        attempts: row.get::<i32>("attempts")?.unsigned_abs(),
        next_attempt_at: if status == DeliveryStatus::Pending { Some(row.time("next_at")?) } else { None },
        last_status: last_status.and_then(|status| u16::try_from(status).ok()),
        last_error: row.get("last_error")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
