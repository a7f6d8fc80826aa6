//! Counts and lists of accounts for the operator's page.

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
    /// Their number.
    pub accounts: u64,
}

/// The first of many things, and the number of all.
#[derive(Debug, Clone)]
pub struct Overview<T> {
    /// The first ones.
    pub first: Vec<T>,
    /// Their number.
    pub total: u64,
}

impl<T> Overview<T> {
    /// Reads rows. Each has the number of all rows in its column `total`.
    pub(super) fn of(
        rows: &[AnyRow],
        read: impl FnMut(&AnyRow) -> Result<T, AccountError>,
    ) -> Result<Self, AccountError> {
        let total = rows.first().map(|row| row.try_get::<i64, _>("total")).transpose()?.unwrap_or_default();
        Ok(Self { first: rows.iter().map(read).collect::<Result<_, _>>()?, total: total.unsigned_abs() })
    }
}

/// The trouble of an account with its vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The vendor refused the credentials: somebody must enter new ones.
    Credentials,
    /// A person has marked the account as one that needs new credentials.
    Marked,
    /// The vendor refused the validation of the account for another reason.
    Validation,
    /// The last sign-in failed for another reason, which may pass.
    SignIn,
    /// The vendor refused a single request for lack of permission.
    Permission,
}

/// An account that somebody has to look at: the host serves no calls for it, or its vendor refused it something. Holds
/// none of the vendor's words, which may be about people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TroubledAccount {
    /// The account.
    pub id: Uuid,
    /// The tenant of the account.
    pub tenant_id: String,
    /// Slug of its integration.
    pub integration: String,
    /// The trouble.
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

    /// Numbers of accounts by integration and status.
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

    /// First the accounts for which the host serves no calls, then those with a stored error of their vendor, each with
    /// the latest change first; at most `limit`.
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
