//! What an operator sees of the accounts at a glance.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::columns::Columns;
use super::error::AccountError;
use super::model::Status;
use super::store::Accounts;

/// Accounts of one integration in one status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountCount {
    /// Slug of the integration, which may not be loaded any more.
    pub integration: String,
    /// The status.
    pub status: Status,
    /// How many there are.
    pub accounts: u64,
}

/// The first of many things, and how many there are.
#[derive(Debug, Clone)]
pub struct Overview<T> {
    /// The first ones.
    pub first: Vec<T>,
    /// How many there are.
    pub total: u64,
}

impl<T> Overview<T> {
    /// Reads rows, each of which has the number of all of them as its `total`.
    pub(super) fn of(
        rows: &[AnyRow],
        read: impl FnMut(&AnyRow) -> Result<T, AccountError>,
    ) -> Result<Self, AccountError> {
        let total = rows.first().map(|row| row.try_get::<i64, _>("total")).transpose()?.unwrap_or_default();
        Ok(Self { first: rows.iter().map(read).collect::<Result<_, _>>()?, total: total.unsigned_abs() })
    }
}

/// What an account's vendor has against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It refused the credentials: new ones are needed.
    Credentials,
    /// Nothing: somebody has marked the account as one that needs new credentials.
    Marked,
    /// It refused the validation of the account for another reason.
    Validation,
    /// The last sign-in failed for another reason, which may pass.
    SignIn,
    /// It refused a single thing for lack of permission.
    Permission,
}

/// An account that somebody has to look at: it serves no calls, or its vendor refused it something. Holds none of the vendor's words: they may be about people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TroubledAccount {
    /// The account.
    pub id: Uuid,
    /// The customer whose account it is.
    pub tenant_id: String,
    /// Slug of its integration.
    pub integration: String,
    /// What it was.
    pub trouble: Trouble,
    /// When the account last changed; whole microseconds.
    pub updated_at: Timestamp,
}

impl Accounts {
    /// The engine of the database: `SQLite` or `PostgreSQL`.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn engine(&self) -> Result<String, AccountError> {
        Ok(self.pool.acquire().await?.backend_name().to_owned())
    }

    /// How many accounts there are, by integration and status.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn counts(&self) -> Result<Vec<AccountCount>, AccountError> {
        let sql = "SELECT integration, status, COUNT(*) AS accounts FROM integrated_account \
                   GROUP BY integration, status ORDER BY integration, status";
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| {
                let row = Columns::of(row, "integration")?;
                let (integration, status) = (row.get("integration")?, row.parsed("status")?);
                Ok(AccountCount { integration, status, accounts: row.count("accounts")? })
            })
            .collect()
    }

    /// The accounts that serve no calls, and behind them those with a kept error of their vendor; those that changed last first, at most
    /// `limit`.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn troubled(&self, limit: u32) -> Result<Overview<TroubledAccount>, AccountError> {
        let sql = "SELECT id, tenant_id, integration, status, updated_at, \
                   CASE WHEN last_error IS NULL THEN 0 ELSE 1 END AS has_error, COUNT(*) OVER () AS total FROM integrated_account \
                   WHERE status <> $1 OR last_error IS NOT NULL OR last_forbidden_error IS NOT NULL \
                   ORDER BY CASE WHEN status = $2 THEN 1 ELSE 0 END, updated_at DESC, id LIMIT $3";
        let active = Status::Active.as_str();
        let query = sqlx::query(sql).bind(active).bind(active).bind(i64::from(limit));
        let rows = query.fetch_all(&self.pool).await?;
        Overview::of(&rows, troubled)
    }
}

fn troubled(row: &AnyRow) -> Result<TroubledAccount, AccountError> {
    let row = Columns::of(row, "id")?;
    Ok(TroubledAccount {
        id: row.parsed("id")?,
        tenant_id: row.get("tenant_id")?,
        integration: row.get("integration")?,
        trouble: match (row.parsed("status")?, row.flag("has_error")?) {
            (Status::NeedsReauth, true) => Trouble::Credentials,
            (Status::NeedsReauth, false) => Trouble::Marked,
            (Status::ValidationError, _) => Trouble::Validation,
            (Status::Active, false) => Trouble::Permission,
            (Status::Active, true) => Trouble::SignIn,
        },
        updated_at: row.time("updated_at")?,
    })
}
