//! Finds the account that a command names.

use anyhow::{Result, bail};
use uuid::Uuid;

use crate::account::{Account, Accounts};

pub(super) async fn find(accounts: &Accounts, id: Uuid) -> Result<Account> {
    match accounts.get(id, None).await? {
        Some(account) => Ok(account),
        None => bail!("there is no account {id}"),
    }
}
