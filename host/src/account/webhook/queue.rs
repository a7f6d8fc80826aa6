//! The queue as its senders see it. Every host has one, and a row is leased to one of them at a time.

use std::str::FromStr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sqlx::{AnyConnection, Row};
use uuid::Uuid;

use super::super::error::AccountError;
use super::super::now;
use super::delivery::Delivery;
use super::{Webhook, Webhooks, give_up, read};

/// How long a delivery is kept after the receiver took it.
const KEPT_SENT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long a delivery is kept after the host gave it up.
const KEPT_DEAD: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Rows that one statement of a purge deletes, so that it holds the database's write lock for a moment only.
const PURGED_AT_ONCE: i64 = 500;

/// What became of one attempt.
#[derive(Debug, Clone)]
pub enum Attempted {
    /// The receiver took it, with this status.
    Taken(u16),
    /// It did not.
    Failed {
        /// HTTP status of its answer, if there was one.
        status: Option<u16>,
        /// Why.
        error: String,
        /// When to try again; `None`: the host gives it up.
        again: Option<Timestamp>,
        /// Whether the receiver wants nothing any more.
        is_gone: bool,
    },
}

/// What [`Webhooks::finish`] made of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finished {
    /// It is written down.
    Noted,
    /// It is, and the endpoint is switched off now, for this reason.
    Disabled(String),
    /// Nothing is: the delivery is gone, or somebody else has had the right to send it since.
    Overtaken,
}

/// How much there is in the queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Deliveries that wait.
    pub waiting: u64,
    /// Deliveries that the host has given up and still keeps.
    pub dead: u64,
    /// When the oldest event happened whose delivery waits.
    pub oldest: Option<Timestamp>,
}

impl Webhooks {
    /// Returns as soon as this process has written events, or may have since the last call.
    pub async fn written(&self) {
        self.outbox.written.notified().await;
    }

    /// Whether the database has been closed: nothing is sent any more.
    pub fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    /// The endpoints that are switched on. Their counts are left out.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn active(&self) -> Result<Vec<Webhook>, AccountError> {
        let rows = sqlx::query(
            "SELECT id, target_url, event_types, is_active, disabled_reason, secret, previous_secret, previous_secret_until, \
             created_at, updated_at, CAST(0 AS BIGINT) AS waiting, CAST(0 AS BIGINT) AS dead FROM webhook WHERE is_active = 1",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }

    /// Takes the right to send deliveries of an endpoint that are due, for `time` from now on, and at most so many. One is due if no
    /// earlier one of the same account and endpoint waits. Whoever dies with the right loses it when its time is over, by this machine's
    /// clock.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn claim(&self, webhook: Uuid, most: usize, time: Duration) -> Result<Vec<Delivery>, AccountError> {
        let now = now().as_microsecond();
        let until = now.saturating_add(i64::try_from(time.as_micros()).unwrap_or(i64::MAX));
        let rows = sqlx::query(
            "SELECT event_id, event, body, attempts FROM webhook_delivery AS d \
             WHERE d.webhook_id = $1 AND d.status = 'pending' AND d.next_at <= $2 AND d.leased_until <= $3 \
             AND NOT EXISTS (SELECT 1 FROM webhook_delivery AS earlier WHERE earlier.account_id = d.account_id \
             AND earlier.webhook_id = d.webhook_id AND earlier.status = 'pending' AND earlier.sequence < d.sequence) \
             ORDER BY d.next_at, d.event_id LIMIT $4",
        )
        .bind(webhook.to_string())
        .bind(now)
        .bind(now)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        let mut claimed = Vec::with_capacity(rows.len());
        for row in &rows {
            let (id, holder) = (row.try_get::<&str, _>("event_id")?, Uuid::new_v4());
            let taken = sqlx::query(
                "UPDATE webhook_delivery SET lease_holder = $1, leased_until = $2 \
                 WHERE event_id = $3 AND webhook_id = $4 AND status = 'pending' AND next_at <= $5 AND leased_until <= $6",
            )
            .bind(holder.to_string())
            .bind(until)
            .bind(id)
            .bind(webhook.to_string())
            .bind(now)
            .bind(now)
            .execute(&self.pool)
            .await?;
            if taken.rows_affected() == 1 {
                claimed.push(Delivery {
                    event_id: Uuid::from_str(id).map_err(|_| AccountError::corrupt(id, "event_id"))?,
                    webhook_id: webhook,
                    event: row.try_get("event")?,
                    body: row.try_get("body")?,
                    attempts: row.try_get::<i32, _>("attempts")?.unsigned_abs(),
                    holder,
                });
            }
        }
        Ok(claimed)
    }

    /// Writes down what became of an attempt, and ends its lease. Switches the endpoint off if the receiver wants nothing any more, or if
    /// it has only failed for the time `patience`.
    ///
    /// # Errors
    /// If the database fails. The delivery is then sent again when its lease ends.
    pub async fn finish(
        &self,
        delivery: &Delivery,
        attempted: &Attempted,
        patience: Duration,
    ) -> Result<Finished, AccountError> {
        let (webhook, now) = (delivery.webhook_id.to_string(), now());
        let (status, next_at, last_status, last_error) = match attempted {
            Attempted::Taken(status) => ("sent", None, Some(*status), None),
            Attempted::Failed { status, error, again, .. } => {
                (if again.is_some() { "pending" } else { "dead" }, *again, *status, Some(error.as_str()))
            }
        };
        let mut transaction = self.pool.begin().await?;
        let noted = sqlx::query(
            "UPDATE webhook_delivery SET status = $1, attempts = attempts + 1, next_at = $2, lease_holder = NULL, leased_until = 0, \
             last_status = $3, last_error = $4, updated_at = $5 WHERE event_id = $6 AND webhook_id = $7 AND lease_holder = $8",
        )
        .bind(status)
        .bind(next_at.unwrap_or(now).as_microsecond())
        .bind(last_status.map(i32::from))
        .bind(last_error)
        .bind(now.as_microsecond())
        .bind(delivery.event_id.to_string())
        .bind(webhook.as_str())
        .bind(delivery.holder.to_string())
        .execute(&mut *transaction)
        .await?;
        if noted.rows_affected() == 0 {
            return Ok(Finished::Overtaken);
        }
        let disabled = match attempted {
            Attempted::Taken(_) => {
                sqlx::query("UPDATE webhook SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL")
                    .bind(webhook.as_str())
                    .execute(&mut *transaction)
                    .await?;
                None
            }
            Attempted::Failed { is_gone, .. } => fail(&webhook, now, *is_gone, patience, &mut transaction).await?,
        };
        transaction.commit().await?;
        Ok(disabled.map_or(Finished::Noted, Finished::Disabled))
    }

    /// How much there is in the queue now.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn backlog(&self) -> Result<Backlog, AccountError> {
        let rows = sqlx::query(
            "SELECT status, COUNT(*) AS deliveries, MIN(created_at) AS oldest FROM webhook_delivery \
             WHERE status IN ('pending', 'dead') GROUP BY status",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut backlog = Backlog::default();
        for row in &rows {
            let count = row.try_get::<i64, _>("deliveries")?.unsigned_abs();
            if row.try_get::<&str, _>("status")? == "dead" {
                backlog.dead = count;
            } else {
                backlog.waiting = count;
                backlog.oldest = Timestamp::from_microsecond(row.try_get("oldest")?).ok();
            }
        }
        Ok(backlog)
    }

    /// Gives up what still waits for endpoints that are switched off, and deletes what was sent 7 days ago or given up 30 days ago, a
    /// batch at a time; how much it deleted.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn purge(&self) -> Result<u64, AccountError> {
        let now = now();
        // What was being sent when its endpoint was switched off, or written by a transaction that ended after that.
        sqlx::query(
            "UPDATE webhook_delivery SET status = 'dead', last_error = 'the endpoint is switched off', updated_at = $1 \
             WHERE status = 'pending' AND leased_until <= $2 AND webhook_id IN (SELECT id FROM webhook WHERE is_active = 0)",
        )
        .bind(now.as_microsecond())
        .bind(now.as_microsecond())
        .execute(&self.pool)
        .await?;
        let mut total = 0;
        for (status, kept) in [("sent", KEPT_SENT), ("dead", KEPT_DEAD)] {
            total += self.delete(status, now - kept).await?;
        }
        Ok(total)
    }

    async fn delete(&self, status: &str, before: Timestamp) -> Result<u64, AccountError> {
        let mut total = 0;
        loop {
            let deleted = sqlx::query(
                "DELETE FROM webhook_delivery WHERE status = $1 AND updated_at <= $2 AND event_id IN \
                 (SELECT event_id FROM webhook_delivery WHERE status = $3 AND updated_at <= $4 ORDER BY updated_at LIMIT $5)",
            )
            .bind(status)
            .bind(before.as_microsecond())
            .bind(status)
            .bind(before.as_microsecond())
            .bind(PURGED_AT_ONCE)
            .execute(&self.pool)
            .await?
            .rows_affected();
            total += deleted;
            if deleted == 0 {
                return Ok(total);
            }
        }
    }
}

/// Notes a failure of an endpoint. The reason for which that switches it off, if it does.
async fn fail(
    webhook: &str,
    now: Timestamp,
    is_gone: bool,
    patience: Duration,
    transaction: &mut AnyConnection,
) -> Result<Option<String>, AccountError> {
    sqlx::query("UPDATE webhook SET failing_since = COALESCE(failing_since, $1) WHERE id = $2")
        .bind(now.as_microsecond())
        .bind(webhook)
        .execute(&mut *transaction)
        .await?;
    let patience_micros = i64::try_from(patience.as_micros()).unwrap_or(i64::MAX);
    let (reason, failing_before) = if is_gone {
        ("the receiver answered 410 Gone".to_owned(), i64::MAX)
    } else {
        let reason = format!("every delivery has failed for {}", span(patience));
        (reason, now.as_microsecond().saturating_sub(patience_micros))
    };
    let disabled = sqlx::query(
        "UPDATE webhook SET is_active = 0, disabled_reason = $1, updated_at = $2 \
         WHERE id = $3 AND is_active = 1 AND failing_since <= $4",
    )
    .bind(reason.as_str())
    .bind(now.as_microsecond())
    .bind(webhook)
    .bind(failing_before)
    .execute(&mut *transaction)
    .await?;
    if disabled.rows_affected() == 0 {
        return Ok(None);
    }
    give_up(webhook, &format!("the endpoint was switched off: {reason}"), transaction).await?;
    Ok(Some(reason))
}

/// A time in the largest unit that it is a whole number of.
fn span(time: Duration) -> String {
    let ms = time.as_millis();
    let units = [(86_400_000, "days"), (3_600_000, "hours"), (60_000, "minutes"), (1_000, "seconds")];
    let unit = units.into_iter().find(|(unit, _)| ms % unit == 0 && ms > 0);
    unit.map_or_else(|| format!("{ms} ms"), |(unit, name)| format!("{} {name}", ms / unit))
}
