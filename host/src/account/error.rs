//! What can go wrong between the host and its database.

use std::io;
use std::path::PathBuf;

use uuid::Uuid;

use super::vault::VaultError;

/// A failure of [`Accounts`](super::Accounts) or [`Tokens`](super::Tokens). No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The database URL cannot be used. For the operator.
    #[error(
        "the database URL is not usable: {0}; write postgres://user:password@host/name or sqlite://<file>?mode=rwc"
    )]
    Url(String),
    /// The SQLite file does not exist and cannot be made. For the operator.
    #[error("cannot create the database file {}: its directory must exist and be writable for this user", path.display())]
    Create {
        /// The file that is missing.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The database does not open. For the operator.
    #[error("cannot open the database {database}")]
    Open {
        /// Which one; without user, password and parameters.
        database: String,
        /// The driver's answer.
        source: sqlx::Error,
    },
    /// The schema cannot be brought up to date. For the operator.
    #[error("cannot bring the database {database} up to date")]
    Migrate {
        /// Which one; without user, password and parameters.
        database: String,
        /// The driver's answer.
        source: sqlx::migrate::MigrateError,
    },
    /// A query failed: the database is gone, full or locked for too long.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A stored row does not read as what this room writes.
    #[error("the database row {id} has no usable {column}; restore it from a backup or delete it")]
    Corrupt {
        /// The row's id, as stored.
        id: String,
        /// The column at fault.
        column: &'static str,
    },
    /// Credentials were to be written, but the store has no vault.
    #[error("storing credentials needs the master key, which is not loaded")]
    NoVault,
    /// The stored credentials do not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The caller sent a cursor that no list returned. A caller's mistake: 400.
    #[error("the cursor is not one that a list returned; start without it")]
    BadCursor,
    /// A caller of one tenant tried to move an account to another. A caller's mistake.
    #[error("account {0} cannot be moved to another tenant with a token of one tenant")]
    ForeignTenant(Uuid),
}

impl AccountError {
    pub(super) fn corrupt(id: &str, column: &'static str) -> Self {
        Self::Corrupt { id: id.to_owned(), column }
    }
}
