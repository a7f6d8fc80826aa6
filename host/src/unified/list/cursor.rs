//! The cursor of a list as its caller holds it: sealed, so that it opens for the same account and the same list alone. Whatever must be
//! known of earlier pages is in it; the host keeps nothing.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::page::NotAPage;
use crate::account::{AccountError, Accounts};

/// How long a cursor is taken.
pub const LIFETIME: Duration = Duration::from_secs(24 * 3_600);
/// The layout of what is sealed.
const VERSION: u8 = 2;
/// Longest text of a cursor, in bytes: one from us is shorter.
const MAX_TEXT: usize = 16 << 10;
/// Cursors of earlier pages that are remembered.
const REMEMBERED: usize = 8;
/// Latest rows of answers that are remembered of a page that was begun.
const REMEMBERED_ROWS: usize = 32;
/// Pages of one list.
const MAX_PAGES: u32 = 1_000_000;

/// The first 64 bits of a SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Digest(u64);

impl Digest {
    /// Of parts that cannot run into each other.
    pub(super) fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        let bytes = digest.finalize();
        Self(bytes.first_chunk().map_or(0, |first| u64::from_be_bytes(*first)))
    }
}

/// What makes a list the same one: each parameter that shapes it, with the digest of its value.
pub(super) type Asked = Vec<(String, Digest)>;

/// Where a list goes on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Position {
    version: u8,
    asked: Asked,
    /// The plugin's cursor of the page; none: the first one.
    pub(super) cursor: Option<String>,
    /// The identifiers of the latest rows of that page that earlier answers passed; none if the page was not begun.
    passed: Vec<Digest>,
    page: u32,
    /// Seconds since 1970.
    issued: i64,
    /// The plugin's cursors of the latest pages.
    seen: Vec<Digest>,
    /// The identifiers of the page before, where it had several.
    ids: Option<Digest>,
    /// Those of the first page, where it had several.
    first: Option<Digest>,
}

/// Why a caller's cursor is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadCursor {
    /// It does not open.
    #[error("was not given out for a list of this account, or was changed: begin again without it")]
    Foreign,
    /// It is too old.
    #[error("has expired: begin again without it")]
    Expired,
    /// The list is another one.
    #[error("belongs to a list with another {0}: ask as before, or begin again without it")]
    AnotherList(String),
    /// The host cannot look.
    #[error(transparent)]
    Host(#[from] AccountError),
}

impl Position {
    /// The beginning of a list.
    pub(super) fn first(asked: Asked) -> Self {
        Self {
            version: VERSION,
            asked,
            cursor: None,
            passed: Vec::new(),
            page: 0,
            issued: 0,
            seen: Vec::new(),
            ids: None,
            first: None,
        }
    }

    /// Opens a caller's cursor for this list.
    pub(super) fn open(accounts: &Accounts, account: Uuid, text: &str, asked: Asked) -> Result<Self, BadCursor> {
        let position = Self::read(accounts, account, text)?.ok_or(BadCursor::Foreign)?;
        let age = Timestamp::now().as_second().saturating_sub(position.issued);
        if u64::try_from(age).is_ok_and(|age| age > LIFETIME.as_secs()) {
            return Err(BadCursor::Expired);
        }
        match difference(&position.asked, &asked) {
            Some(name) => Err(BadCursor::AnotherList(name)),
            None => Ok(position),
        }
    }

    /// What was sealed for this account, of whatever list; none if nothing was.
    pub(super) fn read(accounts: &Accounts, account: Uuid, text: &str) -> Result<Option<Self>, AccountError> {
        let sealed = Some(text).filter(|text| text.len() <= MAX_TEXT);
        let opened = sealed.map(|text| accounts.open_cursor(account, text)).transpose()?.flatten();
        let position = opened.and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        Ok(position.filter(|position| position.version == VERSION))
    }

    /// The text that a caller goes on with.
    pub(super) fn seal(&self, accounts: &Accounts, account: Uuid) -> Result<String, anyhow::Error> {
        let position = Self { issued: Timestamp::now().as_second(), ..self.clone() };
        Ok(accounts.seal_cursor(account, &serde_json::to_vec(&position)?)?)
    }

    /// The same page, of whose identifiers the first `rows` are passed now.
    pub(super) fn within(&self, ids: &[&str], rows: usize) -> Self {
        let latest = ids.iter().take(rows).skip(rows.saturating_sub(REMEMBERED_ROWS));
        Self { passed: latest.map(|id| Digest::of([*id])).collect(), ..self.clone() }
    }

    /// Rows of this page that earlier answers passed: those up to the last one of them that is still on it. If none is, the page begins
    /// again: a user may come twice, and none who stays is missed.
    pub(super) fn skip(&self, ids: &[&str]) -> usize {
        if self.passed.is_empty() {
            return 0;
        }
        let now: Vec<Digest> = ids.iter().map(|id| Digest::of([*id])).collect();
        let last = self.passed.iter().rev().find_map(|passed| now.iter().position(|id| id == passed));
        last.map_or(0, |index| index + 1)
    }

    /// The page behind this one, whose identifiers these are.
    ///
    /// # Errors
    /// If the vendor's pages repeat themselves: to end there would hide users, and to go on would never end.
    pub(super) fn behind(&self, ids: &[&str], next: String) -> Result<Self, NotAPage> {
        let seen_now = self.cursor.as_deref().map(|cursor| Digest::of([cursor]));
        let mut seen = self.seen.clone();
        seen.extend(seen_now);
        if seen.contains(&Digest::of([next.as_str()])) {
            return Err(NotAPage::RepeatedCursor);
        }
        seen.drain(..seen.len().saturating_sub(REMEMBERED));
        let page = self.page.saturating_add(1);
        if page > MAX_PAGES {
            return Err(NotAPage::Endless(MAX_PAGES));
        }
        let ids = fingerprint(ids);
        let first = if self.page == 0 { ids } else { self.first };
        Ok(Self { cursor: Some(next), passed: Vec::new(), page, seen, ids, first, ..self.clone() })
    }

    /// Holds the identifiers of this page against those of the one before and of the first one. Of one that was begun, rows have been held
    /// already.
    ///
    /// # Errors
    /// If they are the same: vendors give the last page or the first one when they are asked for pages that they do not have.
    pub(super) fn differs(&self, ids: &[&str]) -> Result<(), NotAPage> {
        let Some(now) = fingerprint(ids).filter(|_| self.passed.is_empty()) else { return Ok(()) };
        if self.ids == Some(now) {
            return Err(NotAPage::RepeatedRows("page before"));
        }
        if self.first == Some(now) { Err(NotAPage::RepeatedRows("first page")) } else { Ok(()) }
    }
}

/// Of a page with several rows: a single one can be the same honestly, where another was put before it.
fn fingerprint(ids: &[&str]) -> Option<Digest> {
    (ids.len() > 1).then(|| Digest::of(ids.iter().copied()))
}

/// The first parameter that is not the same in both.
fn difference(before: &Asked, now: &Asked) -> Option<String> {
    let missing = before.iter().find(|(name, _)| !now.iter().any(|(known, _)| known == name));
    let other = now.iter().find(|asked| !before.contains(asked));
    missing.or(other).map(|(name, _)| name.clone())
}
