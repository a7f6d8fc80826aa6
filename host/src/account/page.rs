//! Lists in pages. The newest row comes first, and each page starts after the end of the previous one.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sqlx::Arguments as _;
use sqlx::any::AnyArguments;
use uuid::Uuid;

use super::error::AccountError;
use super::model::{Account, Status};

/// Accounts on a page if the caller gives no number.
const DEFAULT_LIMIT: u32 = 50;
/// Accounts on a page at most.
pub const MAX_PAGE: u32 = 200;

/// The accounts to list. The default lists all, in pages of 50.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Only this tenant's. It must be set for a caller of one tenant.
    pub tenant_id: Option<String>,
    /// Only this integration's, by slug.
    pub integration: Option<String>,
    /// Only in this status.
    pub status: Option<Status>,
    /// Accounts on the page: 1 to [`MAX_PAGE`]; a number outside counts as the nearest one inside. Default 50.
    pub limit: Option<u32>,
    /// [`Page::next_cursor`] of the previous page.
    pub cursor: Option<String>,
}

impl AccountFilter {
    pub(super) fn limit(&self) -> u32 {
        self.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_PAGE)
    }
}

/// One page of accounts.
#[derive(Debug, Clone)]
pub struct Page {
    /// The newest first. If an account is created while a caller reads the pages, it is on none of the later ones. No
    /// account comes twice.
    pub result: Vec<Account>,
    /// Cursor of the next page; `None` on the last. Opaque, of URL-safe characters.
    pub next_cursor: Option<String>,
}

/// Completes a query of rows with `created_at` and `id`, whose text has a condition already: the newest first, after
/// `cursor`, and one row more than `limit`, which tells whether there is a next page.
pub(super) fn newest_first(
    sql: &mut String,
    arguments: &mut AnyArguments,
    cursor: Option<Cursor>,
    limit: u32,
) -> Result<(), AccountError> {
    if let Some(cursor) = cursor {
        arguments.add(cursor.created_at).map_err(sqlx::Error::Encode)?;
        let _ = write!(sql, " AND (created_at, id) < (${}", arguments.len());
        arguments.add(cursor.id.to_string()).map_err(sqlx::Error::Encode)?;
        let _ = write!(sql, ", ${})", arguments.len());
    }
    arguments.add(i64::from(limit) + 1).map_err(sqlx::Error::Encode)?;
    let _ = write!(sql, " ORDER BY created_at DESC, id DESC LIMIT ${}", arguments.len());
    Ok(())
}

/// The position of a row in the list.
pub(super) struct Cursor {
    /// When it was created, in microseconds since the epoch.
    pub(super) created_at: i64,
    pub(super) id: Uuid,
}

impl Cursor {
    pub(super) fn of(account: &Account) -> Self {
        Self { created_at: account.created_at.as_microsecond(), id: account.id }
    }

    pub(super) fn encode(&self) -> String {
        let mut bytes = self.created_at.to_be_bytes().to_vec();
        bytes.extend_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(super) fn decode(text: &str) -> Result<Self, AccountError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| AccountError::BadCursor)?;
        let (created_at, id) = bytes.split_first_chunk::<8>().ok_or(AccountError::BadCursor)?;
        let id = Uuid::from_slice(id).map_err(|_| AccountError::BadCursor)?;
        Ok(Self { created_at: i64::from_be_bytes(*created_at), id })
    }
}
