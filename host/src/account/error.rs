//! Errors between the host and its database.

use std::io;
use std::path::PathBuf;

use uuid::Uuid;

use super::vault::VaultError;

/// A failure of [`Accounts`](super::Accounts) or [`Tokens`](super::Tokens). No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The host cannot use the database URL. The operator must correct it.
    #[error(
        "the database URL is not usable: {0}; write postgres://user:password@host/name or sqlite://<file>?mode=rwc"
    )]
    Url(String),
    /// The SQLite file does not exist and the host cannot make it. The operator must make its directory.
    #[error("cannot create the database file {}: its directory must exist and be writable for this user", path.display())]
    Create {
        /// The file that is missing.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The SQLite file cannot be written. The operator must make it writable for this user.
    #[error("cannot write the database file {}: it must be writable for this user, and so must its file system", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The database does not open. The operator must start it or correct its URL.
    #[error("cannot open the database {database}")]
    Open {
        /// The database, without user, password and parameters.
        database: String,
        /// The driver's answer.
        source: sqlx::Error,
    },
    /// A migration of the schema failed. The operator must remove the cause that the driver names.
    #[error("cannot bring the database {database} up to date")]
    Migrate {
        /// The database, without user, password and parameters.
        database: String,
        /// The driver's answer.
        source: sqlx::migrate::MigrateError,
    },
    /// A newer version of this software has changed the schema. The operator must start that version.
    #[error(
        "the database {database} was brought up to date by a newer version of mortise (schema {found}, this one knows {known}): \
         run that version, or restore a backup"
    )]
    Newer {
        /// The database, without user, password and parameters.
        database: String,
        /// The version of its schema.
        found: i64,
        /// The latest version that this software knows.
        known: i64,
    },
    /// A query failed: the database is gone, full or locked for too long.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    /// A stored row has a value that this room never writes.
    #[error("the database row {id} has no usable {column}; restore it from a backup or delete it")]
    Corrupt {
        /// The row's id, as stored.
        id: String,
        /// The column at fault.
        column: &'static str,
    },
    /// The store has no vault to seal credentials with.
    #[error("storing credentials needs the master key, which is not loaded")]
    NoVault,
    /// The stored credentials do not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The stored secret of an OAuth application does not open. The operator must set the application again.
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
    /// The caller sent a cursor that no list returned. The API answers 400.
    #[error("the cursor is not one that a list returned; start without it")]
    BadCursor,
    /// A caller of one tenant tried to move an account to another. A caller's mistake.
    #[error("account {0} cannot be moved to another tenant with a token of one tenant")]
    ForeignTenant(Uuid),
}

impl AccountError {
    /// The database's failure as the end of a sentence, without details of the database for strangers. `None` if the
    /// database is not at fault.
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

    /// Whether the database preferred another transaction, so that this one succeeds if it is tried again: PostgreSQL's
    /// `serialization_failure` and `deadlock_detected`.
    pub(super) fn may_pass(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        matches!(error.code().as_deref(), Some("40001" | "40P01"))
    }

    pub(super) fn corrupt(id: &str, column: &'static str) -> Self {
        Self::Corrupt { id: id.to_owned(), column }
    }
}

/// The meaning of a database's own error code: SQLSTATE (five characters), or SQLite's result code, whose lowest byte
/// says the kind.
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
