//! The host's database for a command: opened once, and closed on every path.

use std::sync::Arc;

use anyhow::Result;

use super::args::ConfigArgs;
use super::serve;
use crate::account::{Accounts, Vault};
use crate::config::Config;

impl ConfigArgs {
    /// Runs `work` with the configuration and the host's database. Without the master key, the command can neither
    /// store credentials nor open them.
    pub(super) async fn with_database<T>(self, work: impl AsyncFnOnce(&Config, &Accounts) -> Result<T>) -> Result<T> {
        let config = self.load()?;
        let accounts = Accounts::connect(&config.database_url()?).await?;
        closing(accounts, async |accounts| work(&config, accounts).await).await
    }

    /// Runs `work` as [`with_database`](Self::with_database), with the master key.
    pub(super) async fn with_vault<T>(self, work: impl AsyncFnOnce(&Config, &Accounts) -> Result<T>) -> Result<T> {
        let config = self.load()?;
        let vault = Vault::with_keys(serve::master_keys(&config)?);
        let accounts = Accounts::connect(&config.database_url()?).await?.with_vault(Arc::new(vault));
        closing(accounts, async |accounts| work(&config, accounts).await).await
    }
}

/// Runs `work` on the database and closes it, also if `work` fails: an open SQLite database would keep its write-ahead
/// log, and PostgreSQL would report lost connections.
pub(super) async fn closing<T>(accounts: Accounts, work: impl AsyncFnOnce(&Accounts) -> Result<T>) -> Result<T> {
    let done = work(&accounts).await;
    accounts.close().await;
    done
}
