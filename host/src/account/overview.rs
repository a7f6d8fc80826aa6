//! What an operator sees of the accounts at a glance.

use std::str::FromStr;

use jiff::Timestamp;
use sqlx::Row;
use sqlx::any::AnyRow;
use uuid::Uuid;

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
    /// It refused the validation of the account for another reason.
    Validation,
    /// The last sign-in failed for another reason, which may pass.
    SignIn,
    /// It refused a single thing for lack of permission.
    Permission,
}

/// An account that its vendor refused something. Holds none of the vendor's words: they may be about people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TroubledAccount {
    /// The account.
    pub id: Uuid,
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
                let integration: String = row.try_get("integration")?;
                let status = row.try_get("status")?;
                let status = Status::from_str(status).map_err(|_| AccountError::corrupt(&integration, "status"))?;
                let accounts = row.try_get::<i64, _>("accounts")?;
                Ok(AccountCount { integration, status, accounts: accounts.unsigned_abs() })
            })
            .collect()
    }

    /// The accounts with a kept error of their vendor, those that changed last first, at most `limit`.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn troubled(&self, limit: u32) -> Result<Overview<TroubledAccount>, AccountError> {
        let sql = "SELECT id, integration, status, updated_at, \
                   CASE WHEN last_error IS NULL THEN 0 ELSE 1 END AS has_error, COUNT(*) OVER () AS total FROM integrated_account \
                   WHERE last_error IS NOT NULL OR last_forbidden_error IS NOT NULL \
                   ORDER BY updated_at DESC, id LIMIT $1";
        let rows = sqlx::query(sql).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        Overview::of(&rows, troubled)
    }
}

fn troubled(row: &AnyRow) -> Result<TroubledAccount, AccountError> {
    let id: &str = row.try_get("id")?;
    let corrupt = |column| AccountError::corrupt(id, column);
    let status = Status::from_str(row.try_get("status")?).map_err(|_| corrupt("status"))?;
    Ok(TroubledAccount {
        id: Uuid::from_str(id).map_err(|_| corrupt("id"))?,
        integration: row.try_get("integration")?,
        trouble: match (status, row.try_get::<i32, _>("has_error")?) {
            (Status::NeedsReauth, _) => Trouble::Credentials,
            (Status::ValidationError, _) => Trouble::Validation,
            (Status::Active, 0) => Trouble::Permission,
            (Status::Active, _) => Trouble::SignIn,
        },
        updated_at: Timestamp::from_microsecond(row.try_get("updated_at")?).map_err(|_| corrupt("updated_at"))?,
    })
}
