//! A check of the database that changes nothing.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use rustix::fs::{Access, access};
use secrecy::{ExposeSecret, SecretString};
use sqlx::any::AnyConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Any, AnyConnection, Connection, Decode, Row, Type};
use url::Url;

use super::database::{display_name, must_be_a_file};
use super::error::AccountError;
use super::migrations::MIGRATIONS;
use super::store::{Accounts, WRITES_NOTHING};

/// Time that the database has for its answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// PostgreSQL's SQLSTATE for a table that does not exist.
const UNDEFINED_TABLE: &str = "42P01";

impl Accounts {
    /// Checks that a host could open the database of `url` and write to it. Sends it queries, and changes or makes nothing in it.
    /// Returns the id of the master key that sealed the newest account, or `None` if there is no database yet, or no
    /// account in it.
    ///
    /// # Errors
    /// If the URL is malformed, a missing SQLite file could not be made, the database does not answer within 10 s or cannot be written to, or
    /// its schema is of a newer version.
    pub async fn probe(url: &SecretString) -> Result<Option<String>, AccountError> {
        let url = url.expose_secret();
        sqlx::any::install_default_drivers();
        let unusable = |error: sqlx::Error| AccountError::Url(error.to_string());
        let mut options = AnyConnectOptions::from_str(url).map_err(unusable)?;
        let is_sqlite = options.database_url.scheme() == "sqlite";
        if is_sqlite {
            let file = SqliteConnectOptions::from_str(url).map_err(unusable)?;
            let path = file.get_filename();
            if !path.exists() {
                return absent(path, &options.database_url).map(|()| None);
            }
            must_be_a_file(path)?;
            access(path, Access::WRITE_OK)
                .map_err(|error| AccountError::ReadOnly { path: path.to_owned(), source: error.into() })?;
            options.database_url.set_query(Some("mode=ro"));
        }
        let name = display_name(&options.database_url);
        let failed = |source| AccountError::Open { database: name.clone(), source };
        let asked = async {
            let mut connection = AnyConnection::connect_with(&options).await?;
            let schema =
                ask::<i64>(&mut connection, "SELECT version FROM _sqlx_migrations ORDER BY version DESC LIMIT 1")
                    .await?;
            if !is_sqlite {
                ask::<i64>(&mut connection, WRITES_NOTHING).await?;
            }
            let newest = "SELECT secrets FROM integrated_account ORDER BY created_at DESC, id DESC LIMIT 1";
            let sealed = ask::<String>(&mut connection, newest).await?;
            connection.close().await?;
            Ok((schema, sealed))
        };
        let asked = tokio::time::timeout(PATIENCE, asked).await.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        let (schema, sealed) = asked.map_err(failed)?;
        let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
        if let Some(found) = schema.filter(|found| *found > known) {
            return Err(AccountError::Newer { database: name, found, known });
        }
        // `v1.<key id>.<nonce>.<ciphertext>`, see [`Sealed`](super::Sealed).
        Ok(sealed.and_then(|text| text.split('.').nth(1).map(str::to_owned)))
    }
}

/// Whether SQLite could make the missing file.
fn absent(file: &Path, url: &Url) -> Result<(), AccountError> {
    if !url.query_pairs().any(|(name, value)| name == "mode" && value == "rwc") {
        let message = format!("there is no {}: add ?mode=rwc to the URL to make it", file.display());
        return Err(AccountError::Url(message));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let writable = access(folder, Access::WRITE_OK | Access::EXEC_OK);
    writable.map_err(|error| AccountError::Create { path: file.to_owned(), source: error.into() })
}

/// The one value of a query; `None` if there is no row, or no table yet.
async fn ask<T>(connection: &mut AnyConnection, query: &'static str) -> Result<Option<T>, sqlx::Error>
where
    T: for<'r> Decode<'r, Any> + Type<Any>,
{
    match sqlx::query(query).fetch_optional(connection).await {
        Ok(row) => row.map(|row| row.try_get(0)).transpose(),
        Err(error) if is_missing_table(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A database in which no host has made tables yet.
fn is_missing_table(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        error.code().is_some_and(|code| code == UNDEFINED_TABLE) || error.message().starts_with("no such table")
    })
}
