//! API tokens, and what their holders may do.

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

/// Prefix of every token, by which people and secret scanners recognise it.
const PREFIX: &str = "mrt_";
/// Characters of a token in [`TokenRecord::hint`].
const HINT: usize = 8;

/// The rights of a token's holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Calls of the unified routes, and reading capabilities and the accounts that it may use.
    Call,
    /// All routes.
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

/// The text is not the name of a [`Scope`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the scope must be call or admin")]
pub struct UnknownScope;

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        [Self::Call, Self::Admin].into_iter().find(|scope| scope.as_str() == text).ok_or(UnknownScope)
    }
}

/// The holder of a valid token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's id, for logs and limits.
    pub token_id: Uuid,
    /// The rights of the caller.
    pub scope: Scope,
    /// The one tenant whose accounts the caller sees; `None`: every tenant's.
    pub tenant_id: Option<String>,
    /// The one account for which the caller may make calls, and nothing else; `None`: every account of the tenant.
    pub account: Option<Uuid>,
}

impl Caller {
    /// Whether the caller may make calls for this account; true if the token is not confined to one account.
    pub fn may_call(&self, account: Uuid) -> bool {
        self.account.is_none_or(|own| own == account)
    }
}

/// A token in the database, and its holder.
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

/// A page of the API's tokens.
#[derive(Debug, Clone)]
pub struct TokenPage {
    /// The newest first.
    pub result: Vec<TokenRecord>,
    /// Cursor of the next page; `None` on the last. Opaque, of URL-safe characters.
    pub next_cursor: Option<String>,
}

/// A token as people see it after its creation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenRecord {
    /// Id, for [`Tokens::revoke`].
    pub id: Uuid,
    /// The token's first characters.
    pub hint: String,
    /// Name that its owner gave it.
    pub name: Option<String>,
    /// The rights of its holder.
    pub scope: Scope,
    /// The one tenant whose accounts it sees; `None`: every tenant's.
    pub tenant_id: Option<String>,
    /// When it was created; whole microseconds.
    pub created_at: Timestamp,
    /// Time from which the host refuses it; `None`: it does not expire.
    pub expires_at: Option<Timestamp>,
    /// When somebody revoked it; `None`: nobody has.
    pub revoked_at: Option<Timestamp>,
}

/// The API's tokens. Made by [`Accounts::tokens`](super::Accounts::tokens).
#[derive(Clone)]
pub struct Tokens {
    pool: AnyPool,
    recent: Arc<RecentTokens>,
}

/// Holders of tokens, by the hash of the token's text.
pub(super) type RecentTokens = Recent<String, Arc<Holder>>;

impl Tokens {
    pub(super) fn new(pool: AnyPool, recent: Arc<RecentTokens>) -> Self {
        Self { pool, recent }
    }

    pub(super) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Makes a token. Only this call returns its text: the database keeps a hash of it.
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

    /// The holder of this token; `None` if it is unknown, expired or revoked. A text that cannot be a token costs no
    /// query.
    pub async fn verify(&self, plain: &str) -> Result<Option<Caller>, AccountError> {
        let (api, account) = (PlainToken::parse(PREFIX, plain), PlainToken::parse(account_token::PREFIX, plain));
        let is_for_account = api.is_none();
        let Some(hash) = api.or(account).map(|plain| plain.hash()) else { return Ok(None) };
        let find = async { if is_for_account { self.find_for_account(&hash).await } else { self.find(&hash).await } };
        let holder = self.recent.get(hash.clone(), find).await?;
        Ok(holder.filter(|holder| holder.is_valid()).map(|holder| holder.caller.clone()))
    }

    /// The holder of the token with this hash, valid or not.
    async fn find(&self, hash: &str) -> Result<Option<Arc<Holder>>, AccountError> {
        let row = sqlx::query(
            "SELECT id, hash, hint, name, scope, tenant_id, created_at, expires_at, revoked_at \
             FROM api_token WHERE hash = $1",
        )
        .bind(hash)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        // The database's comparison takes no constant time and follows rules of its own; this comparison decides.
        let same = row.try_get::<&str, _>("hash")?.as_bytes().ct_eq(hash.as_bytes());
        if bool::from(same) { record(&row).map(|token| Some(Arc::new(Holder::of(token)))) } else { Ok(None) }
    }

    /// A page of all tokens of one tenant or of all, revoked and expired ones included, the newest first. `limit` is at
    /// least 1; `cursor` is [`TokenPage::next_cursor`] of the previous page.
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

    /// All tokens, revoked and expired ones included, the oldest first.
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

    /// Revokes a token and the account tokens that were made with it for good: at once in this process, within 1 s in
    /// every other. `false` if there is none or it was revoked before.
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
