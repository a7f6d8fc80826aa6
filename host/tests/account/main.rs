//! The module `account` through its public functions, on a real database: SQLite files, or a PostgreSQL server if
//! `MORTISE_TEST_DATABASE_URL` names it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail their test")]

mod accounts;
#[path = "../../../tests/src/database.rs"]
#[allow(unreachable_pub, dead_code, clippy::expect_used, reason = "shared with the end-to-end suite")]
mod database;
mod leaks;
mod link_tokens;
mod lists;
mod master_key;
mod opening;
mod tokens;
mod vault;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use mortise::account::{Account, AccountChange, Accounts, MasterKey, NewAccount, Secrets, Vault};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use sqlx::AnyPool;
use tempfile::TempDir;

/// A credential that needs escapes in JSON.
const CANARY: &str = "canary-7f3a\"\\\u{1}ü-secret";

/// A database file with its vault, in a directory of its own.
struct House {
    directory: TempDir,
    accounts: Accounts,
    vault: Arc<Vault>,
}

impl House {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let vault = Arc::new(Vault::new(key(1), []));
        let accounts = Accounts::connect(&url(directory.path()).await).await.unwrap().with_vault(vault.clone());
        Self { directory, accounts, vault }
    }

    async fn account(&self, tenant: &str) -> Account {
        self.accounts.create(new_account(tenant)).await.unwrap()
    }

    fn open(&self, account: &Account) -> BTreeMap<String, String> {
        exposed(self.vault.open(account.id, &account.sealed).unwrap())
    }
}

/// The URL of the directory's database in this test run.
async fn url(directory: &Path) -> SecretString {
    database::url(directory).await
}

/// The URL of the directory's SQLite file, even if this test run is on PostgreSQL.
fn sqlite(directory: &Path) -> SecretString {
    format!("sqlite://{}?mode=rwc", directory.join("mortise.db").display()).into()
}

/// Connects to a directory's database without the host.
async fn pool(directory: &Path) -> AnyPool {
    AnyPool::connect(url(directory).await.expose_secret()).await.unwrap()
}

fn key(byte: u8) -> MasterKey {
    MasterKey::from_text(&hex::encode([byte; 32])).unwrap()
}

fn secrets(pairs: &[(&str, &str)]) -> Secrets {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect()
}

fn exposed(secrets: Secrets) -> BTreeMap<String, String> {
    secrets.into_iter().map(|(name, value)| (name, value.expose_secret().to_owned())).collect()
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn new_account(tenant: &str) -> NewAccount {
    NewAccount {
        tenant_id: tenant.to_owned(),
        integration: "acme".to_owned(),
        authentication_method: Some("api_key".to_owned()),
        is_sandbox: false,
        context: object(json!({"subdomain": "north", "options": {"a": 1, "b": 2}})),
        secrets: secrets(&[("api_key", CANARY), ("webhook_secret", "second")]),
        application_id: None,
    }
}

fn new_credentials(name: &str, value: &str) -> AccountChange {
    AccountChange {
        secrets: Some(BTreeMap::from([(name.to_owned(), Some(SecretString::from(value)))])),
        ..AccountChange::default()
    }
}

/// Everything in the chain of an error, as a log would show it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}
