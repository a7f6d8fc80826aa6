//! Opening the database, and the errors if it cannot be opened.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use mortise::account::{AccountError, Accounts};

use super::{House, chain, pool, sqlite, url};

#[tokio::test]
async fn a_directory_without_write_permission_is_named() {
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o500)).unwrap();
    // Permissions do not stop the superuser. A process's directory under `/proc` does.
    let privileged = fs::write(directory.path().join("probe"), "").is_ok();
    let place = if privileged { Path::new("/proc/self") } else { directory.path() };

    let error = Accounts::connect(&sqlite(place)).await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, AccountError::Create { .. }), "{text}");
    assert!(text.contains(place.to_str().unwrap()) && text.contains("writable"), "{text}");
}

#[tokio::test]
async fn a_missing_file_is_created_only_where_the_url_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("mortise.db").display());
    let error = Accounts::connect(&url.into()).await.unwrap_err();
    assert!(matches!(error, AccountError::Open { .. }));
    assert!(error.to_string().contains("mortise.db"));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn unusable_urls_are_refused() {
    for url in ["", "mortise.db", "sqlite::memory:", "sqlite://x.db?mode=memory", "sqlite://x.db?mode=odd"] {
        assert!(matches!(Accounts::connect(&url.into()).await, Err(AccountError::Url(_))), "{url}");
    }
    let error = Accounts::connect(&"nosuch://user:canary0123@host/db?password=canary0123".into()).await.unwrap_err();
    assert!(matches!(error, AccountError::Open { .. }));
    assert!(!chain(&error).contains("canary0123"));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("mortise.db"), "no database at all\n".repeat(100)).unwrap();
    let error = Accounts::connect(&sqlite(directory.path())).await.unwrap_err();
    assert!(matches!(error, AccountError::Open { .. }));
    assert!(chain(&error).contains("file is not a database"), "{}", chain(&error));
}

#[tokio::test]
async fn a_row_that_makes_no_sense_is_an_error_that_names_it() {
    let house = House::new().await;
    let account = house.account("t1").await;
    let pool = pool(house.directory.path()).await;
    sqlx::query("UPDATE integrated_account SET context = '[1'").execute(&pool).await.unwrap();

    let error = house.accounts.get(account.id, None).await.unwrap_err();
    assert!(matches!(error, AccountError::Corrupt { column: "context", .. }));
    assert!(error.to_string().contains(&account.id.to_string()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_start_together_share_a_fresh_database() {
    let directory = tempfile::tempdir().unwrap();
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let url = url(directory.path()).await;
        starts.spawn(async move { Accounts::connect(&url).await.map_err(|error| chain(&error)) });
    }
    for opened in starts.join_all().await {
        opened.unwrap().ping().await.unwrap();
    }
}
