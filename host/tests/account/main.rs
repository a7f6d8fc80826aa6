//! The account room through its public surface, on real SQLite files.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail their test")]

mod accounts;
mod leaks;
mod lists;
mod master_key;
mod opening;
mod tokens;
mod vault;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mortise::account::{Account, AccountChange, Accounts, MasterKey, NewAccount, Secrets, Vault};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// A credential whose spelling in JSON needs escapes.
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
        let accounts = Accounts::connect(&url(directory.path())).await.unwrap().with_vault(vault.clone());
        Self { directory, accounts, vault }
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("mortise.db")
    }

    async fn account(&self, tenant: &str) -> Account {
        self.accounts.create(new_account(tenant)).await.unwrap()
    }

    fn open(&self, account: &Account) -> BTreeMap<String, String> {
        exposed(self.vault.open(account.id, &account.sealed).unwrap())
    }
}

fn url(directory: &Path) -> String {
    format!("sqlite://{}?mode=rwc", directory.join("mortise.db").display())
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
