//! The endpoints in the database, and their secrets.

use std::fmt;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sqlx::{AnyConnection, AnyPool};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::super::columns::Columns;
use super::super::error::AccountError;
use super::super::vault::{Purpose, Sealed, Vault};
use super::super::{database, now};
use super::endpoint::{Changed, NewWebhook, Webhook, WebhookChange, read};
use super::event::{EventType, Outbox};
use super::queue;

/// Endpoints at most. Each event is a row for each of them.
pub const MAX_WEBHOOKS: u32 = 50;
/// Prefix of secrets (Standard Webhooks).
const SECRET_PREFIX: &str = "whsec_";
/// Random bytes of a secret, within the 24 to 64 of Standard Webhooks.
const SECRET_BYTES: usize = 32;
/// A replaced secret signs too for this time, in which the operator brings the new one to every receiver.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT webhook.id, target_url, event_types, is_active, disabled_reason, secret, previous_secret, previous_secret_until, ",
            "webhook.created_at, webhook.updated_at, ",
            "(SELECT COUNT(*) FROM webhook_delivery AS d WHERE d.webhook_id = webhook.id AND d.status = 'pending') AS waiting, ",
            "(SELECT COUNT(*) FROM webhook_delivery AS d WHERE d.webhook_id = webhook.id AND d.status = 'dead') AS dead ",
            "FROM webhook ",
            $condition
        )
    };
}

/// The endpoints and their queue; see [`Accounts::webhooks`](crate::account::Accounts::webhooks).
#[derive(Clone)]
pub struct Webhooks {
    pub(super) pool: AnyPool,
    vault: Option<Arc<Vault>>,
    pub(super) outbox: Outbox,
    /// The engine's statement that leases deliveries.
    pub(super) lease: &'static str,
}

impl Webhooks {
    pub(in crate::account) fn new(pool: AnyPool, vault: Option<Arc<Vault>>, outbox: Outbox) -> Self {
        let lease = if database::is_sqlite(&pool) { queue::LEASE_SQLITE } else { queue::LEASE_POSTGRES };
        Self { pool, vault, outbox, lease }
    }

    /// Makes an endpoint. Only this call returns its secret. `None` if there are [`MAX_WEBHOOKS`] already.
    ///
    /// # Errors
    /// If the database fails, or there is no vault for the secret.
    pub async fn create(&self, new: &NewWebhook) -> Result<Option<(SecretString, Webhook)>, AccountError> {
        let (id, secret, now) = (Uuid::now_v7(), draw_secret(), now());
        let sealed = self.seal(id, &secret)?;
        let made = sqlx::query(
            "INSERT INTO webhook (id, target_url, event_types, is_active, secret, created_at, updated_at) \
             SELECT $1, $2, $3, $4, $5, $6, $7 WHERE (SELECT COUNT(*) FROM webhook) < $8",
        )
        .bind(id.to_string())
        .bind(new.target_url.as_str())
        .bind(list(&new.event_types))
        .bind(i32::from(new.is_active))
        .bind(sealed.as_str())
        .bind(now.as_microsecond())
        .bind(now.as_microsecond())
        .bind(i64::from(MAX_WEBHOOKS))
        .execute(&self.pool)
        .await?;
        if made.rows_affected() == 0 {
            return Ok(None);
        }
        Ok(self.get(id).await?.map(|webhook| (secret, webhook)))
    }

    /// One endpoint.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn get(&self, id: Uuid) -> Result<Option<Webhook>, AccountError> {
        let row = sqlx::query(select!("WHERE id = $1")).bind(id.to_string()).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// Every endpoint, the oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list(&self) -> Result<Vec<Webhook>, AccountError> {
        sqlx::query(select!("ORDER BY id")).fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// Changes an endpoint in one transaction.
    ///
    /// # Errors
    /// If the database fails, or there is no vault for a new secret.
    pub async fn change(&self, id: Uuid, change: &WebhookChange) -> Result<Changed, AccountError> {
        let (text, now, is_begun) = (id.to_string(), now(), change.is_active == Some(true));
        let mut transaction = self.pool.begin().await?;
        let changed = sqlx::query(
            "UPDATE webhook SET target_url = COALESCE($1, target_url), event_types = COALESCE($2, event_types), \
             is_active = COALESCE($3, is_active), disabled_reason = CASE WHEN $4 = 1 THEN NULL ELSE disabled_reason END, \
             failing_since = CASE WHEN $5 = 1 THEN NULL ELSE failing_since END, updated_at = $6 WHERE id = $7",
        )
        .bind(change.target_url.as_deref())
        .bind(change.event_types.as_deref().map(list))
        .bind(change.is_active.map(i32::from))
        .bind(i32::from(is_begun))
        .bind(i32::from(is_begun || change.target_url.is_some() || change.rotate_secret))
        .bind(now.as_microsecond())
        .bind(text.as_str())
        .execute(&mut *transaction)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(Changed::Unknown);
        }
        let secret = match change.rotate_secret {
            true => {
                // If the answer to a rotation got lost and the caller repeats it, a second rotation would end the
                // secret that the receiver has.
                if let Some(until) = overlap(&text, now, &mut transaction).await? {
                    return Ok(Changed::Overlaps(until));
                }
                Some(self.rotate(id, now, &mut transaction).await?)
            }
            false => None,
        };
        transaction.commit().await?;
        self.outbox.wake();
        if change.is_active == Some(false) {
            self.begin_to_give_up(&text, None).await;
        }
        Ok(self.get(id).await?.map_or(Changed::Unknown, |webhook| Changed::Done(secret, webhook)))
    }

    async fn rotate(
        &self,
        id: Uuid,
        now: Timestamp,
        transaction: &mut AnyConnection,
    ) -> Result<SecretString, AccountError> {
        let secret = draw_secret();
        sqlx::query(
            "UPDATE webhook SET previous_secret = secret, previous_secret_until = $1, secret = $2 WHERE id = $3",
        )
        .bind((now + OVERLAP).as_microsecond())
        .bind(self.seal(id, &secret)?.as_str())
        .bind(id.to_string())
        .execute(transaction)
        .await?;
        Ok(secret)
    }

    /// Deletes an endpoint with all its deliveries. `false` if there is none.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn remove(&self, id: Uuid) -> Result<bool, AccountError> {
        let removed = sqlx::query("DELETE FROM webhook WHERE id = $1").bind(id.to_string()).execute(&self.pool).await?;
        self.delete_of(&id.to_string()).await?;
        Ok(removed.rows_affected() > 0)
    }

    /// The secrets that sign now: the present one, then the previous one while it still signs.
    ///
    /// # Errors
    /// Without a vault, or if it does not open them.
    pub fn secrets(&self, webhook: &Webhook) -> Result<Vec<SecretString>, AccountError> {
        let previous = webhook.previous_secret.as_ref();
        let previous = previous.filter(|_| webhook.previous_secret_until.is_some_and(|until| until > now()));
        [Some(&webhook.secret), previous].into_iter().flatten().map(|sealed| self.open(webhook.id, sealed)).collect()
    }

    fn seal(&self, id: Uuid, secret: &SecretString) -> Result<Sealed, AccountError> {
        let vault = self.vault.as_deref().ok_or(AccountError::NoVault)?;
        Ok(vault.seal_bytes(Purpose::WebhookSecret, id, secret.expose_secret().as_bytes()))
    }

    fn open(&self, id: Uuid, sealed: &Sealed) -> Result<SecretString, AccountError> {
        let vault = self.vault.as_deref().ok_or(AccountError::NoVault)?;
        let bytes = vault.open_bytes(Purpose::WebhookSecret, id, sealed)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| AccountError::corrupt(&id.to_string(), "secret"))?;
        Ok(SecretString::from(text))
    }
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhooks")
    }
}

/// Time until which the previous secret signs too; `None`: it does not.
async fn overlap(
    webhook: &str,
    now: Timestamp,
    transaction: &mut AnyConnection,
) -> Result<Option<Timestamp>, AccountError> {
    let row = sqlx::query("SELECT id, previous_secret_until FROM webhook WHERE id = $1 AND previous_secret_until > $2")
        .bind(webhook)
        .bind(now.as_microsecond())
        .fetch_optional(transaction)
        .await?;
    row.map(|row| Columns::of(&row, "id")?.time("previous_secret_until")).transpose()
}

fn draw_secret() -> SecretString {
    let bytes = Zeroizing::new(rand::rng().random::<[u8; SECRET_BYTES]>());
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(bytes.as_slice()));
    SecretString::from(format!("{SECRET_PREFIX}{}", *encoded))
}

/// A list as the database stores it.
fn list(events: &[EventType]) -> String {
    Value::from_iter(events.iter().map(|event| event.as_str())).to_string()
}
