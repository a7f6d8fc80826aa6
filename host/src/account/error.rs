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
    /// The SQLite file cannot be written. For the operator.
    #[error("cannot write the database file {}: it must be writable for this user, and so must its file system", path.display())]
    ReadOnly {
        /// The file.
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
    /// A newer version of this software has changed the schema. For the operator.
    #[error(
        "the database {database} was brought up to date by a newer version of mortise (schema {found}, this one knows {known}): \
         run that version, or restore a backup"
    )]
    Newer {
        /// Which one; without user, password and parameters.
        database: String,
        /// The version of its schema.
        found: i64,
        /// The latest version that this software knows.
        known: i64,
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
    /// The stored secret of an OAuth application does not open. For the operator.
    #[error(
        "the client secret of the OAuth application {id} does not open with the master keys that are loaded: load the key that \
         sealed it, or set it again with `mortise app set {integration}`"
    )]
    ClosedApplication {
        /// The application.
        id: Uuid,
        /// Slug of its integration.
        integration: String,
    },
    /// The caller sent a cursor that no list returned. A caller's mistake: 400.
    #[error("the cursor is not one that a list returned; start without it")]
    BadCursor,
    /// A caller of one tenant tried to move an account to another. A caller's mistake.
    #[error("account {0} cannot be moved to another tenant with a token of one tenant")]
    ForeignTenant(Uuid),
}

impl AccountError {
    /// What is wrong with the database, as the end of a sentence that tells a stranger nothing about it. `None` where it is not
    /// the database that is at fault.
    pub fn outage(&self) -> Option<&'static str> {
        let (Self::Database(source) | Self::Open { source, .. }) = self else { return None };
        match source {
            sqlx::Error::Database(error) => Some(answered(error.code().as_deref().unwrap_or_default())),
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                Some("cannot be reached")
            }
            sqlx::Error::PoolTimedOut => Some("cannot be reached, or is too busy"),
            sqlx::Error::PoolClosed => Some("is closed: the host is shutting down"),
            _ => None,
        }
    }

    /// Whether the database gave another transaction the precedence, so that the same one succeeds if it is tried again: PostgreSQL's
    /// `serialization_failure` and `deadlock_detected`.
    pub(super) fn may_pass(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        matches!(error.code().as_deref(), Some("40001" | "40P01"))
    }

    pub(super) fn corrupt(id: &str, column: &'static str) -> Self {
        Self::Corrupt { id: id.to_owned(), column }
    }
}

/// What a database's own error code means: SQLSTATE (five characters), or SQLite's result code, whose lowest byte says the
/// kind.
fn answered(code: &str) -> &'static str {
    let sqlite = code.parse::<u32>().ok().filter(|_| code.len() < 5).map(|code| code & 0xff);
    match (code, sqlite) {
        (_, Some(5 | 6)) => "is locked by another process",
        (_, Some(8)) | ("25006", _) => "is read-only",
        (_, Some(13)) | ("53100", _) => "has no space left on its disk",
        (_, Some(10)) | ("58030", _) => "cannot read or write its disk",
        (_, Some(14)) => "cannot be opened",
        ("53300", _) => "has no connection left",
        ("55P03", _) => "is locked by another process",
        ("57014", _) => "does not answer in time",
        _ if code.starts_with("08") || code.starts_with("57P") => "cannot be reached",
        _ if code.starts_with("28") || code == "3D000" => "refuses the host",
        _ => "fails",
    }
}
