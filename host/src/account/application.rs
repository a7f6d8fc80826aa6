//! OAuth applications of the operator. A vendor issues tokens for an application's client if an account carries no
//! client of its own.
//!
//! A refresh token belongs to the client that got it (RFC 6749 §6). So an application never changes its client: another
//! `client_id` is another application, which replaces the old one for accounts that are connected from then on. The
//! host keeps the old one as long as an account has tokens of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AnyPool, Row};
use uuid::Uuid;

use super::columns::Columns;
use super::error::AccountError;
use super::model::{Account, Status};
use super::overview::Overview;
use super::recent::Recent;
use super::store::{account as read_account, returning};
use super::vault::{Purpose, Sealed, Vault};
use super::webhook::{EventType, Outbox, Written};
use super::{now, whole_micros};
use crate::config::{WebOrigin, callback_url};

/// The variable of an account that names its client at the vendor.
pub const CLIENT_ID: &str = "client_id";
/// The variable that holds the client's secret.
pub const CLIENT_SECRET: &str = "client_secret";

/// The host keeps a replaced application without accounts for this time, because a request that creates an account may
/// just have chosen it.
const KEPT_UNUSED: SignedDuration = SignedDuration::from_hours(1);

/// Accounts that one transaction makes active again. More would hold the database's write lock for longer.
const REACTIVATED_AT_ONCE: i64 = 200;

macro_rules! select {
    ($condition:literal) => {
        select!("", "", $condition)
    };
    ($columns:literal, $join:literal, $condition:literal) => {
        concat!(
            "SELECT id, integration, tenant_id, client_id, client_secret, scopes, redirect_url, created_at, updated_at",
            $columns,
            " FROM oauth_application ",
            $join,
            "WHERE ",
            $condition
        )
    };
}

macro_rules! outdated {
    ($columns:literal, $end:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM integrated_account WHERE integration = $1 AND application_id IS NOT NULL AND application_id <> $2 ",
            "AND (tenant_id = $3 OR CAST($4 AS TEXT) = '' AND tenant_id NOT IN ",
            "(SELECT tenant_id FROM oauth_application WHERE integration = $5 AND replaced_at IS NULL))",
            $end
        )
    };
}

/// One application. Its secret is sealed.
#[derive(Debug, Clone)]
pub struct OAuthApplication {
    /// Id of the application, which accounts remember.
    pub id: Uuid,
    /// Slug of the integration.
    pub integration: String,
    /// The one tenant whose accounts use it; `None`: it is for every tenant that has no application of its own.
    pub tenant_id: Option<String>,
    /// The client's identifier at the vendor. It is no secret.
    pub client_id: String,
    client_secret: Option<Sealed>,
    /// The scopes to ask for. Empty: those that the integration declares.
    pub scopes: Vec<String>,
    /// The redirect URL that is registered at the vendor, to which it sends people back.
    pub redirect_url: Option<String>,
    /// When it was created; whole microseconds.
    pub created_at: Timestamp,
    /// When it last changed; whole microseconds.
    pub updated_at: Timestamp,
}

/// The part of an application that may leave the host. Serialises as the API's application object.
#[derive(Debug, Clone, Serialize)]
pub struct PublicApplication<'a> {
    /// See [`OAuthApplication::id`].
    pub id: Uuid,
    /// See [`OAuthApplication::integration`].
    pub integration: &'a str,
    /// See [`OAuthApplication::tenant_id`].
    pub tenant_id: Option<&'a str>,
    /// See [`OAuthApplication::client_id`].
    pub client_id: &'a str,
    /// Whether a client secret is stored.
    pub has_client_secret: bool,
    /// See [`OAuthApplication::scopes`].
    pub scopes: &'a [String],
    /// See [`OAuthApplication::redirect_url`].
    pub redirect_url: Option<&'a str>,
    /// See [`OAuthApplication::callback_url`].
    pub callback_url: Option<String>,
    /// See [`OAuthApplication::created_at`].
    pub created_at: Timestamp,
    /// See [`OAuthApplication::updated_at`].
    pub updated_at: Timestamp,
    /// Accounts that somebody must connect again to get tokens of this client; left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accounts_to_reconnect: Option<&'a Outdated>,
}

impl OAuthApplication {
    /// The application as the API shows it: without its secret, not even sealed.
    pub fn public<'a>(
        &'a self,
        public_url: Option<&WebOrigin>,
        outdated: Option<&'a Outdated>,
    ) -> PublicApplication<'a> {
        PublicApplication {
            id: self.id,
            integration: &self.integration,
            tenant_id: self.tenant_id.as_deref(),
            client_id: &self.client_id,
            has_client_secret: self.has_client_secret(),
            scopes: &self.scopes,
            redirect_url: self.redirect_url.as_deref(),
            callback_url: self.callback_url(public_url),
            created_at: self.created_at,
            updated_at: self.updated_at,
            accounts_to_reconnect: outdated,
        }
    }

    /// The URL to which the vendor sends people back, which the operator enters in the vendor's console. It is the
    /// registered URL, or this host's callback if browsers reach the host at a `public_url`.
    pub fn callback_url(&self, public_url: Option<&WebOrigin>) -> Option<String> {
        let own = || public_url.map(|url| callback_url(url, &self.integration));
        self.redirect_url.clone().or_else(own)
    }

    /// Whether a client secret is stored.
    pub fn has_client_secret(&self) -> bool {
        self.client_secret.is_some()
    }
}

/// An application to store.
#[derive(Debug, Clone)]
pub struct NewApplication {
    /// See [`OAuthApplication::integration`].
    pub integration: String,
    /// See [`OAuthApplication::tenant_id`].
    pub tenant_id: Option<String>,
    /// See [`OAuthApplication::client_id`].
    pub client_id: String,
    /// The client's secret; `None`: the host keeps the one that is stored for this client.
    pub client_secret: Option<SecretString>,
    /// See [`OAuthApplication::scopes`].
    pub scopes: Vec<String>,
    /// See [`OAuthApplication::redirect_url`].
    pub redirect_url: Option<String>,
}

/// An application's client: its identifier and its opened secret.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its identifier.
    pub id: String,
    /// Its secret; `None`: it has none.
    pub secret: Option<SecretString>,
}

impl Client {
    /// The value for a variable of an account that carries no client of its own.
    pub fn value(&self, variable: &str) -> Option<&str> {
        match variable {
            CLIENT_ID => Some(&self.id),
            CLIENT_SECRET => self.secret.as_ref().map(ExposeSecret::expose_secret),
            _ => None,
        }
    }
}

/// Accounts whose tokens belong to another client than a new account of their tenant would get.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outdated {
    /// Their number.
    pub count: u64,
    /// The oldest of them, at most [`Outdated::MOST`].
    pub accounts: Vec<Uuid>,
}

impl Outdated {
    /// Accounts in the list.
    pub const MOST: u32 = 200;
}

/// Outcome of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// The application is removed, and so are those that it replaced.
    Gone(Uuid),
    /// There is no such application.
    Unknown,
    /// This many accounts have tokens of it, or of one that it replaced. Nothing has changed.
    InUse(u64),
}

pub(super) type RecentApplications = Recent<Uuid, Arc<OAuthApplication>>;

/// The operator's OAuth applications. Made by [`Accounts::applications`](super::Accounts::applications).
#[derive(Clone)]
pub struct Applications {
    pool: AnyPool,
    vault: Option<Arc<Vault>>,
    recent: Arc<RecentApplications>,
    accounts: Arc<Recent<Uuid, Arc<Account>>>,
    outbox: Outbox,
}

impl Applications {
    pub(super) fn new(
        pool: AnyPool,
        vault: Option<Arc<Vault>>,
        recent: Arc<RecentApplications>,
        accounts: Arc<Recent<Uuid, Arc<Account>>>,
        outbox: Outbox,
    ) -> Self {
        Self { pool, vault, recent, accounts, outbox }
    }

    /// Stores the application, which replaces the one of this integration and tenant. With the same `client_id` it
    /// stays the same application. A new secret then makes those accounts active again that the vendor refused with the
    /// old secret.
    ///
    /// # Errors
    /// If the database fails, or there is no vault for the secret. If it fails while accounts are made active again,
    /// the application is stored, and the caller can repeat the call for the rest.
    pub async fn set(&self, new: &NewApplication) -> Result<OAuthApplication, AccountError> {
        loop {
            match self.try_set(new).await {
                // Another writer has stored one meanwhile: the next attempt reads it.
                Err(AccountError::Database(sqlx::Error::Database(error))) if error.is_unique_violation() => {}
                stored => return stored,
            }
        }
    }

    async fn try_set(&self, new: &NewApplication) -> Result<OAuthApplication, AccountError> {
        let vault = self.vault.as_deref().ok_or(AccountError::NoVault)?;
        let now = now();
        let mut transaction = self.pool.begin().await?;
        // A write first: SQLite lets no other writer in from here on.
        retire_others(new, now, &mut transaction).await?;
        let known = sqlx::query(select!("integration = $1 AND tenant_id = $2 AND client_id = $3"))
            .bind(new.integration.as_str())
            .bind(new.tenant_id.as_deref().unwrap_or_default())
            .bind(new.client_id.as_str())
            .fetch_optional(&mut *transaction)
            .await?;
        let known = known.as_ref().map(read).transpose()?;
        let is_known = known.is_some();
        let application = merge(new, known, now, vault);
        write(&application, &mut transaction).await?;
        transaction.commit().await?;
        self.recent.forget_all();
        if is_known && new.client_secret.is_some() {
            self.reactivate(application.id).await?;
        }
        self.accounts.forget_all();
        Ok(application)
    }

    /// Makes the accounts active again that the vendor refused with an application's old secret. Each transaction
    /// changes a few, in the order of ids, and writes their webhook events.
    async fn reactivate(&self, application: Uuid) -> Result<(), AccountError> {
        let mut done = String::new();
        loop {
            let mut transaction = self.pool.begin().await?;
            // If an account has no refusal, a person has set its status. It stays so.
            let activated = sqlx::query(returning!(
                "UPDATE integrated_account SET status = $1, last_error = NULL, updated_at = $2, version = version + 1 \
                 WHERE status = $3 AND last_error IS NOT NULL AND id IN (SELECT id FROM integrated_account \
                 WHERE application_id = $4 AND status = $5 AND last_error IS NOT NULL AND id > $6 ORDER BY id LIMIT $7)"
            ))
            .bind(Status::Active.as_str())
            .bind(now().as_microsecond())
            .bind(Status::NeedsReauth.as_str())
            .bind(application.to_string())
            .bind(Status::NeedsReauth.as_str())
            .bind(done.as_str())
            .bind(REACTIVATED_AT_ONCE)
            .fetch_all(&mut *transaction)
            .await?;
            if activated.is_empty() {
                return Ok(());
            }
            let is_told = self.outbox.is_wanted(&mut transaction).await?;
            let mut written = Written::default();
            for row in &activated {
                done = done.max(row.try_get("id")?);
                if is_told {
                    let account = read_account(row)?;
                    written = written.and(self.outbox.write(EventType::Active, &account, &mut transaction).await?);
                }
            }
            transaction.commit().await?;
            self.outbox.committed(written);
        }
    }

    /// The application of exactly this integration and tenant. With `None` as the tenant: the one for every tenant
    /// without one of its own.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn get(&self, integration: &str, tenant: Option<&str>) -> Result<Option<OAuthApplication>, AccountError> {
        let row = sqlx::query(select!("integration = $1 AND tenant_id = $2 AND replaced_at IS NULL"))
            .bind(integration)
            .bind(tenant.unwrap_or_default())
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(read).transpose()
    }

    /// The application that a new account of this integration and tenant gets: the tenant's own, else the one for every
    /// tenant.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn for_account(&self, integration: &str, tenant: &str) -> Result<Option<OAuthApplication>, AccountError> {
        // No tenant's name is empty, so the tenant's own comes first.
        let row = sqlx::query(select!(
            "integration = $1 AND tenant_id IN ($2, '') AND replaced_at IS NULL ORDER BY tenant_id DESC LIMIT 1"
        ))
        .bind(integration)
        .bind(tenant)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(read).transpose()
    }

    /// The applications that new accounts of a tenant get.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn for_tenant(&self, tenant: &str) -> Result<BTreeMap<String, OAuthApplication>, AccountError> {
        // No tenant's name is empty, so the tenant's own comes last and takes the place of the other.
        let query =
            sqlx::query(select!("tenant_id IN ($1, '') AND replaced_at IS NULL ORDER BY tenant_id")).bind(tenant);
        let rows = query.fetch_all(&self.pool).await?;
        let read = |row| read(row).map(|application| (application.integration.clone(), application));
        rows.iter().map(read).collect()
    }

    /// The applications that new accounts get, in the order of integration and tenant. With a `tenant`, only those of
    /// this tenant.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list(&self, tenant: Option<&str>) -> Result<Vec<OAuthApplication>, AccountError> {
        let query = match tenant {
            None => sqlx::query(select!("replaced_at IS NULL ORDER BY integration, tenant_id")),
            Some(tenant) => {
                sqlx::query(select!("replaced_at IS NULL AND tenant_id = $1 ORDER BY integration")).bind(tenant)
            }
        };
        query.fetch_all(&self.pool).await?.iter().map(read).collect()
    }

    /// The accounts that would get this application if they were connected now, and whose tokens belong to another one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn outdated(&self, application: &OAuthApplication) -> Result<Outdated, AccountError> {
        let tenant = application.tenant_id.as_deref().unwrap_or_default();
        let of = |sql: &'static str| {
            sqlx::query(sql)
                .bind(application.integration.as_str())
                .bind(application.id.to_string())
                .bind(tenant)
                .bind(tenant)
                .bind(application.integration.as_str())
        };
        let count = of(outdated!("COUNT(*) AS accounts", ""))
            .fetch_one(&self.pool)
            .await?
            .try_get::<i64, _>("accounts")?
            .unsigned_abs();
        let rows = of(outdated!("id", " ORDER BY created_at, id LIMIT $6"))
            .bind(i64::from(Outdated::MOST))
            .fetch_all(&self.pool)
            .await?;
        let id = |row| Columns::of(row, "id")?.parsed("id");
        Ok(Outdated { count, accounts: rows.iter().map(id).collect::<Result<_, _>>()? })
    }

    /// The applications that new accounts get, each with the number of its [outdated](Self::outdated) accounts, those
    /// with the most first, at most `limit`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn overview(&self, limit: u32) -> Result<Overview<(OAuthApplication, u64)>, AccountError> {
        // One pass over the accounts: a query for each of thousands of applications would not end.
        let sql = select!(
            ", COALESCE(stale.accounts, 0) AS outdated, COUNT(*) OVER () AS total",
            "LEFT JOIN (SELECT COALESCE(own.id, shared.id) AS application, COUNT(*) AS accounts FROM integrated_account AS account \
             LEFT JOIN oauth_application AS own ON own.integration = account.integration \
             AND own.tenant_id = account.tenant_id AND own.replaced_at IS NULL \
             LEFT JOIN oauth_application AS shared ON shared.integration = account.integration \
             AND shared.tenant_id = '' AND shared.replaced_at IS NULL \
             WHERE account.application_id <> COALESCE(own.id, shared.id) GROUP BY COALESCE(own.id, shared.id)) AS stale \
             ON stale.application = oauth_application.id ",
            "replaced_at IS NULL ORDER BY outdated DESC, integration, tenant_id LIMIT $1"
        );
        let rows = sqlx::query(sql).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        Overview::of(&rows, |row| Ok((read(row)?, row.try_get::<i64, _>("outdated")?.unsigned_abs())))
    }

    /// Removes the application of exactly this integration and tenant and those that it replaced, unless accounts have
    /// tokens of one of them.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn remove(&self, integration: &str, tenant: Option<&str>) -> Result<Removed, AccountError> {
        let Some(application) = self.get(integration, tenant).await? else { return Ok(Removed::Unknown) };
        let tenant = tenant.unwrap_or_default();
        let removed = sqlx::query("DELETE FROM oauth_application WHERE integration = $1 AND tenant_id = $2")
            .bind(integration)
            .bind(tenant)
            .execute(&self.pool)
            .await;
        match removed {
            // Accounts refer to it.
            Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => {
                let row = sqlx::query(
                    "SELECT COUNT(*) AS accounts FROM integrated_account WHERE application_id IN \
                     (SELECT id FROM oauth_application WHERE integration = $1 AND tenant_id = $2)",
                )
                .bind(integration)
                .bind(tenant)
                .fetch_one(&self.pool)
                .await?;
                Ok(Removed::InUse(row.try_get::<i64, _>("accounts")?.unsigned_abs()))
            }
            removed => {
                removed?;
                self.recent.forget_all();
                Ok(Removed::Gone(application.id))
            }
        }
    }

    /// The client of an account's application, opened. A change by another process shows after 1 s at most.
    ///
    /// # Errors
    /// If the database fails, there is no such application, or its secret does not open.
    pub async fn client(&self, id: Uuid) -> Result<Client, AccountError> {
        let read = async {
            let row = sqlx::query(select!("id = $1")).bind(id.to_string()).fetch_optional(&self.pool).await?;
            row.as_ref().map(read).transpose().map(|application| application.map(Arc::new))
        };
        let application = self.recent.get(id, read).await?;
        let application = application.ok_or_else(|| AccountError::corrupt(&id.to_string(), "id"))?;
        let secret = application.client_secret.as_ref().map(|sealed| self.open(&application, sealed)).transpose()?;
        Ok(Client { id: application.client_id.clone(), secret })
    }

    fn open(&self, application: &OAuthApplication, sealed: &Sealed) -> Result<SecretString, AccountError> {
        let vault = self.vault.as_deref().ok_or(AccountError::NoVault)?;
        let closed =
            || AccountError::ClosedApplication { id: application.id, integration: application.integration.clone() };
        let bytes = vault.open_bytes(Purpose::ClientSecret, application.id, sealed).map_err(|_| closed())?;
        std::str::from_utf8(&bytes).map(SecretString::from).map_err(|_| closed())
    }

    /// Deletes replaced applications of which no account has tokens any more; returns their number.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn purge(&self) -> Result<u64, AccountError> {
        let long_ago = whole_micros(Timestamp::now() - KEPT_UNUSED);
        let deleted = sqlx::query(
            "DELETE FROM oauth_application WHERE replaced_at <= $1 AND id NOT IN \
             (SELECT application_id FROM integrated_account WHERE application_id IS NOT NULL)",
        )
        .bind(long_ago.as_microsecond())
        .execute(&self.pool)
        .await?;
        Ok(deleted.rows_affected())
    }
}

impl std::fmt::Debug for Applications {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Applications")
    }
}

/// Marks the applications of the same integration and tenant that have another client as replaced.
async fn retire_others(
    new: &NewApplication,
    now: Timestamp,
    transaction: &mut AnyConnection,
) -> Result<(), AccountError> {
    sqlx::query(
        "UPDATE oauth_application SET replaced_at = $1 \
         WHERE integration = $2 AND tenant_id = $3 AND client_id <> $4 AND replaced_at IS NULL",
    )
    .bind(now.as_microsecond())
    .bind(new.integration.as_str())
    .bind(new.tenant_id.as_deref().unwrap_or_default())
    .bind(new.client_id.as_str())
    .execute(transaction)
    .await?;
    Ok(())
}

/// Makes the application that is stored: the `known` one of this client with the new values, or a new one. Without a
/// new secret the known one stays.
fn merge(new: &NewApplication, known: Option<OAuthApplication>, now: Timestamp, vault: &Vault) -> OAuthApplication {
    let id = known.as_ref().map_or_else(Uuid::new_v4, |known| known.id);
    let seal = |secret: &SecretString| vault.seal_bytes(Purpose::ClientSecret, id, secret.expose_secret().as_bytes());
    OAuthApplication {
        id,
        integration: new.integration.clone(),
        tenant_id: new.tenant_id.clone(),
        client_id: new.client_id.clone(),
        scopes: new.scopes.clone(),
        redirect_url: new.redirect_url.clone(),
        created_at: known.as_ref().map_or(now, |known| known.created_at),
        client_secret: new.client_secret.as_ref().map(seal).or_else(|| known?.client_secret),
        updated_at: now,
    }
}

/// Writes an application's row, as one that is not replaced.
async fn write(application: &OAuthApplication, transaction: &mut AnyConnection) -> Result<(), AccountError> {
    sqlx::query(
        "INSERT INTO oauth_application (id, integration, tenant_id, client_id, client_secret, scopes, redirect_url, \
         created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE \
         SET client_secret = excluded.client_secret, scopes = excluded.scopes, redirect_url = excluded.redirect_url, \
         updated_at = excluded.updated_at, replaced_at = NULL",
    )
    .bind(application.id.to_string())
    .bind(application.integration.as_str())
    .bind(application.tenant_id.as_deref().unwrap_or_default())
    .bind(application.client_id.as_str())
    .bind(application.client_secret.as_ref().map(Sealed::as_str))
    .bind(Value::from(application.scopes.as_slice()).to_string())
    .bind(application.redirect_url.as_deref())
    .bind(application.created_at.as_microsecond())
    .bind(application.updated_at.as_microsecond())
    .execute(transaction)
    .await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<OAuthApplication, AccountError> {
    let row = Columns::of(row, "id")?;
    Ok(OAuthApplication {
        id: row.parsed("id")?,
        integration: row.get("integration")?,
        tenant_id: Some(row.get::<String>("tenant_id")?).filter(|tenant| !tenant.is_empty()),
        client_id: row.get("client_id")?,
        client_secret: row.get::<Option<String>>("client_secret")?.map(Sealed::from),
        scopes: row.json("scopes")?,
        redirect_url: row.get("redirect_url")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
