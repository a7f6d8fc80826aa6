//! Link tokens. The holder of one can connect one account of a tenant, once.

use std::fmt;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, AnyPool, Row, Transaction};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::batches::{AT_ONCE, in_batches};
use super::columns::Columns;
use super::error::AccountError;
use super::now;
use super::plain_token::PlainToken;
use super::vault::{Purpose, Sealed, Secrets, Vault};

/// Prefix of every link token, by which people and secret scanners recognise it.
const PREFIX: &str = "mrl_";
/// Lifetime of a link token, as in the API that this one follows: an application may send it by mail.
const LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Unused tokens of one tenant at most. Applications make one each time that somebody opens a page, and most are never
/// used. If there are more, the oldest expires, so that the tenant can still make new ones.
const MOST_OF_TENANT: i64 = 1_000;

macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT id, hash, tenant_id, account_id, persist_previous_context, redirect_uri, scopes, integrations, context, ",
            "created_at, expires_at FROM link_token WHERE ",
            $condition
        )
    };
}

/// A link token to make.
#[derive(Debug, Clone)]
pub struct NewLinkToken {
    /// Tenant whose account is connected.
    pub tenant_id: String,
    /// The account to connect again; `None`: a new one.
    pub account_id: Option<Uuid>,
    /// Whether that account keeps the variables that it has.
    pub persist_previous_context: bool,
    /// URL to which people go afterwards.
    pub redirect_uri: Option<String>,
    /// The scopes to ask for. Empty: those of the application or the integration.
    pub scopes: Vec<String>,
    /// The integrations among which people choose, by slug. Empty: any.
    pub integrations: Vec<String>,
    /// Variables of the future account, secret or not.
    pub context: Secrets,
}

/// A link token as people see it after its creation, and as its holder uses it. Serialises as the API's object, without
/// its context.
#[derive(Debug, Clone, Serialize)]
pub struct LinkToken {
    /// Id in lists.
    pub id: Uuid,
    /// See [`NewLinkToken::tenant_id`].
    pub tenant_id: String,
    /// See [`NewLinkToken::account_id`].
    #[serde(rename = "integrated_account_id")]
    pub account_id: Option<Uuid>,
    /// See [`NewLinkToken::persist_previous_context`].
    pub persist_previous_context: bool,
    /// See [`NewLinkToken::redirect_uri`].
    pub redirect_uri: Option<String>,
    /// See [`NewLinkToken::scopes`].
    pub scopes: Vec<String>,
    /// See [`NewLinkToken::integrations`].
    pub integrations: Vec<String>,
    /// When it was made; whole microseconds.
    pub created_at: Timestamp,
    /// Time from which the host refuses it.
    pub expires_at: Timestamp,
    /// The hash of the token, by which the database finds it. It is not secret.
    #[serde(skip)]
    pub hash: String,
    #[serde(skip)]
    context: Sealed,
}

/// The link tokens. Made by [`Accounts::link_tokens`](super::Accounts::link_tokens).
#[derive(Clone)]
pub struct LinkTokens {
    pool: AnyPool,
    vault: Option<Arc<Vault>>,
}

impl LinkTokens {
    pub(super) fn new(pool: AnyPool, vault: Option<Arc<Vault>>) -> Self {
        Self { pool, vault }
    }

    /// Makes a token. Only this call returns its text: the database keeps a hash of it. If the tenant has more than
    /// 1,000 unused tokens, the oldest expires.
    ///
    /// # Errors
    /// If the database fails, or there is no vault for the context.
    pub async fn create(&self, new: NewLinkToken) -> Result<(SecretString, LinkToken), AccountError> {
        let (plain, created_at, id) = (PlainToken::generate(PREFIX), now(), Uuid::now_v7());
        let context = self.vault()?.seal_map(Purpose::LinkContext, id, &new.context);
        let token = LinkToken {
            id,
            tenant_id: new.tenant_id,
            account_id: new.account_id,
            persist_previous_context: new.persist_previous_context,
            redirect_uri: new.redirect_uri,
            scopes: new.scopes,
            integrations: new.integrations,
            created_at,
            expires_at: created_at + LIFETIME,
            hash: plain.hash(),
            context,
        };
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "INSERT INTO link_token (id, hash, tenant_id, account_id, persist_previous_context, redirect_uri, scopes, \
             integrations, context, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(id.to_string())
        .bind(token.hash.as_str())
        .bind(token.tenant_id.as_str())
        .bind(token.account_id.map(|id| id.to_string()))
        .bind(i32::from(token.persist_previous_context))
        .bind(token.redirect_uri.as_deref())
        .bind(list(&token.scopes))
        .bind(list(&token.integrations))
        .bind(token.context.as_str())
        .bind(token.created_at.as_microsecond())
        .bind(token.expires_at.as_microsecond())
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "DELETE FROM link_token WHERE tenant_id = $1 AND id <= \
             (SELECT id FROM link_token WHERE tenant_id = $2 ORDER BY id DESC LIMIT 1 OFFSET $3)",
        )
        .bind(token.tenant_id.as_str())
        .bind(token.tenant_id.as_str())
        .bind(MOST_OF_TENANT)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok((plain.into_secret(), token))
    }

    /// The token of this text; `None` if it is unknown, used or expired, or if its account belongs to another tenant by
    /// now. A text that cannot be a token costs no query.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find(&self, plain: &str) -> Result<Option<LinkToken>, AccountError> {
        match hash(plain) {
            Some(hash) => self.with_hash(&hash).await,
            None => Ok(None),
        }
    }

    /// [`find`](Self::find) by the [hash](LinkToken::hash) of a token.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn with_hash(&self, hash: &str) -> Result<Option<LinkToken>, AccountError> {
        let row = sqlx::query(select!(
            "hash = $1 AND expires_at > $2 AND (account_id IS NULL OR EXISTS (SELECT 1 FROM integrated_account AS account \
             WHERE account.id = link_token.account_id AND account.tenant_id = link_token.tenant_id))"
        ))
        .bind(hash)
        .bind(now().as_microsecond())
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        // The database's comparison takes no constant time and follows rules of its own; this comparison decides.
        let same = row.try_get::<&str, _>("hash")?.as_bytes().ct_eq(hash.as_bytes());
        if bool::from(same) { read(&row).map(Some) } else { Ok(None) }
    }

    /// Opens the variables of the future account.
    ///
    /// # Errors
    /// Without a vault, or if it does not open them.
    pub fn context(&self, token: &LinkToken) -> Result<Secrets, AccountError> {
        Ok(self.vault()?.open_map(Purpose::LinkContext, token.id, &token.context)?)
    }

    /// The unused tokens of one tenant, or of all, that are older than the one with the id `before`: the newest first,
    /// at most `limit`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list(
        &self,
        tenant: Option<&str>,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<LinkToken>, AccountError> {
        // No id is above the greatest one.
        let (now, before) = (now().as_microsecond(), before.unwrap_or(Uuid::max()).to_string());
        let query = match tenant {
            None => sqlx::query(select!("expires_at > $1 AND id < $2 ORDER BY id DESC LIMIT $3")).bind(now),
            Some(tenant) => {
                sqlx::query(select!("tenant_id = $1 AND expires_at > $2 AND id < $3 ORDER BY id DESC LIMIT $4"))
                    .bind(tenant)
                    .bind(now)
            }
        };
        query.bind(before).bind(i64::from(limit)).fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// Number of unused tokens.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn count(&self) -> Result<u64, AccountError> {
        let row = sqlx::query("SELECT COUNT(*) AS tokens FROM link_token WHERE expires_at > $1")
            .bind(now().as_microsecond())
            .fetch_one(&self.pool)
            .await?;
        Ok(row.try_get::<i64, _>("tokens")?.unsigned_abs())
    }

    /// Deletes expired tokens in batches; returns their number.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn purge(&self) -> Result<u64, AccountError> {
        let now = now().as_microsecond();
        let expired = || {
            sqlx::query(
                "DELETE FROM link_token WHERE id IN \
                 (SELECT id FROM link_token WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
            )
            .bind(now)
            .bind(AT_ONCE)
        };
        in_batches(&self.pool, expired).await
    }

    fn vault(&self) -> Result<&Vault, AccountError> {
        self.vault.as_deref().ok_or(AccountError::NoVault)
    }
}

/// Whether an account that is connected again with the token of this hash keeps its variables; `false` if there is no
/// such token.
pub(super) async fn keeps_variables(hash: &str, connection: &mut AnyConnection) -> Result<bool, AccountError> {
    let row = sqlx::query("SELECT persist_previous_context FROM link_token WHERE hash = $1").bind(hash);
    let row = row.fetch_optional(connection).await?;
    Ok(row.map(|row| row.try_get::<i32, _>(0)).transpose()?.is_some_and(|keeps| keeps != 0))
}

/// The [hash](LinkToken::hash) of a token that somebody shows; `None` if it cannot be one.
pub(super) fn hash(plain: &str) -> Option<String> {
    PlainToken::parse(PREFIX, plain).map(|plain| plain.hash())
}

/// Locks the token of this hash until the transaction ends; `false` if it is unknown, used or expired.
pub(super) async fn lock(hash: &str, transaction: &mut Transaction<'_, Any>) -> Result<bool, AccountError> {
    let locked = sqlx::query("UPDATE link_token SET hash = hash WHERE hash = $1 AND expires_at > $2")
        .bind(hash)
        .bind(now().as_microsecond())
        .execute(&mut **transaction)
        .await?;
    Ok(locked.rows_affected() == 1)
}

/// Marks the token of this hash as used, in the transaction that uses it; `false` if it is unknown, used or expired. If
/// several transactions use it at once, one succeeds.
pub(super) async fn spend(hash: &str, transaction: &mut Transaction<'_, Any>) -> Result<bool, AccountError> {
    let spent = sqlx::query("DELETE FROM link_token WHERE hash = $1 AND expires_at > $2")
        .bind(hash)
        .bind(now().as_microsecond())
        .execute(&mut **transaction)
        .await?;
    Ok(spent.rows_affected() == 1)
}

impl fmt::Debug for LinkTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkTokens")
    }
}

/// A list as the database stores it.
fn list(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

fn read(row: &AnyRow) -> Result<LinkToken, AccountError> {
    let row = Columns::of(row, "id")?;
    Ok(LinkToken {
        id: row.parsed("id")?,
        tenant_id: row.get("tenant_id")?,
        account_id: row.parsed_if_any("account_id")?,
        persist_previous_context: row.flag("persist_previous_context")?,
        redirect_uri: row.get("redirect_uri")?,
        scopes: row.json("scopes")?,
        integrations: row.json("integrations")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        hash: row.get("hash")?,
        context: Sealed::from(row.get::<String>("context")?),
    })
}
