//! The last calls of each account, for people who look for the reason of a failure.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use jiff::Timestamp;
use serde::{Serialize, Serializer as _};
use serde_json::value::RawValue;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{AnyPool, Arguments, AssertSqlSafe};
use uuid::{Builder, Uuid};

use super::columns::Columns;
use super::database;
use super::error::AccountError;

/// Columns, in the order of the statements that write them.
const COLUMNS: &str = "id, account_id, tenant_id, integration, generation, request_id, method, path, status, outcome, \
                       guest_us, vendor_us, host_us, exchanges, created_at, bytes";
/// The same columns of a row in JSON, which is a list.
const VALUES: &str = "value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, \
                      value ->> 7, CAST(value ->> 8 AS INTEGER), value ->> 9, CAST(value ->> 10 AS BIGINT), \
                      CAST(value ->> 11 AS BIGINT), CAST(value ->> 12 AS BIGINT), value ->> 13, \
                      CAST(value ->> 14 AS BIGINT), CAST(value ->> 15 AS BIGINT)";

/// The statement that writes calls. Its one value is their list in JSON, which each engine reads in its own way.
static INSERT_SQLITE: LazyLock<String> = LazyLock::new(|| insert("json_each($1)"));
static INSERT_POSTGRES: LazyLock<String> = LazyLock::new(|| insert("json_array_elements(CAST($1 AS JSON))"));

/// Bytes that a call takes beside its longest texts: the other columns, and its share of the indexes.
const ROW_BYTES: usize = 400;

/// One unified call that has ended. Holds no body, no query and no credential.
#[derive(Debug, Clone, Serialize)]
pub struct LoggedCall {
    /// Id of the call; a later call has a greater one.
    pub id: Uuid,
    /// Account of the call.
    pub integrated_account_id: Uuid,
    /// The account's tenant at that time.
    pub tenant_id: String,
    /// The account's integration.
    pub integration: String,
    /// The generation that served it; `None` if the call ended before the plugin.
    pub generation: Option<String>,
    /// The answer's `x-request-id`.
    pub request_id: String,
    /// The caller's method.
    pub method: Cow<'static, str>,
    /// The caller's path, without the query.
    pub path: String,
    /// Status of the answer to the caller.
    pub status: u16,
    /// `ok`, or the kind of error in one word.
    pub outcome: Cow<'static, str>,
    /// Time that the guest computed, in microseconds.
    pub guest_us: i64,
    /// Time spent waiting for the vendor, in microseconds.
    pub vendor_us: i64,
    /// The rest, in microseconds.
    pub host_us: i64,
    /// The vendor requests: a JSON list.
    pub requests: Box<RawValue>,
    /// When the request arrived; whole microseconds.
    pub created_at: Timestamp,
}

impl LoggedCall {
    /// Approximate size in the database, in bytes.
    pub fn bytes(&self) -> usize {
        ROW_BYTES + self.path.len() + self.requests.get().len()
    }
}

/// Bounds of the log.
#[derive(Debug, Clone, Copy)]
pub struct Kept {
    /// Calls of one account at most.
    pub of_account: u64,
    /// Calls of all accounts at most.
    pub of_all: u64,
    /// Bytes of all calls at most.
    pub bytes: u64,
}

/// Which calls to list. The default lists all.
#[derive(Debug, Clone, Default)]
pub struct CallFilter {
    /// Only those of this tenant's accounts. A caller of one tenant must have it set.
    pub tenant_id: Option<String>,
    /// Only those of this account.
    pub account: Option<Uuid>,
    /// Only those with this status as answer.
    pub status: Option<u16>,
    /// Only those before this one, by its id.
    pub before: Option<Uuid>,
}

/// The calls of all accounts. Made by [`Accounts::call_log`](super::Accounts::call_log).
#[derive(Clone)]
pub struct CallLog {
    pool: AnyPool,
    /// The engine's statement that writes calls.
    insert: &'static str,
}

impl CallLog {
    pub(super) fn new(pool: AnyPool) -> Self {
        let insert = if database::is_sqlite(&pool) { &INSERT_SQLITE } else { &INSERT_POSTGRES };
        Self { pool, insert }
    }

    pub(super) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// Writes these calls in one statement: all of them, or none if it fails. The statement is the same for any number
    /// of calls, so the database prepares it once.
    pub async fn write(&self, calls: &[LoggedCall]) -> Result<(), AccountError> {
        if calls.is_empty() {
            return Ok(());
        }
        sqlx::query(self.insert).bind(rows(calls)?).execute(&self.pool).await?;
        Ok(())
    }

    /// The newest `limit` calls, the newest first.
    pub async fn list(&self, filter: &CallFilter, limit: u32) -> Result<Vec<LoggedCall>, AccountError> {
        let mut statement = format!("SELECT {COLUMNS} FROM call_log WHERE 1 = 1");
        let mut values = AnyArguments::default();
        let mut number = 0;
        let mut condition = |text: &str| {
            number += 1;
            let _ = write!(statement, " {text} ${number}");
        };
        if let Some(tenant_id) = &filter.tenant_id {
            condition("AND tenant_id =");
            values.add(tenant_id.clone()).map_err(sqlx::Error::Encode)?;
        }
        if let Some(account) = filter.account {
            condition("AND account_id =");
            values.add(account.to_string()).map_err(sqlx::Error::Encode)?;
        }
        if let Some(status) = filter.status {
            condition("AND status =");
            values.add(i32::from(status)).map_err(sqlx::Error::Encode)?;
        }
        if let Some(before) = filter.before {
            condition("AND id <");
            values.add(before.to_string()).map_err(sqlx::Error::Encode)?;
        }
        condition("ORDER BY id DESC LIMIT");
        values.add(i64::from(limit)).map_err(sqlx::Error::Encode)?;
        let rows = sqlx::query_with(AssertSqlSafe(statement), values).fetch_all(&self.pool).await?;
        rows.iter().map(call).collect()
    }

    /// Deletes the oldest calls of these accounts, and of all accounts, until the log is within its bounds.
    pub async fn prune(&self, accounts: &BTreeSet<Uuid>, kept: Kept) -> Result<(), AccountError> {
        for account in accounts {
            sqlx::query(
                "DELETE FROM call_log WHERE account_id = $1 AND id <= \
                 (SELECT id FROM call_log WHERE account_id = $2 ORDER BY id DESC LIMIT 1 OFFSET $3)",
            )
            .bind(account.to_string())
            .bind(account.to_string())
            .bind(whole(kept.of_account))
            .execute(&self.pool)
            .await?;
        }
        sqlx::query("DELETE FROM call_log WHERE id <= (SELECT id FROM call_log ORDER BY id DESC LIMIT 1 OFFSET $1)")
            .bind(whole(kept.of_all))
            .execute(&self.pool)
            .await?;
        sqlx::query(
            "DELETE FROM call_log WHERE id <= (SELECT id FROM \
             (SELECT id, SUM(bytes) OVER (ORDER BY id DESC) AS total FROM call_log) AS newest \
             WHERE total > $1 ORDER BY id DESC LIMIT 1)",
        )
        .bind(whole(kept.bytes))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Deletes the calls from before `time`, and those of deleted accounts.
    pub async fn sweep(&self, time: Timestamp) -> Result<(), AccountError> {
        // The least id of that time: an id begins with its time.
        let millis = u64::try_from(time.as_millisecond()).unwrap_or_default();
        let oldest = Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid();
        sqlx::query("DELETE FROM call_log WHERE id < $1 OR account_id NOT IN (SELECT id FROM integrated_account)")
            .bind(oldest.to_string())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

impl std::fmt::Debug for CallLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CallLog")
    }
}

fn insert(rows: &str) -> String {
    format!("INSERT INTO call_log ({COLUMNS}) SELECT {VALUES} FROM {rows}")
}

/// The values of the columns of each call, in JSON.
fn rows(calls: &[LoggedCall]) -> Result<String, AccountError> {
    let rows = calls.iter().map(|call| {
        (
            call.id,
            call.integrated_account_id,
            &call.tenant_id,
            &call.integration,
            &call.generation,
            &call.request_id,
            &call.method,
            &call.path,
            call.status,
            &call.outcome,
            call.guest_us,
            call.vendor_us,
            call.host_us,
            call.requests.get(),
            call.created_at.as_microsecond(),
            call.bytes(),
        )
    });
    // The texts are about as long here as in the database.
    let mut text = Vec::with_capacity(calls.iter().map(LoggedCall::bytes).sum());
    let written = serde_json::Serializer::new(&mut text).collect_seq(rows);
    written.map_err(|error| sqlx::Error::Encode(error.into()))?;
    Ok(String::from_utf8(text).map_err(|error| sqlx::Error::Encode(error.into()))?)
}

fn call(row: &AnyRow) -> Result<LoggedCall, AccountError> {
    let row = Columns::of(row, "id")?;
    Ok(LoggedCall {
        id: row.parsed("id")?,
        integrated_account_id: row.parsed("account_id")?,
        tenant_id: row.get("tenant_id")?,
        integration: row.get("integration")?,
        generation: row.get("generation")?,
        request_id: row.get("request_id")?,
        method: row.get::<String>("method")?.into(),
        path: row.get("path")?,
        status: u16::try_from(row.get::<i32>("status")?).map_err(|_| row.corrupt("status"))?,
        outcome: row.get::<String>("outcome")?.into(),
        guest_us: row.get("guest_us")?,
        vendor_us: row.get("vendor_us")?,
        host_us: row.get("host_us")?,
        requests: RawValue::from_string(row.get("exchanges")?).map_err(|_| row.corrupt("exchanges"))?,
        created_at: row.time("created_at")?,
    })
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
