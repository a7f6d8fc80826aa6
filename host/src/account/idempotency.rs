//! The table of idempotency keys. [`unified::idempotency`] decides what its rows mean for a call.
//!
//! A row belongs to the attempt that claimed it. Every later change names that owner, and does nothing if another
//! attempt has taken the row over. A key is therefore safe even if a clock is wrong: a lease only says when to give up
//! waiting.
//!
//! [`unified::idempotency`]: crate::unified::idempotency

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sqlx::{AnyPool, Row};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::batches::{AT_ONCE, in_batches};
use super::error::AccountError;
use super::now;
use super::vault::{Purpose, Sealed, Vault};

/// State of the call that came with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It runs, or its process has died. The host has sent no request that writes.
    Running,
    /// It runs, or its process has died. The vendor may have received a request that writes.
    Sent,
    /// It has ended, and the host keeps its answer.
    Kept,
}

impl KeyState {
    const ALL: [Self; 3] = [Self::Running, Self::Sent, Self::Kept];

    fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Sent => "sent",
            Self::Kept => "kept",
        }
    }
}

/// A key of an earlier call that has not expired.
#[derive(Debug, Clone)]
pub struct KeyRecord {
    /// State of the call.
    pub state: KeyState,
    /// Digest of the call's query string and body.
    pub fingerprint: String,
    /// Whether the lease of the attempt that runs the call is over: the host counts the attempt as dead.
    pub lease_is_over: bool,
    account: Uuid,
    answer: Option<Sealed>,
}

/// One attempt to serve a call with a key.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Digest of account, method, path and key, by which the database finds the row.
    pub id: String,
    /// A new id of this attempt.
    pub owner: Uuid,
    /// The account of the call, for which the answer is sealed.
    pub account: Uuid,
    /// Digest of query string and body.
    pub fingerprint: String,
    /// Longest duration of the attempt, from its claim and again from its first request that writes.
    pub lease: Duration,
    /// The host keeps the key for this time, from its first use and again from its call's end.
    pub keep: Duration,
}

/// The idempotency keys. Made by [`Accounts::idempotency`](super::Accounts::idempotency).
#[derive(Clone)]
pub struct Idempotency {
    pool: AnyPool,
    vault: Option<Arc<Vault>>,
}

impl Idempotency {
    pub(super) fn new(pool: AnyPool, vault: Option<Arc<Vault>>) -> Self {
        Self { pool, vault }
    }

    /// The record of a key; `None` if it is new or has expired.
    pub async fn find(&self, id: &str) -> Result<Option<KeyRecord>, AccountError> {
        let now = now();
        let row = sqlx::query(
            "SELECT account_id, fingerprint, state, lease_until, answer FROM idempotency_key \
             WHERE id = $1 AND expires_at > $2",
        )
        .bind(id)
        .bind(now.as_microsecond())
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let account =
            Uuid::from_str(row.try_get("account_id")?).map_err(|_| AccountError::corrupt(id, "account_id"))?;
        let fingerprint = Sealed::from(row.try_get::<String, _>("fingerprint")?);
        let fingerprint = self.vault()?.open_bytes(Purpose::Request, account, &fingerprint)?;
        let state: &str = row.try_get("state")?;
        let state = KeyState::ALL.into_iter().find(|known| known.as_str() == state);
        Ok(Some(KeyRecord {
            state: state.ok_or_else(|| AccountError::corrupt(id, "state"))?,
            fingerprint: String::from_utf8_lossy(&fingerprint).into_owned(),
            lease_is_over: row.try_get::<i64, _>("lease_until")? <= now.as_microsecond(),
            account,
            answer: row.try_get::<Option<String>, _>("answer")?.map(Sealed::from),
        }))
    }

    /// Claims the key for this attempt, if the key is new or has expired, or if the attempt that had it is dead and had
    /// sent nothing. `false` if another attempt has it, or the account is deleted. If several attempts claim it at
    /// once, one succeeds.
    pub async fn claim(&self, claim: &Claim) -> Result<bool, AccountError> {
        let fingerprint = self.vault()?.seal_bytes(Purpose::Request, claim.account, claim.fingerprint.as_bytes());
        let now = now();
        let claimed = sqlx::query(
            "INSERT INTO idempotency_key (id, account_id, fingerprint, state, owner, lease_until, answer, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, NULL, $7) \
             ON CONFLICT (id) DO UPDATE SET account_id = excluded.account_id, fingerprint = excluded.fingerprint, \
             state = excluded.state, owner = excluded.owner, lease_until = excluded.lease_until, answer = NULL, \
             expires_at = excluded.expires_at \
             WHERE idempotency_key.expires_at <= $8 \
             OR (idempotency_key.state = $9 AND idempotency_key.lease_until <= $10)",
        )
        .bind(claim.id.as_str())
        .bind(claim.account.to_string())
        .bind(fingerprint.as_str())
        .bind(KeyState::Running.as_str())
        .bind(claim.owner.to_string())
        .bind(after(now, claim.lease))
        // A row does not expire while an attempt has it.
        .bind(after(now, claim.lease.max(claim.keep)))
        .bind(now.as_microsecond())
        .bind(KeyState::Running.as_str())
        .bind(now.as_microsecond())
        .execute(&self.pool)
        .await;
        match claimed {
            Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(false),
            claimed => Ok(claimed?.rows_affected() == 1),
        }
    }

    /// Records durably that the host is about to send a request that writes, and starts the lease again, so that no
    /// other attempt counts this one as dead while it may write, however long it has waited before. `false` if another
    /// attempt has taken the key over, or the key was deleted with its account: the caller must send nothing.
    pub async fn mark_sent(&self, claim: &Claim) -> Result<bool, AccountError> {
        let lease_until = after(now(), claim.lease);
        let marked = sqlx::query(
            "UPDATE idempotency_key SET state = $1, lease_until = $2, \
             expires_at = CASE WHEN expires_at < $3 THEN $4 ELSE expires_at END WHERE id = $5 AND owner = $6",
        )
        .bind(KeyState::Sent.as_str())
        .bind(lease_until)
        .bind(lease_until)
        .bind(lease_until)
        .bind(claim.id.as_str())
        .bind(claim.owner.to_string())
        .execute(&self.pool)
        .await?;
        Ok(marked.rows_affected() == 1)
    }

    /// Stores the answer, sealed. Does nothing if another attempt has taken the key over.
    pub async fn keep(&self, claim: &Claim, answer: &[u8]) -> Result<(), AccountError> {
        let vault = self.vault()?;
        sqlx::query("UPDATE idempotency_key SET state = $1, answer = $2, expires_at = $3 WHERE id = $4 AND owner = $5")
            .bind(KeyState::Kept.as_str())
            .bind(vault.seal_bytes(Purpose::Answer, claim.account, answer).as_str())
            .bind(after(now(), claim.keep))
            .bind(claim.id.as_str())
            .bind(claim.owner.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Deletes the key, so that a repetition of the call runs. Does nothing if another attempt has taken the key over.
    pub async fn release(&self, claim: &Claim) -> Result<(), AccountError> {
        sqlx::query("DELETE FROM idempotency_key WHERE id = $1 AND owner = $2")
            .bind(claim.id.as_str())
            .bind(claim.owner.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Opens a stored answer; `None` if there is none.
    pub fn answer(&self, record: &KeyRecord) -> Result<Option<Zeroizing<Vec<u8>>>, AccountError> {
        let Some(sealed) = &record.answer else { return Ok(None) };
        Ok(Some(self.vault()?.open_bytes(Purpose::Answer, record.account, sealed)?))
    }

    fn vault(&self) -> Result<&Vault, AccountError> {
        self.vault.as_deref().ok_or(AccountError::NoVault)
    }

    /// Deletes expired keys in batches; returns their number.
    pub async fn purge(&self) -> Result<u64, AccountError> {
        let now = now().as_microsecond();
        let expired = || {
            sqlx::query(
                "DELETE FROM idempotency_key WHERE id IN \
                 (SELECT id FROM idempotency_key WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) \
                 AND expires_at <= $3",
            )
            .bind(now)
            .bind(AT_ONCE)
            .bind(now)
        };
        in_batches(&self.pool, expired).await
    }
}

impl std::fmt::Debug for Idempotency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Idempotency")
    }
}

fn after(now: Timestamp, time: Duration) -> i64 {
    let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    now.as_microsecond().saturating_add(micros)
}
