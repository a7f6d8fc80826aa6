//! Variables that become credentials. A newer version of an integration may declare a variable as secret that accounts
//! carry in the open.
//!
//! The host learns the names before the version serves ([`SecretNames`]), so that nobody reads a value in between. It
//! seals the values as soon as the version serves ([`Accounts::conceal`]). If a host with the older version writes a
//! value afterwards, this host seals it at the next read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{PoisonError, RwLock};

use serde_json::Value;
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::error::AccountError;
use super::model::Account;
use super::store::{Accounts, object};

/// The names of secret variables, by integration.
#[derive(Default)]
pub(super) struct SecretNames(RwLock<BTreeMap<String, BTreeSet<String>>>);

impl SecretNames {
    /// Sets the secret names of an integration; returns whether they differ from those before.
    fn set(&self, integration: &str, names: BTreeSet<String>) -> bool {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(integration.to_owned()).or_default();
        let are_others = *known != names;
        *known = names;
        are_others
    }

    fn of(&self, integration: &str) -> BTreeSet<String> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(integration).cloned().unwrap_or_default()
    }

    /// The secret variables that an account carries in the open.
    pub(super) fn exposed(&self, account: &Account) -> Vec<String> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let names = all.get(&account.integration).into_iter().flatten();
        names.filter(|name| account.context.contains_key(*name)).cloned().collect()
    }
}

impl Accounts {
    /// Sets which variables of an integration are secret from now on. No account that is read afterwards carries them
    /// in the open.
    pub fn set_secret_names(&self, integration: &str, names: BTreeSet<String>) {
        if self.secret_names.set(integration, names) {
            self.recent.forget_all();
        }
    }

    /// Seals the [secret variables](Self::set_secret_names) that an integration's accounts carry in the open; returns
    /// the number of accounts changed. If one cannot be changed now, the host seals its variables at the next read.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn conceal(&self, integration: &str) -> Result<u64, AccountError> {
        let names = self.secret_names.of(integration);
        if names.is_empty() {
            return Ok(0);
        }
        // The text is made of constants and counted placeholders only. The search also finds accounts in which such a
        // name is part of a value: `exposed` decides.
        let conditions: Vec<_> = (2..names.len() + 2).map(|number| format!("context LIKE ${number}")).collect();
        let sql = format!("SELECT id FROM integrated_account WHERE integration = $1 AND ({})", conditions.join(" OR "));
        let query = sqlx::query(AssertSqlSafe(sql)).bind(integration.to_owned());
        let query = names.iter().fold(query, |query, name| query.bind(format!("%\"{name}\"%")));
        let rows = query.fetch_all(&self.pool).await?;
        let mut sealed = 0;
        for row in rows {
            let id: &str = row.try_get("id")?;
            let id: Uuid = id.parse().map_err(|_| AccountError::corrupt(id, "id"))?;
            let Some((account, before)) = self.row(id, None).await? else { continue };
            let concealed = self.concealed(account, before).await?;
            sealed += u64::from(concealed.is_some_and(|(_, version)| version != before));
        }
        Ok(sealed)
    }

    /// The account without credentials in the open. If it carries some, they are sealed from now on. `None` if the
    /// account is deleted.
    pub(super) async fn concealed(
        &self,
        mut account: Account,
        mut version: i64,
    ) -> Result<Option<(Account, i64)>, AccountError> {
        loop {
            let exposed = self.secret_names.exposed(&account);
            if exposed.is_empty() || !self.seal_in(&mut account, &exposed) {
                return Ok(Some((account, version)));
            }
            match self.write_concealed(&account, version).await {
                Ok(true) => {
                    self.recent.forget(&account.id);
                    return Ok(Some((account, version + 1)));
                }
                // Another writer has changed it.
                Ok(false) => match self.row(account.id, None).await? {
                    Some(row) => (account, version) = row,
                    None => return Ok(None),
                },
                // The caller does not see the value all the same, and the next read tries again.
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::warn!(account = %account.id, error, "a variable that is secret now is not sealed yet");
                    return Ok(Some((account, version)));
                }
            }
        }
    }

    /// Moves variables to the account's credentials. If a credential has the same name, it stays. `false` if the
    /// credentials cannot be opened; the variables are removed from the context all the same.
    fn seal_in(&self, account: &mut Account, exposed: &[String]) -> bool {
        let values: Vec<_> = exposed.iter().map(|name| (name, account.context.shift_remove(name))).collect();
        let Some(vault) = &self.vault else { return false };
        let Ok(mut secrets) = vault.open(account.id, &account.sealed) else { return false };
        for (name, value) in values {
            let text = match value {
                Some(Value::String(text)) if !text.is_empty() => text,
                Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
                _ => continue,
            };
            secrets.entry(name.clone()).or_insert_with(|| text.into());
        }
        account.sealed = vault.seal(account.id, &secrets);
        true
    }

    async fn write_concealed(&self, account: &Account, version: i64) -> Result<bool, AccountError> {
        let written = sqlx::query(
            "UPDATE integrated_account SET context = $1, secrets = $2, version = version + 1 WHERE id = $3 AND version = $4",
        )
        .bind(object(&account.context))
        .bind(account.sealed.as_str())
        .bind(account.id.to_string())
        .bind(version)
        .execute(&self.pool)
        .await?;
        Ok(written.rows_affected() == 1)
    }
}
