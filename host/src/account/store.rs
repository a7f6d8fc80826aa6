//! The accounts' table. Every statement is the same on SQLite and PostgreSQL.

use std::fmt::Write as _;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{AnyConnection, AnyPool, Arguments, AssertSqlSafe, Row};
use uuid::Uuid;

use super::application::{Applications, CLIENT_ID, RecentApplications};
use super::call_log::CallLog;
use super::columns::Columns;
use super::conceal::SecretNames;
use super::connect_flow::{self, Conclusion, ConnectFlow, ConnectFlows};
use super::error::AccountError;
use super::exchanged::{ExchangedTokens, RecentExchanged};
use super::idempotency::Idempotency;
use super::link_token::LinkTokens;
use super::model::{Account, AccountChange, NewAccount, Status};
use super::page::{self, AccountFilter, Cursor, Page};
use super::recent::Recent;
use super::token::{RecentTokens, Tokens};
use super::vault::{Sealed, Secrets, Vault};
use super::webhook::{EventType, Outbox, Webhooks, Written};
use super::{database, link_token, now};

/// Connections of [`Accounts::connect`] at most.
const FEW_CONNECTIONS: u32 = 4;
/// Attempts at a conclusion if the database prefers another transaction. Each time the other one has succeeded. After
/// the last attempt a code is lost that works only once.
const CONCLUDED_AGAIN: u32 = 5;
/// Writes no row, and fails where none can be written: on a full or read-only database.
pub(super) const WRITES_NOTHING: &str = "UPDATE api_token SET hash = hash WHERE id = ''";

/// The columns that [`account`] reads.
macro_rules! columns {
    () => {
        "id, tenant_id, integration, authentication_method, status, is_sandbox, context, secrets, last_error, \
         last_forbidden_error, application_id, created_at, updated_at"
    };
}

/// A statement that changes accounts, with the clause that returns the changed rows to [`account`].
macro_rules! returning {
    ($statement:literal) => {
        concat!($statement, " RETURNING ", crate::account::store::columns!())
    };
}

macro_rules! select {
    ($condition:literal) => {
        concat!("SELECT ", columns!(), ", version FROM integrated_account WHERE ", $condition)
    };
}

pub(super) use columns;
pub(super) use returning;

/// Numbers of connections to the database at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Connections {
    /// Open connections.
    pub open: u32,
    /// Open connections that nobody uses.
    pub idle: u32,
    /// The most connections that can be open.
    pub max: u32,
}

/// The host's database: integrated accounts, and through [`tokens`](Self::tokens) the API's tokens.
///
/// If a method takes `tenant`, it is the caller's. `Some` confines the method to that tenant's accounts, and another
/// tenant's account counts as missing; with `None` it sees all accounts. Clones share one pool of connections.
#[derive(Clone)]
pub struct Accounts {
    pub(super) pool: AnyPool,
    pub(super) vault: Option<Arc<Vault>>,
    pub(super) recent: Arc<Recent<Uuid, Arc<Account>>>,
    pub(super) secret_names: Arc<SecretNames>,
    recent_tokens: Arc<RecentTokens>,
    recent_exchanged: Arc<RecentExchanged>,
    recent_applications: Arc<RecentApplications>,
    pub(super) outbox: Outbox,
}

impl Accounts {
    /// Opens the database of a URL and brings its schema up to date: `sqlite://data/mortise.db?mode=rwc`, or
    /// `postgres://user:password@host/name?sslmode=verify-full`. Opens a few connections at most: for commands and
    /// tests.
    ///
    /// `mode=rwc` creates a missing file, with mode 0600; its directory must exist. Without a
    /// [vault](Self::with_vault) credentials cannot be written.
    pub async fn connect(url: &SecretString) -> Result<Self, AccountError> {
        Self::connect_with(url, FEW_CONNECTIONS).await
    }

    /// [`connect`](Self::connect) with at most this many connections ([`Limits::database_connections`]).
    ///
    /// [`Limits::database_connections`]: crate::config::Limits::database_connections
    pub async fn connect_with(url: &SecretString, connections: u32) -> Result<Self, AccountError> {
        let (recent, recent_tokens, recent_exchanged) = (Arc::default(), Arc::default(), Arc::default());
        let pool = database::open(url, connections).await?;
        let (secret_names, recent_applications) = (Arc::<SecretNames>::default(), Arc::default());
        let (vault, outbox) = (None, Outbox::new(secret_names.clone()));
        Ok(Self { pool, vault, recent, secret_names, recent_tokens, recent_exchanged, recent_applications, outbox })
    }

    /// Gives the store the vault that seals the credentials in [`create`](Self::create) and [`update`](Self::update).
    pub fn with_vault(self, vault: Arc<Vault>) -> Self {
        Self { vault: Some(vault), ..self }
    }

    /// Checks that the database answers and takes writes. Changes nothing.
    pub async fn ping(&self) -> Result<(), AccountError> {
        sqlx::query(WRITES_NOTHING).execute(&self.pool).await?;
        Ok(())
    }

    /// Finishes running queries and closes every connection. Later calls fail.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// The API's tokens, in the same database.
    pub fn tokens(&self) -> Tokens {
        Tokens::new(self.pool.clone(), self.recent_tokens.clone())
    }

    /// The tokens that sign-ins at vendors brought for the accounts, in the same database.
    pub fn exchanged_tokens(&self) -> ExchangedTokens {
        let (recent, accounts) = (self.recent_exchanged.clone(), self.recent.clone());
        ExchangedTokens::new(self.pool.clone(), recent, accounts, self.outbox.clone())
    }

    /// The operator's OAuth applications, in the same database.
    pub fn applications(&self) -> Applications {
        let (recent, accounts) = (self.recent_applications.clone(), self.recent.clone());
        Applications::new(self.pool.clone(), self.vault.clone(), recent, accounts, self.outbox.clone())
    }

    /// The link tokens, in the same database.
    pub fn link_tokens(&self) -> LinkTokens {
        LinkTokens::new(self.pool.clone(), self.vault.clone())
    }

    /// The attempts to connect accounts, in the same database.
    pub fn connect_flows(&self) -> ConnectFlows {
        ConnectFlows::new(self.pool.clone(), self.vault.clone(), self.outbox.clone())
    }

    /// The webhooks and their queue, in the same database.
    pub fn webhooks(&self) -> Webhooks {
        Webhooks::new(self.pool.clone(), self.vault.clone(), self.outbox.clone())
    }

    /// Sets how webhooks show accounts: as the API shows them. Only the first call has an effect.
    pub fn present_with(&self, present: impl Fn(&Account) -> Value + Send + Sync + 'static) {
        self.outbox.present_with(Box::new(present));
    }

    /// The idempotency keys, in the same database.
    pub fn idempotency(&self) -> Idempotency {
        Idempotency::new(self.pool.clone(), self.vault.clone())
    }

    /// The last calls of each account, in the same database.
    pub fn call_log(&self) -> CallLog {
        CallLog::new(self.pool.clone())
    }

    /// The present numbers of connections to the database.
    pub fn connections(&self) -> Connections {
        let idle = u32::try_from(self.pool.num_idle()).unwrap_or(u32::MAX);
        Connections { open: self.pool.size(), idle, max: self.pool.options().get_max_connections() }
    }

    /// Stores a new, active account under a new id.
    pub async fn create(&self, new: NewAccount) -> Result<Account, AccountError> {
        let mut transaction = self.pool.begin().await?;
        let (account, created) = self.insert(Uuid::new_v4(), &new, &mut transaction).await?;
        let active = self.outbox.write(EventType::Active, &account, &mut transaction).await?;
        transaction.commit().await?;
        self.outbox.committed(created.and(active));
        Ok(account)
    }

    /// Stores the account of a flow, marks its link token as used and ends the flow, in one transaction. A new account
    /// gets this `id`. An account that the flow connects again has this `id` and keeps it: the call replaces its
    /// credentials, its variables and its application, and makes it active. If the link token says so, it keeps the
    /// variables that `new` has no value for. The account must be `still_same`: the account at
    /// the vendor to which the person connected.
    ///
    /// Webhooks report a new account. [`ConnectFlows::complete`] reports that it is active.
    pub async fn conclude(
        &self,
        flow: &ConnectFlow,
        id: Uuid,
        new: &NewAccount,
        still_same: &(dyn Fn(&Account) -> bool + Sync),
    ) -> Result<Conclusion, AccountError> {
        let mut left = CONCLUDED_AGAIN;
        loop {
            match self.try_conclude(flow, id, new, still_same).await {
                Err(error) if left > 0 && error.may_pass() => left -= 1,
                Err(AccountError::Database(sqlx::Error::Database(error))) if error.is_foreign_key_violation() => {
                    return Ok(Conclusion::OtherClient);
                }
                concluded => return concluded,
            }
        }
    }

    async fn try_conclude(
        &self,
        flow: &ConnectFlow,
        id: Uuid,
        new: &NewAccount,
        still_same: &(dyn Fn(&Account) -> bool + Sync),
    ) -> Result<Conclusion, AccountError> {
        let mut transaction = self.pool.begin().await?;
        // The account comes first, as when it is deleted with its link tokens. In another order, the two transactions
        // could wait for each other.
        let (account, written) = match flow.account_id {
            None => match self.insert(id, new, &mut transaction).await {
                // Another request has just ended the flow with the same id.
                Err(AccountError::Database(sqlx::Error::Database(error))) if error.is_unique_violation() => {
                    return Ok(Conclusion::Ended);
                }
                inserted => inserted?,
            },
            Some(again) => match self.replace(again, flow, new, still_same, &mut transaction).await? {
                Ok(account) => (account, Written::default()),
                Err(conclusion) => return Ok(conclusion),
            },
        };
        if !link_token::spend(&flow.link_hash, &mut transaction).await? {
            return Ok(Conclusion::Spent);
        }
        if !connect_flow::stored(flow, account.id, &mut transaction).await? {
            return Ok(Conclusion::Ended);
        }
        transaction.commit().await?;
        self.outbox.committed(written);
        self.recent.forget(&account.id);
        Ok(Conclusion::Connected(Box::new(account)))
    }

    /// Opens the credentials of an account that is connected again and keeps its other variables.
    ///
    /// # Errors
    /// Without a vault, or if it does not open them.
    pub fn credentials(&self, account: &Account) -> Result<Secrets, AccountError> {
        let vault = self.vault.as_deref().ok_or(AccountError::NoVault)?;
        Ok(vault.open(account.id, &account.sealed)?)
    }

    /// Gives an account of this tenant and integration new credentials and variables, or returns why not.
    async fn replace(
        &self,
        id: Uuid,
        flow: &ConnectFlow,
        new: &NewAccount,
        still_same: &(dyn Fn(&Account) -> bool + Sync),
        transaction: &mut AnyConnection,
    ) -> Result<Result<Account, Conclusion>, AccountError> {
        let vault = self.vault.as_deref().ok_or(AccountError::NoVault)?;
        // A sign-in that is running no longer counts; see `update`.
        sqlx::query("UPDATE exchanged_token SET lease_holder = NULL, leased_until = 0 WHERE account_id = $1")
            .bind(id.to_string())
            .execute(&mut *transaction)
            .await?;
        // Locks the row, so that the account keeps its present variables.
        let locked = sqlx::query(returning!(
            "UPDATE integrated_account SET version = version + 1 WHERE id = $1 AND tenant_id = $2 AND integration = $3"
        ))
        .bind(id.to_string())
        .bind(new.tenant_id.as_str())
        .bind(new.integration.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(mut account) = locked.as_ref().map(account).transpose()? else {
            return Ok(Err(Conclusion::Gone));
        };
        if !still_same(&account) {
            return Ok(Err(Conclusion::Gone));
        }
        let (mut context, mut secrets) = (Map::new(), Secrets::new());
        if link_token::keeps_variables(&flow.link_hash, transaction).await? {
            (context, secrets) = (account.context, vault.open(id, &account.sealed)?);
            context.retain(|name, _| !new.secrets.contains_key(name));
            secrets.retain(|name, _| !new.context.contains_key(name));
        }
        context.extend(new.context.clone());
        secrets.extend(new.secrets.clone());
        let own = secrets.get(CLIENT_ID).map(ExposeSecret::expose_secret);
        let own = own.or_else(|| context.get(CLIENT_ID).and_then(Value::as_str)).filter(|own| !own.is_empty());
        if !flow.fits_client(new.application_id, own) {
            return Ok(Err(Conclusion::OtherClient));
        }
        (account.context, account.sealed) = (context, vault.seal(id, &secrets));
        (account.status, account.authentication_method) = (Status::Active, new.authentication_method.clone());
        (account.last_error, account.last_forbidden_error) = (None, None);
        (account.application_id, account.updated_at) = (new.application_id, now());
        sqlx::query(
            "UPDATE integrated_account SET authentication_method = $1, status = $2, context = $3, secrets = $4, \
             last_error = NULL, last_forbidden_error = NULL, application_id = $5, updated_at = $6 WHERE id = $7",
        )
        .bind(account.authentication_method.as_deref())
        .bind(account.status.as_str())
        .bind(object(&account.context))
        .bind(account.sealed.as_str())
        .bind(account.application_id.map(|id| id.to_string()))
        .bind(account.updated_at.as_microsecond())
        .bind(id.to_string())
        .execute(&mut *transaction)
        .await?;
        Ok(Ok(account))
    }

    /// Inserts an account and its webhook event; returns the account and whether the outbox has written rows.
    async fn insert(
        &self,
        id: Uuid,
        new: &NewAccount,
        transaction: &mut AnyConnection,
    ) -> Result<(Account, Written), AccountError> {
        let vault = self.vault.as_deref().ok_or(AccountError::NoVault)?;
        let now = now();
        let account = Account {
            id,
            tenant_id: new.tenant_id.clone(),
            integration: new.integration.clone(),
            authentication_method: new.authentication_method.clone(),
            status: Status::Active,
            is_sandbox: new.is_sandbox,
            context: new.context.clone(),
            sealed: vault.seal(id, &new.secrets),
            last_error: None,
            last_forbidden_error: None,
            application_id: new.application_id,
            created_at: now,
            updated_at: now,
        };
        sqlx::query(
            "INSERT INTO integrated_account (id, tenant_id, integration, authentication_method, status, is_sandbox, \
             context, secrets, application_id, created_at, updated_at, version) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)",
        )
        .bind(account.id.to_string())
        .bind(account.tenant_id.as_str())
        .bind(account.integration.as_str())
        .bind(account.authentication_method.as_deref())
        .bind(account.status.as_str())
        .bind(i32::from(account.is_sandbox))
        .bind(object(&account.context))
        .bind(account.sealed.as_str())
        .bind(account.application_id.map(|id| id.to_string()))
        .bind(account.created_at.as_microsecond())
        .bind(account.updated_at.as_microsecond())
        .execute(&mut *transaction)
        .await?;
        let written = self.outbox.write(EventType::Created, &account, transaction).await?;
        Ok((account, written))
    }

    /// One account.
    pub async fn get(&self, id: Uuid, tenant: Option<&str>) -> Result<Option<Account>, AccountError> {
        Ok(self.read(id, tenant).await?.map(|(account, _)| account))
    }

    /// One account for a call: as [`get`](Self::get), but a change by another process shows after 1 s at most.
    pub async fn recent(&self, id: Uuid, tenant: Option<&str>) -> Result<Option<Arc<Account>>, AccountError> {
        let read = async { Ok::<_, AccountError>(self.get(id, None).await?.map(Arc::new)) };
        let account = self.recent.get(id, read).await?;
        Ok(account.filter(|account| tenant.is_none_or(|tenant| tenant == account.tenant_id)))
    }

    /// A page of accounts, the newest first.
    pub async fn list(&self, filter: AccountFilter) -> Result<Page, AccountError> {
        let conditions = [
            ("tenant_id", filter.tenant_id.as_deref()),
            ("integration", filter.integration.as_deref()),
            ("status", filter.status.map(Status::as_str)),
        ];
        let cursor = filter.cursor.as_deref().map(Cursor::decode).transpose()?;
        let limit = filter.limit();

        // The text is made of constants and counted placeholders; values travel as arguments only.
        let mut sql = String::from(select!("1 = 1"));
        let mut arguments = AnyArguments::default();
        for (column, value) in conditions {
            if let Some(value) = value {
                arguments.add(value).map_err(sqlx::Error::Encode)?;
                let _ = write!(sql, " AND {column} = ${}", arguments.len());
            }
        }
        page::newest_first(&mut sql, &mut arguments, cursor, limit)?;

        let rows = sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(&self.pool).await?;
        let read = rows.iter().take(limit as usize).map(row).collect::<Result<Vec<_>, _>>()?;
        let more = rows.len() > read.len();
        let next_cursor = read.last().filter(|_| more).map(|(last, _)| Cursor::of(last).encode());
        let mut result = Vec::with_capacity(read.len());
        for (account, version) in read {
            result.extend(self.concealed(account, version).await?.map(|(account, _)| account));
        }
        Ok(Page { result, next_cursor })
    }

    /// Changes an account and returns it; `None` if there is none. Concurrent changes all take effect. A caller of one
    /// tenant cannot move an account out of it.
    pub async fn update(
        &self,
        id: Uuid,
        tenant: Option<&str>,
        change: AccountChange,
    ) -> Result<Option<Account>, AccountError> {
        // An update that finds another version reads the account and tries again. One of several concurrent updates
        // always succeeds.
        loop {
            let Some((mut account, version)) = self.read(id, tenant).await? else { return Ok(None) };
            let before = account.status;
            let signs_in_anew = change.apply(&mut account, self.vault.as_deref())?;
            if tenant.is_some_and(|tenant| tenant != account.tenant_id) {
                return Err(AccountError::ForeignTenant(id));
            }
            account.updated_at = now();
            let mut transaction = self.pool.begin().await?;
            if signs_in_anew {
                // A sign-in that is running no longer counts, so no host waits for its end. The lease comes first, as
                // at the end of a sign-in. In another order, the two transactions could wait for each other.
                sqlx::query("UPDATE exchanged_token SET lease_holder = NULL, leased_until = 0 WHERE account_id = $1")
                    .bind(id.to_string())
                    .execute(&mut *transaction)
                    .await?;
            }
            let written = sqlx::query(
                "UPDATE integrated_account SET tenant_id = $1, authentication_method = $2, status = $3, \
                 is_sandbox = $4, context = $5, secrets = $6, last_error = $7, application_id = $8, updated_at = $9, \
                 version = version + 1 WHERE id = $10 AND version = $11",
            )
            .bind(account.tenant_id.as_str())
            .bind(account.authentication_method.as_deref())
            .bind(account.status.as_str())
            .bind(i32::from(account.is_sandbox))
            .bind(object(&account.context))
            .bind(account.sealed.as_str())
            .bind(account.last_error.as_ref().map(Value::to_string))
            .bind(account.application_id.map(|id| id.to_string()))
            .bind(account.updated_at.as_microsecond())
            .bind(id.to_string())
            .bind(version)
            .execute(&mut *transaction)
            .await?;
            if written.rows_affected() == 1 {
                let written = match EventType::of_change(before, account.status, change.gives_secrets()) {
                    Some(event) => self.outbox.write(event, &account, &mut transaction).await?,
                    None => Written::default(),
                };
                transaction.commit().await?;
                self.outbox.committed(written);
                self.recent.forget(&id);
                return Ok(Some(account));
            }
            transaction.rollback().await?;
        }
    }

    /// Deletes an account with its credentials. `false` if there is none.
    pub async fn delete(&self, id: Uuid, tenant: Option<&str>) -> Result<bool, AccountError> {
        let query = match tenant {
            None => sqlx::query(returning!("DELETE FROM integrated_account WHERE id = $1")).bind(id.to_string()),
            Some(tenant) => sqlx::query(returning!("DELETE FROM integrated_account WHERE id = $1 AND tenant_id = $2"))
                .bind(id.to_string())
                .bind(tenant),
        };
        let mut transaction = self.pool.begin().await?;
        // Changes nothing, but locks the row. A change of credentials locks it first, and the deletion of the account
        // needs it too. In another order, the two transactions could wait for each other.
        sqlx::query("UPDATE exchanged_token SET refresh_at = refresh_at WHERE account_id = $1")
            .bind(id.to_string())
            .execute(&mut *transaction)
            .await?;
        let deleted = query.fetch_optional(&mut *transaction).await?;
        // An account that cannot be read is deleted all the same, without a webhook event.
        let written = match deleted.as_ref().and_then(|row| account(row).ok()) {
            Some(account) => self.outbox.write(EventType::Deleted, &account, &mut transaction).await?,
            None => Written::default(),
        };
        transaction.commit().await?;
        self.outbox.committed(written);
        self.recent.forget(&id);
        self.recent_exchanged.forget(&id);
        Ok(deleted.is_some())
    }

    /// Records that the vendor refused the account's credentials, and why. The host serves no call until new ones
    /// arrive. Does nothing if the account is deleted, or carries other credentials than the `refused` ones by now. The
    /// caller bounds `error`.
    pub async fn mark_needs_reauth(&self, id: Uuid, refused: &Sealed, error: Value) -> Result<(), AccountError> {
        let (status, error, now) = (Status::NeedsReauth.as_str(), error.to_string(), now().as_microsecond());
        let mut transaction = self.pool.begin().await?;
        let marked = sqlx::query(returning!(
            "UPDATE integrated_account SET status = $1, last_error = $2, updated_at = $3, version = version + 1 \
             WHERE id = $4 AND secrets = $5 AND status <> $6"
        ))
        .bind(status)
        .bind(error.as_str())
        .bind(now)
        .bind(id.to_string())
        .bind(refused.as_str())
        .bind(status)
        .fetch_optional(&mut *transaction)
        .await?;
        let written = match &marked {
            Some(row) => self.outbox.write(EventType::AuthenticationError, &account(row)?, &mut transaction).await?,
            // The account is marked already: it keeps the latest refusal, without another webhook event.
            None => {
                sqlx::query(
                    "UPDATE integrated_account SET last_error = $1, updated_at = $2, version = version + 1 \
                     WHERE id = $3 AND secrets = $4 AND status = $5",
                )
                .bind(error)
                .bind(now)
                .bind(id.to_string())
                .bind(refused.as_str())
                .bind(status)
                .execute(&mut *transaction)
                .await?;
                Written::default()
            }
        };
        transaction.commit().await?;
        self.outbox.committed(written);
        self.recent.forget(&id);
        Ok(())
    }

    /// Records why signing in for the account failed. The host still serves calls. Does nothing if the account is
    /// deleted, carries other credentials than the `tried` ones by now, or needs new ones, for which it has a reason
    /// already. The caller bounds `error`.
    pub async fn record_failure(&self, id: Uuid, tried: &Sealed, error: Value) -> Result<(), AccountError> {
        sqlx::query(
            "UPDATE integrated_account SET last_error = $1, updated_at = $2, version = version + 1 \
             WHERE id = $3 AND status = $4 AND secrets = $5",
        )
        .bind(error.to_string())
        .bind(now().as_microsecond())
        .bind(id.to_string())
        .bind(Status::Active.as_str())
        .bind(tried.as_str())
        .execute(&self.pool)
        .await?;
        self.recent.forget(&id);
        Ok(())
    }

    /// Records the vendor's refusal for lack of permission. The host still serves calls. Does nothing if the account is
    /// deleted. The caller bounds `error`.
    pub async fn record_forbidden(&self, id: Uuid, error: Value) -> Result<(), AccountError> {
        self.set_forbidden(id, Some(error)).await
    }

    /// Forgets the recorded refusal after a call that succeeded. If there is none, it writes nothing and takes no write
    /// lock.
    pub async fn clear_forbidden(&self, id: Uuid) -> Result<(), AccountError> {
        let recorded =
            sqlx::query("SELECT id FROM integrated_account WHERE id = $1 AND last_forbidden_error IS NOT NULL")
                .bind(id.to_string())
                .fetch_optional(&self.pool)
                .await?;
        if recorded.is_some() { self.set_forbidden(id, None).await } else { Ok(()) }
    }

    async fn set_forbidden(&self, id: Uuid, error: Option<Value>) -> Result<(), AccountError> {
        sqlx::query(
            "UPDATE integrated_account SET last_forbidden_error = $1, updated_at = $2, version = version + 1 \
             WHERE id = $3",
        )
        .bind(error.map(|error| error.to_string()))
        .bind(now().as_microsecond())
        .bind(id.to_string())
        .execute(&self.pool)
        .await?;
        self.recent.forget(&id);
        Ok(())
    }

    /// An account, and the version that an update expects.
    pub(super) async fn read(&self, id: Uuid, tenant: Option<&str>) -> Result<Option<(Account, i64)>, AccountError> {
        match self.row(id, tenant).await? {
            Some((account, version)) => self.concealed(account, version).await,
            None => Ok(None),
        }
    }

    /// [`read`](Self::read) without concealing variables: the account as the database has it.
    pub(super) async fn row(&self, id: Uuid, tenant: Option<&str>) -> Result<Option<(Account, i64)>, AccountError> {
        let query = match tenant {
            None => sqlx::query(select!("id = $1")).bind(id.to_string()),
            Some(tenant) => sqlx::query(select!("id = $1 AND tenant_id = $2")).bind(id.to_string()).bind(tenant),
        };
        query.fetch_optional(&self.pool).await?.as_ref().map(row).transpose()
    }
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").field("vault", &self.vault).finish_non_exhaustive()
    }
}

/// A row's account and version.
fn row(row: &AnyRow) -> Result<(Account, i64), AccountError> {
    Ok((account(row)?, row.try_get("version")?))
}

pub(super) fn account(row: &AnyRow) -> Result<Account, AccountError> {
    let row = Columns::of(row, "id")?;
    Ok(Account {
        id: row.parsed("id")?,
        tenant_id: row.get("tenant_id")?,
        integration: row.get("integration")?,
        authentication_method: row.get("authentication_method")?,
        status: row.parsed("status")?,
        is_sandbox: row.flag("is_sandbox")?,
        context: row.json("context")?,
        sealed: Sealed::from(row.get::<String>("secrets")?),
        last_error: row.json_if_any("last_error")?,
        last_forbidden_error: row.json_if_any("last_forbidden_error")?,
        application_id: row.parsed_if_any("application_id")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

/// JSON text of an object.
pub(super) fn object(map: &Map<String, Value>) -> String {
    Value::Object(map.clone()).to_string()
}
