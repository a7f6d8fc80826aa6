//! A look at the database that changes nothing.

use std::path::Path;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use sqlx::any::AnyConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AnyConnection, Connection, Row};

use super::error::AccountError;
use super::store::Accounts;

/// What PostgreSQL answers where there is no such table.
const UNDEFINED_TABLE: &str = "42P01";

impl Accounts {
    /// Whether a host could open the database of `url`: it is asked, and nothing in it is changed or made. `Some`: the id of the
    /// master key that sealed the newest account. `None`: there is no database yet, or no account in it.
    ///
    /// # Errors
    /// A URL that is none, or a database that does not answer.
    pub async fn probe(url: &SecretString) -> Result<Option<String>, AccountError> {
        let url = url.expose_secret();
        sqlx::any::install_default_drivers();
        let unusable = |error: sqlx::Error| AccountError::Url(error.to_string());
        let mut options = AnyConnectOptions::from_str(url).map_err(unusable)?;
        if options.database_url.scheme() == "sqlite" {
            let file = SqliteConnectOptions::from_str(url).map_err(unusable)?;
            if !Path::exists(file.get_filename()) {
                return Ok(None);
            }
            options.database_url.set_query(Some("mode=ro"));
        }
        let name = super::database::display_name(&options.database_url);
        let asked = async {
            let mut connection = AnyConnection::connect_with(&options).await?;
            let newest =
                sqlx::query("SELECT secrets FROM integrated_account ORDER BY created_at DESC, id DESC LIMIT 1")
                    .fetch_optional(&mut connection)
                    .await;
            connection.close().await?;
            match newest {
                Ok(None) => Ok(None),
                // `v1.<key id>.<nonce>.<ciphertext>`, see [`Sealed`](super::Sealed).
                Ok(Some(row)) => Ok(row.try_get::<&str, _>("secrets")?.split('.').nth(1).map(str::to_owned)),
                Err(error) if is_missing_table(&error) => Ok(None),
                Err(error) => Err(error),
            }
        };
        asked.await.map_err(|source| AccountError::Open { database: name, source })
    }
}

/// A database that no host has prepared yet.
fn is_missing_table(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        error.code().is_some_and(|code| code == UNDEFINED_TABLE) || error.message().starts_with("no such table")
    })
}
