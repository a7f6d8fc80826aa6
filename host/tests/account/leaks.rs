//! Neither the database nor debug output has a secret, and other users cannot read the database files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use mortise::account::{AccountFilter, Accounts, NewAccount, Scope, Vault};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::{House, chain, database, key, new_account, new_credentials, secrets, sqlite};

#[tokio::test]
async fn the_database_files_hold_no_credential_and_no_token() {
    let house = House::new().await;
    let canary = "canary0123456789abcdef";
    let new = NewAccount { secrets: secrets(&[("api_key", canary)]), ..new_account("t1") };
    let account = house.accounts.create(new).await.unwrap();
    house.accounts.update(account.id, None, new_credentials("second", "canary-second-98765")).await.unwrap();
    let (token, _) = house.accounts.tokens().create(Scope::Admin, None, Some("ci"), None).await.unwrap();
    house.accounts.tokens().verify(token.expose_secret()).await.unwrap().unwrap();

    let written = database::written(house.directory.path()).await;
    let found = |needle: &str| written.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(found(&account.id.to_string()), "the search finds text in the database");
    for secret in [canary, "canary-second-98765", token.expose_secret(), &token.expose_secret()[4..]] {
        assert!(!found(secret));
        assert!(!found(&hex::encode(secret)));
        // Without the last characters, which depend on what follows.
        assert!(!found(&STANDARD.encode(secret)[..16]));
        assert!(!found(&URL_SAFE_NO_PAD.encode(secret)[..16]));
    }
}

#[tokio::test]
async fn debug_output_holds_no_secret() {
    let house = House::new().await;
    let new = NewAccount { secrets: secrets(&[("api_key", "canary0123")]), ..new_account("t1") };
    let change = new_credentials("api_key", "canary0123");
    let account = house.accounts.create(new.clone()).await.unwrap();
    let (token, record) = house.accounts.tokens().create(Scope::Call, None, None, None).await.unwrap();
    let caller = house.accounts.tokens().verify(token.expose_secret()).await.unwrap();
    let altered = house.vault.open(Uuid::nil(), &account.sealed).unwrap_err();
    let page = house.accounts.list(AccountFilter::default()).await.unwrap();

    let debug = format!(
        "{new:?} {change:?} {account:?} {:?} {page:?} {:?} {:?} {:?} {token:?} {record:?} {caller:?} {:?} {}",
        account.sealed,
        house.accounts,
        house.accounts.tokens(),
        house.vault,
        key(7),
        chain(&altered),
    );
    assert!(!debug.contains("canary0123"));
    assert!(!debug.contains(account.sealed.as_str()));
    assert!(!debug.contains(&token.expose_secret()[12..]));
    assert!(!debug.contains(&hex::encode([7; 32])) && !debug.contains("7, 7, 7"));
}

#[tokio::test]
async fn the_database_files_are_closed_to_others() {
    let directory = tempfile::tempdir().unwrap();
    let vault = Arc::new(Vault::new(key(1), []));
    let accounts = Accounts::connect(&sqlite(directory.path())).await.unwrap().with_vault(vault);
    accounts.create(new_account("t1")).await.unwrap();
    for entry in fs::read_dir(directory.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
    assert!(directory.path().join("mortise.db").exists());
}
