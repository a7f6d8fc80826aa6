//! Opening the database, SQLite or PostgreSQL: the file, every connection's settings, the schema.

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::MigrateError;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AnyConnection, AnyPool, Connection};
use url::Url;

use super::error::AccountError;
use super::migrations::MIGRATIONS;

/// Time that a query waits for a connection: well inside a call's deadline, and long enough for a database server to
/// restart.
pub(super) const ACQUIRE: Duration = Duration::from_secs(3);

/// Settings that SQLite keeps for one connection only. The first one makes the others wait for a lock, as every query
/// does, instead of failing at once. With `synchronous` a committed change survives a power cut; idempotency relies on
/// it.
const SQLITE_SETTINGS: [&str; 4] = [
    "PRAGMA busy_timeout = 5000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
];

/// Time that a connection to PostgreSQL waits for a lock, and for a whole statement, so that a caller gets a 503 long
/// before a call's time is over. Migrations have no such bound: they may rewrite a table.
const POSTGRES_SETTINGS: [&str; 2] = ["SET lock_timeout = '4s'", "SET statement_timeout = '5s'"];

/// Opens the database of `url` with at most `connections`, creates its file if the URL says so, and brings its schema
/// up to date.
pub(super) async fn open(url: &SecretString, connections: u32) -> Result<AnyPool, AccountError> {
    sqlx::any::install_default_drivers();
    let options =
        AnyConnectOptions::from_str(url.expose_secret()).map_err(|error| AccountError::Url(error.to_string()))?;
    let name = display_name(&options.database_url);
    if options.database_url.scheme() == "sqlite" {
        prepare_file(&options.database_url)?;
    }
    // First a connection outside the pool: a pool retries an attempt that cannot succeed, and then reports a timeout
    // only.
    let opened = async {
        let mut connection = AnyConnection::connect_with(&options).await?;
        apply(&SQLITE_SETTINGS, "SQLite", &mut connection).await?;
        connection.close().await
    };
    opened.await.map_err(|source| AccountError::Open { database: name.clone(), source })?;

    let migrating = pool(1, &[]).connect_lazy_with(options.clone());
    migrate(&migrating).await.map_err(|source| AccountError::Migrate { database: name, source })?;
    migrating.close().await;
    Ok(pool(connections, &POSTGRES_SETTINGS).connect_lazy_with(options))
}

/// Whether the database is SQLite. The other engine is PostgreSQL.
pub(super) fn is_sqlite(pool: &AnyPool) -> bool {
    pool.connect_options().database_url.scheme() == "sqlite"
}

/// A pool of at most this many connections, each with the settings of its engine.
fn pool(connections: u32, postgres: &'static [&'static str]) -> AnyPoolOptions {
    AnyPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE).after_connect(move |connection, _| {
        Box::pin(async move {
            apply(&SQLITE_SETTINGS, "SQLite", connection).await?;
            apply(postgres, "PostgreSQL", connection).await
        })
    })
}

/// Brings the schema up to date. PostgreSQL does so under a lock of its own. SQLite has no lock for that, so another
/// process that starts at the same time can apply a migration first. The next attempt then finds it applied. Each
/// attempt loses at most one more race.
async fn migrate(pool: &AnyPool) -> Result<(), MigrateError> {
    for _ in MIGRATIONS.iter() {
        if MIGRATIONS.run(pool).await.is_ok() {
            return Ok(());
        }
    }
    MIGRATIONS.run(pool).await
}

/// Applies an engine's settings to a connection, if it is one to that engine.
async fn apply(settings: &[&'static str], engine: &str, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    if connection.backend_name() == engine {
        for setting in settings {
            sqlx::query(*setting).execute(&mut *connection).await?;
        }
    }
    Ok(())
}

/// Makes a missing database file before SQLite does, with mode 0600, closed to other users. SQLite gives its side files
/// (`-wal`, `-shm`) the same mode.
fn prepare_file(url: &Url) -> Result<(), AccountError> {
    let options = SqliteConnectOptions::from_str(url.as_str()).map_err(|error| AccountError::Url(error.to_string()))?;
    let mode = url.query_pairs().find(|(name, _)| name == "mode").map(|(_, mode)| mode);
    // Every connection would have a database of its own in memory.
    if mode.as_deref() == Some("memory") || url.as_str().contains(":memory:") {
        return Err(AccountError::Url("a database in memory is not supported".to_owned()));
    }
    must_be_a_file(options.get_filename())?;
    if mode.as_deref() == Some("rwc") { create_private(options.get_filename()) } else { Ok(()) }
}

/// Refuses a path that leads to something other than a file: SQLite would wait for a named pipe. Accepts a missing
/// file.
// It looks at the file and does not open it: closing a file ends the locks that SQLite has on it in this process.
pub(super) fn must_be_a_file(path: &Path) -> Result<(), AccountError> {
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(AccountError::Url(format!("{} is not a regular file", path.display()))),
        _ => Ok(()),
    }
}

fn create_private(path: &Path) -> Result<(), AccountError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(AccountError::Create { path: path.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

/// The database's name in messages: its URL without user, password and parameters.
pub(super) fn display_name(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}
