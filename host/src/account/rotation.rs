//! Sealing all values in the database again with the first of the [`MasterKeys`](super::MasterKeys), while hosts serve.
//!
//! A rotation has three steps. It puts a new key first in the key file ([`OwnedKeyFile::begin`]). It seals every value
//! again that another key sealed, until none is left and no host can still be about to write one. It takes the other
//! keys out of the file ([`OwnedKeyFile::end`]). A host looks at the file whenever it seals, and whenever it finds a
//! key id that it does not know. After a crash, the next rotation continues where this one stopped.
//!
//! [`OwnedKeyFile::begin`]: super::OwnedKeyFile::begin
//! [`OwnedKeyFile::end`]: super::OwnedKeyFile::end

use std::str::FromStr;

use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::error::AccountError;
use super::store::Accounts;
use super::vault::{Purpose, Sealed};

/// Rows of one query.
const BATCH: i64 = 100;

/// One column with sealed text. `id` and `account` are the names of two other columns: the row's id, and the id that
/// the text is sealed for.
struct SealedColumn {
    table: &'static str,
    id: &'static str,
    account: &'static str,
    column: &'static str,
    purpose: Purpose,
    /// Other columns that a change must set.
    also: &'static str,
}

/// All columns with sealed text.
const COLUMNS: [SealedColumn; 9] = [
    SealedColumn {
        table: "integrated_account",
        id: "id",
        account: "id",
        column: "secrets",
        purpose: Purpose::Credentials,
        // An update that has read the old text then starts again.
        also: ", version = version + 1",
    },
    SealedColumn {
        table: "idempotency_key",
        id: "id",
        account: "account_id",
        column: "answer",
        purpose: Purpose::Answer,
        also: "",
    },
    SealedColumn {
        table: "idempotency_key",
        id: "id",
        account: "account_id",
        column: "fingerprint",
        purpose: Purpose::Request,
        also: "",
    },
    SealedColumn {
        table: "exchanged_token",
        id: "account_id",
        account: "account_id",
        column: "sealed",
        purpose: Purpose::ExchangedToken,
        also: "",
    },
    SealedColumn {
        table: "oauth_application",
        id: "id",
        account: "id",
        column: "client_secret",
        purpose: Purpose::ClientSecret,
        also: "",
    },
    SealedColumn {
        table: "link_token",
        id: "id",
        account: "id",
        column: "context",
        purpose: Purpose::LinkContext,
        also: "",
    },
    SealedColumn {
        table: "connect_flow",
        id: "id",
        account: "id",
        column: "sealed",
        purpose: Purpose::ConnectFlow,
        also: "",
    },
    SealedColumn {
        table: "webhook",
        id: "id",
        account: "id",
        column: "secret",
        purpose: Purpose::WebhookSecret,
        also: "",
    },
    SealedColumn {
        table: "webhook",
        id: "id",
        account: "id",
        column: "previous_secret",
        purpose: Purpose::WebhookSecret,
        also: "",
    },
];

/// Counts of one pass over the database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Texts that the pass sealed with the first key.
    pub changed: u64,
    /// Texts that no key opens: altered, or sealed with a missing key. They stay as they are.
    pub unreadable: u64,
}

impl Accounts {
    /// Reads the database once and seals again every text that another key than the first one sealed. If another writer
    /// changes a text meanwhile, the next pass deals with it. `progress` gets the number of texts so far.
    pub async fn reseal(&self, mut progress: impl FnMut(u64)) -> Result<Resealed, AccountError> {
        let mut done = Resealed::default();
        for column in &COLUMNS {
            self.reseal_column(column, &mut done, &mut progress).await?;
        }
        Ok(done)
    }

    async fn reseal_column(
        &self,
        sealed: &SealedColumn,
        done: &mut Resealed,
        progress: &mut impl FnMut(u64),
    ) -> Result<(), AccountError> {
        let vault = self.vault.as_deref().ok_or(AccountError::NoVault)?;
        let SealedColumn { table, id, account, column, purpose, also } = sealed;
        // The text is made of constants and placeholders only.
        let select = format!(
            "SELECT {id} AS id, {account} AS account, {column} AS sealed FROM {table} \
             WHERE {column} IS NOT NULL AND {column} NOT LIKE $1 AND {id} > $2 ORDER BY {id} LIMIT $3"
        );
        let update = format!("UPDATE {table} SET {column} = $1{also} WHERE {id} = $2 AND {column} = $3");
        let sealed_with_first = format!("{}%", vault.prefix());
        let mut last = String::new();
        loop {
            let rows = sqlx::query(AssertSqlSafe(select.as_str()))
                .bind(sealed_with_first.as_str())
                .bind(last.as_str())
                .bind(BATCH)
                .fetch_all(&self.pool)
                .await?;
            let Some(end) = rows.last() else { return Ok(()) };
            last = end.try_get("id")?;
            for row in &rows {
                let row_id: &str = row.try_get("id")?;
                let account = Uuid::from_str(row.try_get("account")?)
                    .map_err(|_| AccountError::corrupt(row_id, sealed.account))?;
                let old = Sealed::from(row.try_get::<String, _>("sealed")?);
                let Ok(bytes) = vault.open_bytes(*purpose, account, &old) else {
                    done.unreadable += 1;
                    continue;
                };
                let changed = sqlx::query(AssertSqlSafe(update.as_str()))
                    .bind(vault.seal_bytes(*purpose, account, &bytes).as_str())
                    .bind(row_id)
                    .bind(old.as_str())
                    .execute(&self.pool)
                    .await?;
                done.changed += changed.rows_affected();
            }
            progress(done.changed + done.unreadable);
        }
    }
}
