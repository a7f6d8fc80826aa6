//! API tokens: who calls, and what the caller may do.

use std::fmt::{self, Write as _};
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{AnyPool, Arguments as _, AssertSqlSafe, Row};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::columns::Columns;
use super::error::AccountError;
use super::page::{self, Cursor};
use super::plain_token::PlainToken;
use super::recent::Recent;
use super::{account_token, now, whole_micros};

/// What every token starts with, so that people and secret scanners know one.
const PREFIX: &str = "mrt_";
/// Characters of a token that stay readable in [`TokenRecord::hint`].
const HINT: usize = 8;

/// What a token's holder may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Call the unified routes and read capabilities and the accounts that it may use.
    Call,
    /// Everything.
    Admin,
}

impl Scope {
    /// The name in JSON, on the command line and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no [`Scope`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the scope must be call or admin")]
pub struct UnknownScope;

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        [Self::Call, Self::Admin].into_iter().find(|scope| scope.as_str() == text).ok_or(UnknownScope)
    }
}

/// Who calls, as a valid token tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's id, for logs and limits.
    pub token_id: Uuid,
    /// What the caller may do.
    pub scope: Scope,
    /// The one tenant whose accounts the caller sees; `None`: every tenant's.
    pub tenant_id: Option<String>,
    /// The one account that the caller may make calls for, and do nothing else; `None`: every account of the tenant.
    pub account: Option<Uuid>,
}

impl Caller {
    /// Whether the token is for calls of this account, if it is for those of one alone.
    pub fn may_call(&self, account: Uuid) -> bool {
        self.account.is_none_or(|own| own == account)
    }
}

/// A token that the database knows, and who holds it.
pub(super) struct Holder {
    pub(super) caller: Caller,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) is_revoked: bool,
}

impl Holder {
    fn of(token: TokenRecord) -> Self {
        let TokenRecord { id, scope, tenant_id, expires_at, revoked_at, .. } = token;
        let caller = Caller { token_id: id, scope, tenant_id, account: None };
        Self { caller, expires_at, is_revoked: revoked_at.is_some() }
    }

    fn is_valid(&self) -> bool {
        !self.is_revoked && self.expires_at.is_none_or(|expires_at| expires_at > Timestamp::now())
    }
}

/// Some of the API's tokens, as they are shown.
#[derive(Debug, Clone)]
pub struct TokenPage {
    /// The newest first.
    pub result: Vec<TokenRecord>,
    /// For the next page; `None` on the last. Opaque, of URL-safe characters.
    pub next_cursor: Option<String>,
}

/// A token as people see it after its creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenRecord {
    /// For [`Tokens::revoke`].
    pub id: Uuid,
    /// The token's first characters.
    pub hint: String,
    /// What its owner calls it.
    pub name: Option<String>,
    /// What its holder may do.
    pub scope: Scope,
    /// The one tenant whose accounts it sees; `None`: every tenant's.
    pub tenant_id: Option<String>,
    /// When it was created; whole microseconds.
    pub created_at: Timestamp,
    /// From when on it is refused; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// The API's tokens. Made by [`Accounts::tokens`](super::Accounts::tokens).
#[derive(Clone)]
pub struct Tokens {
    pool: AnyPool,
    recent: Arc<RecentTokens>,
}

/// Who holds a token, by the hash of its text.
pub(super) type RecentTokens = Recent<String, Arc<Holder>>;

impl Tokens {
    pub(super) fn new(pool: AnyPool, recent: Arc<RecentTokens>) -> Self {
        Self { pool, recent }
    }

    pub(super) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Makes a token. The text is returned here and never again: the database keeps a hash of it.
    pub async fn create(
        &self,
        scope: Scope,
        tenant: Option<&str>,
        name: Option<&str>,
        expires_at: Option<Timestamp>,
    ) -> Result<(SecretString, TokenRecord), AccountError> {
        let plain = PlainToken::generate(PREFIX);
        let record = TokenRecord {
            id: Uuid::new_v4(),
            hint: plain.hint(HINT),
            name: name.map(str::to_owned),
            scope,
            tenant_id: tenant.map(str::to_owned),
            created_at: now(),
            expires_at: expires_at.map(whole_micros),
            revoked_at: None,
        };
        sqlx::query(
            "INSERT INTO api_token (id, hash, hint, name, scope, tenant_id, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(record.id.to_string())
        .bind(plain.hash())
        .bind(record.hint.as_str())
        .bind(record.name.as_deref())
        .bind(record.scope.as_str())
        .bind(record.tenant_id.as_deref())
        .bind(record.created_at.as_microsecond())
        .bind(record.expires_at.map(Timestamp::as_microsecond))
        .execute(&self.pool)
        .await?;
        Ok((plain.into_secret(), record))
    }

    /// Who holds this token; `None` where it is unknown, expired or revoked. What cannot be a token costs no query.
    pub async fn verify(&self, plain: &str) -> Result<Option<Caller>, AccountError> {
        let (api, account) = (PlainToken::parse(PREFIX, plain), PlainToken::parse(account_token::PREFIX, plain));
        let is_for_account = api.is_none();
        let Some(hash) = api.or(account).map(|plain| plain.hash()) else { return Ok(None) };
        let find = async { if is_for_account { self.find_for_account(&hash).await } else { self.find(&hash).await } };
        let holder = self.recent.get(hash.clone(), find).await?;
        Ok(holder.filter(|holder| holder.is_valid()).map(|holder| holder.caller.clone()))
    }

    /// Who holds the token with this hash, valid or not.
    async fn find(&self, hash: &str) -> Result<Option<Arc<Holder>>, AccountError> {
        let row = sqlx::query(
            "SELECT id, hash, hint, name, scope, tenant_id, created_at, expires_at, revoked_at \
             FROM api_token WHERE hash = $1",
        )
        .bind(hash)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        // The database compares in its own time and by its own rules; this decides.
        let same = row.try_get::<&str, _>("hash")?.as_bytes().ct_eq(hash.as_bytes());
        if bool::from(same) { record(&row).map(|token| Some(Arc::new(Holder::of(token)))) } else { Ok(None) }
    }

    /// A page of the tokens that were ever made, of one tenant or of all, the newest first. `limit` is at least 1; `cursor` is
    /// [`TokenPage::next_cursor`] of the page before.
    pub async fn page(
        &self,
        tenant: Option<&str>,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<TokenPage, AccountError> {
        let cursor = cursor.map(Cursor::decode).transpose()?;
        // The text is made of constants and counted placeholders; values travel as arguments only.
        let mut sql = String::from(
            "SELECT id, hint, name, scope, tenant_id, created_at, expires_at, revoked_at FROM api_token WHERE 1 = 1",
        );
        let mut arguments = AnyArguments::default();
        if let Some(tenant) = tenant {
            arguments.add(tenant).map_err(sqlx::Error::Encode)?;
            let _ = write!(sql, " AND tenant_id = ${}", arguments.len());
        }
        page::newest_first(&mut sql, &mut arguments, cursor, limit)?;
        let rows = sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(&self.pool).await?;
        let result = rows.iter().take(limit as usize).map(record).collect::<Result<Vec<_>, _>>()?;
        let last = result.last().filter(|_| rows.len() > result.len());
        let next_cursor =
            last.map(|last| Cursor { created_at: last.created_at.as_microsecond(), id: last.id }.encode());
        Ok(TokenPage { result, next_cursor })
    }

    /// Every token that was ever made, the oldest first.
    pub async fn list(&self) -> Result<Vec<TokenRecord>, AccountError> {
        let rows = sqlx::query(
            "SELECT id, hint, name, scope, tenant_id, created_at, expires_at, revoked_at FROM api_token \
             ORDER BY created_at, id",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(record).collect()
    }

    /// The token with this id.
    pub async fn get(&self, id: Uuid) -> Result<Option<TokenRecord>, AccountError> {
        let row = sqlx::query(
            "SELECT id, hint, name, scope, tenant_id, created_at, expires_at, revoked_at FROM api_token WHERE id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(record).transpose()
    }

    /// Revokes a token for good, and the account tokens that were made with it: at once in this process, within a second in every other.
    /// `false` where there is none or it was revoked before.
    pub async fn revoke(&self, id: Uuid) -> Result<bool, AccountError> {
        let revoked = sqlx::query("UPDATE api_token SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL")
            .bind(now().as_microsecond())
            .bind(id.to_string())
            .execute(&self.pool)
            .await?;
        self.recent.forget_all();
        Ok(revoked.rows_affected() > 0)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

fn record(row: &AnyRow) -> Result<TokenRecord, AccountError> {
    let row = Columns::of(row, "id")?;
    Ok(TokenRecord {
        id: row.parsed("id")?,
        hint: row.get("hint")?,
        name: row.get("name")?,
        scope: row.parsed("scope")?,
        tenant_id: row.get("tenant_id")?,
        created_at: row.time("created_at")?,
        expires_at: row.time_if_any("expires_at")?,
        revoked_at: row.time_if_any("revoked_at")?,
    })
}
