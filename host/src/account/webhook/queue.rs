//! The queue for its senders. Every host has one sender, and one of them leases a row at a time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};
use uuid::Uuid;

use super::super::batches::{AT_ONCE, in_batches};
use super::super::columns::Columns;
use super::super::error::AccountError;
use super::super::now;
use super::delivery::Delivery;
use super::endpoint::{Webhook, read};
use super::webhooks::Webhooks;

/// The host keeps a delivery for this time after the receiver took it.
const KEPT_SENT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The host keeps a delivery for this time after it gave it up.
const KEPT_DEAD: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The statement that leases due deliveries. It steps from key to key and reads the first row of each, so that the rows
/// that wait behind it cost nothing. It has the conditions twice, because PostgreSQL checks those of the outer
/// statement again if another host was faster.
macro_rules! lease {
    ($lock:literal) => {
        concat!(
            "WITH RECURSIVE waiting (order_key) AS (\
             SELECT MIN(order_key) FROM webhook_delivery WHERE webhook_id = $1 AND status = 'pending' AND order_key >= $2 \
             UNION ALL SELECT (SELECT MIN(following.order_key) FROM webhook_delivery AS following \
             WHERE following.webhook_id = $3 AND following.status = 'pending' AND following.order_key > waiting.order_key) \
             FROM waiting WHERE waiting.order_key IS NOT NULL), \
             head (event_id) AS (SELECT (SELECT d.event_id FROM webhook_delivery AS d WHERE d.webhook_id = $4 \
             AND d.status = 'pending' AND d.order_key = waiting.order_key ORDER BY d.sequence LIMIT 1) FROM waiting), \
             due (event_id) AS (SELECT d.event_id FROM head CROSS JOIN webhook_delivery AS d WHERE d.event_id = head.event_id \
             AND d.webhook_id = $5 AND d.status = 'pending' AND d.next_at <= $6 AND d.leased_until <= $7 LIMIT $8",
            $lock,
            ") UPDATE webhook_delivery SET lease_holder = $9, leased_until = $10 \
             WHERE event_id IN (SELECT event_id FROM due) AND webhook_id = $11 AND status = 'pending' \
             AND next_at <= $12 AND leased_until <= $13 AND webhook_id IN (SELECT id FROM webhook WHERE is_active = 1) \
             RETURNING event_id, event, body, attempts"
        )
    };
}

/// SQLite has one writer at a time.
pub(super) const LEASE_SQLITE: &str = lease!("");
/// A host skips rows that another one is leasing: two hosts that waited for each other's rows could wait for ever.
pub(super) const LEASE_POSTGRES: &str = lease!(" FOR UPDATE OF d SKIP LOCKED");

/// Outcome of one attempt.
#[derive(Debug, Clone)]
pub enum Attempted {
    /// The receiver took it, with this status.
    Taken(u16),
    /// The receiver did not take it.
    Failed {
        /// HTTP status of its answer, if there was one.
        status: Option<u16>,
        /// Why.
        error: String,
        /// When to try again; `None`: the host gives it up.
        again: Option<Timestamp>,
        /// Whether the receiver wants no more events.
        is_gone: bool,
    },
    /// The host could not make the attempt. It does not count.
    Unmade {
        /// Why.
        error: String,
        /// When to try again.
        again: Timestamp,
    },
}

/// Outcome of [`Webhooks::finish`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finished {
    /// The attempt is stored.
    Noted,
    /// The attempt is stored, and the endpoint is switched off now, for this reason.
    Disabled(String),
    /// Nothing is stored: the delivery is deleted, or another sender has leased it since.
    Overtaken,
}

/// Size of the queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Deliveries that wait.
    pub waiting: u64,
    /// Deliveries that the host has given up and still keeps.
    pub dead: u64,
    /// Time of the oldest event whose delivery waits.
    pub oldest: Option<Timestamp>,
}

impl Webhooks {
    /// Returns as soon as this process has written events since the last call, or may have.
    pub async fn written(&self) {
        self.outbox.written.notified().await;
    }

    /// Whether the database is closed. The sender then sends nothing any more.
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
        Ok(rows.iter().filter_map(|row| skip_unreadable(read(row))).collect())
    }

    /// Leases at most `most` due deliveries of an endpoint, for `time` from now on. A delivery is due if its time has
    /// come and no earlier one of the same account and endpoint waits. If a sender dies, its lease ends when its time
    /// is over, by this machine's clock.
    ///
    /// # Errors
    /// If the database fails before a delivery is leased.
    pub async fn claim(&self, webhook: &Webhook, most: usize, time: Duration) -> Result<Vec<Delivery>, AccountError> {
        let until = now().as_microsecond().saturating_add(i64::try_from(time.as_micros()).unwrap_or(i64::MAX));
        // Starts at a random account, so that no account always comes first.
        let mut claimed = self.lease(webhook.id, &Uuid::new_v4().to_string(), most, until).await?;
        let left = most.saturating_sub(claimed.len());
        if left > 0 {
            match self.lease(webhook.id, "", left, until).await {
                Ok(more) => claimed.extend(more),
                Err(error) if claimed.is_empty() => return Err(error),
                // The deliveries that are leased already are sent.
                Err(error) => _ = skip_unreadable::<()>(Err(error)),
            }
        }
        Ok(claimed)
    }

    /// Leases at most `most` due deliveries, in the order of their `order_key`, from `start` on. Leases none if the
    /// endpoint is switched off or deleted.
    async fn lease(&self, webhook: Uuid, start: &str, most: usize, until: i64) -> Result<Vec<Delivery>, AccountError> {
        let (webhook_text, holder, now) = (webhook.to_string(), Uuid::new_v4(), now().as_microsecond());
        let rows = sqlx::query(self.lease)
            .bind(webhook_text.as_str())
            .bind(start)
            .bind(webhook_text.as_str())
            .bind(webhook_text.as_str())
            .bind(webhook_text.as_str())
            .bind(now)
            .bind(now)
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .bind(holder.to_string())
            .bind(until)
            .bind(webhook_text.as_str())
            .bind(now)
            .bind(now)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.iter().filter_map(|row| skip_unreadable(leased(row, webhook, holder))).collect())
    }

    /// Stores the outcome of an attempt and ends its lease. `webhook` is the endpoint as it was at the attempt.
    /// Switches the endpoint off if the receiver wants no more events, or if every attempt has failed for the time
    /// `patience`.
    ///
    /// # Errors
    /// If the database fails. A sender then sends the delivery again when its lease ends.
    pub async fn finish(
        &self,
        webhook: &Webhook,
        delivery: &Delivery,
        attempted: &Attempted,
        patience: Duration,
    ) -> Result<Finished, AccountError> {
        let (id, now) = (webhook.id.to_string(), now());
        let (status, next_at, last_status, last_error) = match attempted {
            Attempted::Taken(status) => ("sent", None, Some(*status), None),
            Attempted::Failed { status, error, again, .. } => {
                (if again.is_some() { "pending" } else { "dead" }, *again, *status, Some(error.as_str()))
            }
            Attempted::Unmade { error, again } => ("pending", Some(*again), None, Some(error.as_str())),
        };
        let mut transaction = self.pool.begin().await?;
        let noted = sqlx::query(
            "UPDATE webhook_delivery SET status = $1, attempts = attempts + $2, next_at = $3, lease_holder = NULL, leased_until = 0, \
             last_status = $4, last_error = $5, updated_at = $6 WHERE event_id = $7 AND webhook_id = $8 AND lease_holder = $9",
        )
        .bind(status)
        .bind(i32::from(!matches!(attempted, Attempted::Unmade { .. })))
        .bind(next_at.unwrap_or(now).as_microsecond())
        .bind(last_status.map(i32::from))
        .bind(last_error)
        .bind(now.as_microsecond())
        .bind(delivery.event_id.to_string())
        .bind(id.as_str())
        .bind(delivery.holder.to_string())
        .execute(&mut *transaction)
        .await?;
        if noted.rows_affected() == 0 {
            return Ok(Finished::Overtaken);
        }
        let disabled = match attempted {
            Attempted::Taken(_) => {
                sqlx::query("UPDATE webhook SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL")
                    .bind(id.as_str())
                    .execute(&mut *transaction)
                    .await?;
                None
            }
            Attempted::Failed { is_gone, .. } => fail(webhook, now, *is_gone, patience, &mut transaction).await?,
            Attempted::Unmade { .. } => None,
        };
        transaction.commit().await?;
        if disabled.is_some() {
            self.begin_to_give_up(&id, disabled.as_deref()).await;
        }
        Ok(disabled.map_or(Finished::Noted, Finished::Disabled))
    }

    /// The present size of the queue.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn backlog(&self) -> Result<Backlog, AccountError> {
        let rows = sqlx::query(
            "SELECT status, COUNT(*) AS deliveries, MIN(created_at) AS oldest FROM webhook_delivery \
             WHERE status = 'dead' OR status = 'pending' AND webhook_id IN (SELECT id FROM webhook WHERE is_active = 1) GROUP BY status",
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

    /// Gives up the deliveries that wait for endpoints that are switched off. Deletes, in batches, those that were sent
    /// 7 days ago or given up 30 days ago, and those for deleted endpoints; returns the number of deleted deliveries.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn purge(&self) -> Result<u64, AccountError> {
        let now = now();
        let off =
            sqlx::query("SELECT id, disabled_reason FROM webhook WHERE is_active = 0").fetch_all(&self.pool).await?;
        for row in &off {
            let reason = row.try_get::<Option<&str>, _>("disabled_reason")?;
            while self.give_up(row.try_get("id")?, reason).await? > 0 {}
        }
        let gone = sqlx::query(
            "SELECT DISTINCT webhook_id FROM webhook_delivery WHERE webhook_id NOT IN (SELECT id FROM webhook)",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut total = 0;
        for row in &gone {
            total += self.delete_of(row.try_get("webhook_id")?).await?;
        }
        for (status, kept) in [("sent", KEPT_SENT), ("dead", KEPT_DEAD)] {
            total += self.delete(status, now - kept).await?;
        }
        Ok(total)
    }

    /// Gives up the first batch of deliveries for an endpoint that has just been switched off. [`purge`](Self::purge)
    /// gives up the rest, or all of them if the database fails now. Meanwhile the sender sends none of them.
    pub(super) async fn begin_to_give_up(&self, webhook: &str, reason: Option<&str>) {
        if let Err(error) = self.give_up(webhook, reason).await {
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::warn!(webhook, error, "webhook: switched off; the host gives up its waiting deliveries later");
        }
    }

    /// Gives up a batch of deliveries that wait for endpoints that are switched off, except those that a sender has
    /// leased; returns their number.
    async fn give_up(&self, webhook: &str, reason: Option<&str>) -> Result<u64, AccountError> {
        let now = now().as_microsecond();
        let off = "the endpoint was switched off";
        let given_up = sqlx::query(
            "UPDATE webhook_delivery SET status = 'dead', last_error = $1, updated_at = $2 \
             WHERE webhook_id = $3 AND status = 'pending' AND leased_until <= $4 AND event_id IN \
             (SELECT event_id FROM webhook_delivery WHERE webhook_id = $5 AND status = 'pending' AND leased_until <= $6 LIMIT $7) \
             AND webhook_id IN (SELECT id FROM webhook WHERE is_active = 0)",
        )
        .bind(reason.map_or_else(|| off.to_owned(), |reason| format!("{off}: {reason}")))
        .bind(now)
        .bind(webhook)
        .bind(now)
        .bind(webhook)
        .bind(now)
        .bind(AT_ONCE)
        .execute(&self.pool)
        .await?;
        Ok(given_up.rows_affected())
    }

    /// Deletes all deliveries for a deleted endpoint; returns their number.
    pub(super) async fn delete_of(&self, webhook: &str) -> Result<u64, AccountError> {
        let left = || {
            sqlx::query(
                "DELETE FROM webhook_delivery WHERE webhook_id = $1 AND event_id IN \
                 (SELECT event_id FROM webhook_delivery WHERE webhook_id = $2 LIMIT $3) \
                 AND webhook_id NOT IN (SELECT id FROM webhook)",
            )
            .bind(webhook)
            .bind(webhook)
            .bind(AT_ONCE)
        };
        in_batches(&self.pool, left).await
    }

    async fn delete(&self, status: &str, before: Timestamp) -> Result<u64, AccountError> {
        let old = || {
            sqlx::query(
                "DELETE FROM webhook_delivery WHERE status = $1 AND updated_at <= $2 AND event_id IN \
                 (SELECT event_id FROM webhook_delivery WHERE status = $3 AND updated_at <= $4 ORDER BY updated_at LIMIT $5)",
            )
            .bind(status)
            .bind(before.as_microsecond())
            .bind(status)
            .bind(before.as_microsecond())
            .bind(AT_ONCE)
        };
        in_batches(&self.pool, old).await
    }
}

fn leased(row: &AnyRow, webhook_id: Uuid, holder: Uuid) -> Result<Delivery, AccountError> {
    let row = Columns::of(row, "event_id")?;
    Ok(Delivery {
        event_id: row.parsed("event_id")?,
        webhook_id,
        event: row.get("event")?,
        body: row.get("body")?,
        attempts: row.get::<i32>("attempts")?.unsigned_abs(),
        holder,
    })
}

/// The value of a row; `None` if the row cannot be read, so that it does not stop the others.
fn skip_unreadable<T>(read: Result<T, AccountError>) -> Option<T> {
    let error =
        |error| tracing::error!(error = format!("{:#}", anyhow::Error::from(error)), "webhooks: a row is skipped");
    read.map_err(error).ok()
}

/// Stores a failure of an endpoint, unless its target has changed by now. Returns the reason if the failure switches
/// the endpoint off.
async fn fail(
    webhook: &Webhook,
    now: Timestamp,
    is_gone: bool,
    patience: Duration,
    transaction: &mut AnyConnection,
) -> Result<Option<String>, AccountError> {
    let id = webhook.id.to_string();
    sqlx::query("UPDATE webhook SET failing_since = COALESCE(failing_since, $1) WHERE id = $2 AND target_url = $3")
        .bind(now.as_microsecond())
        .bind(id.as_str())
        .bind(webhook.target_url.as_str())
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
         WHERE id = $3 AND is_active = 1 AND target_url = $4 AND failing_since <= $5",
    )
    .bind(reason.as_str())
    .bind(now.as_microsecond())
    .bind(id.as_str())
    .bind(webhook.target_url.as_str())
    .bind(failing_before)
    .execute(&mut *transaction)
    .await?;
    if disabled.rows_affected() > 0 {
        return Ok(Some(reason));
    }
    // If no delivery waits, nobody can tell whether the endpoint still fails: the next failure counts as the first one.
    sqlx::query(
        "UPDATE webhook SET failing_since = NULL WHERE id = $1 \
         AND NOT EXISTS (SELECT 1 FROM webhook_delivery WHERE webhook_id = $2 AND status = 'pending')",
    )
    .bind(id.as_str())
    .bind(id.as_str())
    .execute(transaction)
    .await?;
    Ok(None)
}

/// A duration as text, in the largest unit of which it is a whole number.
fn span(time: Duration) -> String {
    let ms = time.as_millis();
    let units = [(86_400_000, "days"), (3_600_000, "hours"), (60_000, "minutes"), (1_000, "seconds")];
    let unit = units.into_iter().find(|(unit, _)| ms.is_multiple_of(*unit) && ms > 0);
    unit.map_or_else(|| format!("{ms} ms"), |(unit, name)| format!("{} {name}", ms / unit))
}
