//! The database of a test: a SQLite file in the test's data directory. If [`VARIABLE`] names a PostgreSQL server, it is
//! a database on that server instead.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use url::Url;

/// The URL of a PostgreSQL server whose user may create databases, such as `postgres://postgres@localhost/postgres`. Without
/// it the tests run on SQLite.
pub const VARIABLE: &str = "MORTISE_TEST_DATABASE_URL";

/// The file of a data directory that names its database.
const FILE: &str = "test-database-url";

/// The databases of this process, and their directories.
static MADE: Mutex<Vec<(PathBuf, String)>> = Mutex::new(Vec::new());

/// Whether the tests run on PostgreSQL.
pub fn is_postgres() -> bool {
    std::env::var_os(VARIABLE).is_some_and(|url| !url.is_empty())
}

/// The database of this directory. Creates the database if it does not exist.
///
/// # Panics
/// If the server in [`VARIABLE`] cannot create it.
pub async fn url(directory: &Path) -> SecretString {
    if !is_postgres() {
        return format!("sqlite://{}?mode=rwc", directory.join("mortise.db").display()).into();
    }
    let file = directory.join(FILE);
    if let Ok(url) = fs::read_to_string(&file) {
        return url.into();
    }
    let server = std::env::var(VARIABLE).expect("the variable is text");
    let mut connection = PgConnection::connect(&server).await.expect("the server answers");
    for gone in without_directory() {
        let drop = AssertSqlSafe(format!("DROP DATABASE {gone} WITH (FORCE)"));
        sqlx::raw_sql(drop).execute(&mut connection).await.expect("a database is dropped");
    }
    let name = format!("mortise_test_{}", uuid::Uuid::new_v4().simple());
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create).execute(&mut connection).await.expect("a database is made");
    let mut url = Url::parse(&server).expect("the variable holds a URL");
    url.set_path(&name);
    fs::write(file, url.as_str()).expect("the directory is writable");
    MADE.lock().unwrap_or_else(PoisonError::into_inner).push((directory.to_owned(), name));
    String::from(url).into()
}

/// The whole content of the directory's database, for searches: its files, or the text of every row from the server.
///
/// # Panics
/// If the content cannot be read.
pub async fn written(directory: &Path) -> Vec<u8> {
    if !is_postgres() {
        let files = fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path());
        let of_database = |path: &PathBuf| path.to_string_lossy().contains("mortise.db");
        return files.filter(of_database).flat_map(|path| fs::read(path).expect("a file")).collect();
    }
    let mut connection = PgConnection::connect(url(directory).await.expose_secret()).await.expect("the server answers");
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut connection).await.expect("a catalogue");
    let mut written = Vec::new();
    for table in tables {
        let rows = AssertSqlSafe(format!("SELECT CAST(t AS TEXT) FROM {table} t"));
        let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut connection).await.expect("a table");
        written.extend(rows.concat().into_bytes());
    }
    written
}

/// Deletes the databases whose directories do not exist any more, because their tests have ended.
fn without_directory() -> Vec<String> {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.extract_if(.., |(directory, _)| !directory.exists()).map(|(_, name)| name).collect()
}
