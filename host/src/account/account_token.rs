//! Tokens for one account. An application hands one to a part of itself that needs no other account, such as a page in
//! a browser.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use sqlx::Row;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::columns::Columns;
use super::error::AccountError;
use super::now;
use super::plain_token::PlainToken;
use super::token::{Caller, Holder, Scope, Tokens};

/// Prefix of every token for one account.
pub(super) const PREFIX: &str = "mrta_";
/// Lifetime of a token, as long as Truto's. When it has expired, a page asks its application for another one.
const LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// A token for one account, as the API returns it once.
#[derive(Debug)]
pub struct AccountToken {
    /// The token.
    pub token: SecretString,
    /// Time from which the host refuses it; whole microseconds.
    pub expires_at: Timestamp,
}

impl Tokens {
    /// Makes a token that calls for this account alone, on behalf of the API token `made_by`. It expires after 15
    /// minutes, or with `made_by` if that one expires earlier. `None` if the account or the API token does not exist.
    pub async fn create_for_account(&self, account: Uuid, made_by: Uuid) -> Result<Option<AccountToken>, AccountError> {
        let Some(maker) = self.get(made_by).await? else { return Ok(None) };
        let full = now() + LIFETIME;
        let expires_at = maker.expires_at.map_or(full, |ends| ends.min(full));
        let plain = PlainToken::generate(PREFIX);
        let made = sqlx::query(
            "INSERT INTO account_token (hash, id, account_id, made_by, expires_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(plain.hash())
        .bind(Uuid::new_v4().to_string())
        .bind(account.to_string())
        .bind(made_by.to_string())
        .bind(expires_at.as_microsecond())
        .execute(self.pool())
        .await;
        match made {
            Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(None),
            made => {
                made?;
                Ok(Some(AccountToken { token: plain.into_secret(), expires_at }))
            }
        }
    }

    /// The holder of the account token with this hash, valid or not. The token expires with the API token that made it,
    /// and sees no other tenant than that one.
    pub(super) async fn find_for_account(&self, hash: &str) -> Result<Option<Arc<Holder>>, AccountError> {
        let row = sqlx::query(
            "SELECT a.hash, a.id, a.account_id, a.expires_at, m.tenant_id, m.revoked_at \
             FROM account_token a JOIN api_token m ON m.id = a.made_by WHERE a.hash = $1",
        )
        .bind(hash)
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let same = row.try_get::<&str, _>("hash")?.as_bytes().ct_eq(hash.as_bytes());
        if !bool::from(same) {
            return Ok(None);
        }
        let row = Columns::of(&row, "id")?;
        Ok(Some(Arc::new(Holder {
            caller: Caller {
                token_id: row.parsed("id")?,
                scope: Scope::Call,
                tenant_id: row.get("tenant_id")?,
                account: Some(row.parsed("account_id")?),
            },
            expires_at: Some(row.time("expires_at")?),
            is_revoked: row.get::<Option<i64>>("revoked_at")?.is_some(),
        })))
    }

    /// Deletes the account tokens that have expired; returns their number.
    pub async fn purge(&self) -> Result<u64, AccountError> {
        let purged = sqlx::query("DELETE FROM account_token WHERE expires_at <= $1")
            .bind(now().as_microsecond())
            .execute(self.pool())
            .await?;
        Ok(purged.rows_affected())
    }
}
