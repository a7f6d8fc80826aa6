//! Tokens that sign-ins at vendors brought, and the lease by which one process at a time signs in for an account.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AnyPool};
use uuid::Uuid;

use super::columns::Columns;
use super::error::AccountError;
use super::model::{Account, Status};
use super::recent::Recent;
use super::store::{account as read_account, returning};
use super::vault::Sealed;
use super::webhook::{EventType, Outbox, Written};
use super::{now, whole_micros};

/// Values that a sign-in brought, sealed with [`Purpose::ExchangedToken`](super::Purpose::ExchangedToken).
#[derive(Debug, Clone)]
pub struct ExchangedToken {
    /// The values. No two sign-ins bring the same sealed text, so it also tells one token from another.
    pub sealed: Sealed,
    /// Time from which a new sign-in is due. The values are still valid then.
    pub refresh_at: Timestamp,
    /// Time at which the values expire.
    pub expires_at: Timestamp,
}

/// An account's row.
#[derive(Debug, Clone, Default)]
pub struct ExchangeRow {
    /// The token of the latest sign-in.
    pub token: Option<Arc<ExchangedToken>>,
    /// End of the lease to sign in; `None` if nobody holds it.
    pub leased_until: Option<Timestamp>,
}

/// Credentials that a sign-in replaced, for example a rotated refresh token.
#[derive(Debug)]
pub struct Rotated<'a> {
    /// The account's credentials as the host sent them, sealed.
    pub old: &'a Sealed,
    /// The same with the new values, sealed.
    pub new: &'a Sealed,
    /// Beginning of the message in [`Account::last_error`] if the vendor refused a sign-in with the old ones.
    pub refusal: &'a str,
}

/// Outcome of an attempt to store the values of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// The values are stored. If the holder has lost the lease and credentials rotated, only those credentials are
    /// stored.
    Kept,
    /// Nothing is stored: the account is deleted, or another holder has had the lease since.
    Overtaken,
    /// Nothing is stored: the account is deleted, or carries other credentials than those that rotated.
    Changed,
}

pub(super) type RecentExchanged = Recent<Uuid, Arc<ExchangedToken>>;

/// The tokens of sign-ins; see [`Accounts::exchanged_tokens`](super::Accounts::exchanged_tokens).
#[derive(Clone)]
pub struct ExchangedTokens {
    pool: AnyPool,
    recent: Arc<RecentExchanged>,
    accounts: Arc<Recent<Uuid, Arc<Account>>>,
    outbox: Outbox,
}

impl ExchangedTokens {
    pub(super) fn new(
        pool: AnyPool,
        recent: Arc<RecentExchanged>,
        accounts: Arc<Recent<Uuid, Arc<Account>>>,
        outbox: Outbox,
    ) -> Self {
        Self { pool, recent, accounts, outbox }
    }

    /// The token of the latest sign-in, for a call. That of another process shows after 1 s at most.
    pub async fn recent(&self, account: Uuid) -> Result<Option<Arc<ExchangedToken>>, AccountError> {
        self.recent.get(account, async { Ok(self.get(account).await?.token) }).await
    }

    /// The account's row as it is now; an empty one if there is no row.
    pub async fn get(&self, account: Uuid) -> Result<ExchangeRow, AccountError> {
        let row = sqlx::query(
            "SELECT account_id, sealed, refresh_at, expires_at, leased_until FROM exchanged_token WHERE account_id = $1",
        )
        .bind(account.to_string())
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map_or_else(|| Ok(ExchangeRow::default()), read)
    }

    /// Takes the lease to sign in for the account, for `time` from now on. `false` while another holder has it, in this
    /// process or another. If a holder dies, its lease ends when its time is over, by this machine's clock.
    pub async fn lease(&self, account: Uuid, holder: Uuid, time: Duration) -> Result<bool, AccountError> {
        let now = now();
        let until = now.checked_add(SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX)).unwrap_or(now);
        let taken = sqlx::query(
            "INSERT INTO exchanged_token (account_id, refresh_at, expires_at, lease_holder, leased_until) \
             VALUES ($1, 0, 0, $2, $3) ON CONFLICT (account_id) DO UPDATE \
             SET lease_holder = excluded.lease_holder, leased_until = excluded.leased_until \
             WHERE exchanged_token.leased_until <= $4",
        )
        .bind(account.to_string())
        .bind(holder.to_string())
        .bind(until.as_microsecond())
        .bind(now.as_microsecond())
        .execute(&self.pool)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Gives the lease back. Does nothing if another holder has it by now.
    pub async fn release(&self, account: Uuid, holder: Uuid) -> Result<(), AccountError> {
        sqlx::query(
            "UPDATE exchanged_token SET lease_holder = NULL, leased_until = 0 \
             WHERE account_id = $1 AND lease_holder = $2",
        )
        .bind(account.to_string())
        .bind(holder.to_string())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Stores the values of a sign-in by this `holder` of the lease, ends the lease and forgets the account's last
    /// failure to sign in, in one transaction. If the vendor refused a sign-in with credentials that rotated meanwhile,
    /// the account is active again: it has new ones now. A holder that has lost the lease does not touch the token of
    /// the present one. It still stores credentials that rotated, because they exist nowhere else.
    pub async fn store(
        &self,
        account: Uuid,
        holder: Uuid,
        token: &ExchangedToken,
        rotated: Option<Rotated<'_>>,
    ) -> Result<Stored, AccountError> {
        let (id, now) = (account.to_string(), now().as_microsecond());
        let mut transaction = self.pool.begin().await?;
        let is_kept = keep(token, &id, holder, &mut transaction).await?;
        if rotated.is_none() && !is_kept {
            transaction.rollback().await?;
            return Ok(Stored::Overtaken);
        }
        if let Some(rotated) = &rotated
            && !rotate(rotated, &id, now, &mut transaction).await?
        {
            transaction.rollback().await?;
            return Ok(Stored::Changed);
        }
        let written = match &rotated {
            Some(rotated) => self.activate(rotated.refusal, &id, now, &mut transaction).await?,
            None => Written::default(),
        };
        sqlx::query(
            "UPDATE integrated_account SET last_error = NULL, updated_at = $1, version = version + 1 \
             WHERE id = $2 AND last_error IS NOT NULL AND status = $3",
        )
        .bind(now)
        .bind(id.as_str())
        .bind(Status::Active.as_str())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.outbox.committed(written);
        self.recent.forget(&account);
        self.accounts.forget(&account);
        Ok(Stored::Kept)
    }

    /// Makes the account active if the vendor refused a sign-in with the credentials that rotated. An account that
    /// somebody marked for another reason, an operator for instance, stays as it is.
    async fn activate(
        &self,
        refusal: &str,
        account: &str,
        now: i64,
        transaction: &mut AnyConnection,
    ) -> Result<Written, AccountError> {
        let active = Status::Active.as_str();
        let activated = sqlx::query(returning!(
            "UPDATE integrated_account SET status = $1, last_error = NULL, updated_at = $2, version = version + 1 \
             WHERE id = $3 AND status <> $4 AND last_error LIKE $5"
        ))
        .bind(active)
        .bind(now)
        .bind(account)
        .bind(active)
        .bind(format!("%\"message\":\"{refusal}%"))
        .fetch_optional(&mut *transaction)
        .await?;
        match &activated {
            Some(row) => self.outbox.write(EventType::Active, &read_account(row)?, transaction).await,
            None => Ok(Written::default()),
        }
    }
}

/// Stores the values of a sign-in and ends the lease of `holder`. `false` if `holder` has lost the lease.
async fn keep(
    token: &ExchangedToken,
    account: &str,
    holder: Uuid,
    transaction: &mut AnyConnection,
) -> Result<bool, AccountError> {
    let kept = sqlx::query(
        "UPDATE exchanged_token SET sealed = $1, refresh_at = $2, expires_at = $3, lease_holder = NULL, \
         leased_until = 0 WHERE account_id = $4 AND lease_holder = $5",
    )
    .bind(token.sealed.as_str())
    .bind(whole_micros(token.refresh_at).as_microsecond())
    .bind(whole_micros(token.expires_at).as_microsecond())
    .bind(account)
    .bind(holder.to_string())
    .execute(transaction)
    .await?;
    Ok(kept.rows_affected() > 0)
}

/// Stores the credentials that a sign-in replaced. `false` if the account has other ones by now, or is gone.
async fn rotate(
    rotated: &Rotated<'_>,
    account: &str,
    now: i64,
    transaction: &mut AnyConnection,
) -> Result<bool, AccountError> {
    let replaced = sqlx::query(
        "UPDATE integrated_account SET secrets = $1, updated_at = $2, version = version + 1 \
         WHERE id = $3 AND secrets = $4",
    )
    .bind(rotated.new.as_str())
    .bind(now)
    .bind(account)
    .bind(rotated.old.as_str())
    .execute(transaction)
    .await?;
    Ok(replaced.rows_affected() > 0)
}

impl std::fmt::Debug for ExchangedTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ExchangedTokens")
    }
}

fn read(row: &AnyRow) -> Result<ExchangeRow, AccountError> {
    let row = Columns::of(row, "account_id")?;
    let token = match row.get::<Option<String>>("sealed")? {
        None => None,
        Some(sealed) => Some(Arc::new(ExchangedToken {
            sealed: Sealed::from(sealed),
            refresh_at: row.time("refresh_at")?,
            expires_at: row.time("expires_at")?,
        })),
    };
    let leased_until = Some(row.time("leased_until")?).filter(|until| *until > now());
    Ok(ExchangeRow { token, leased_until })
}
