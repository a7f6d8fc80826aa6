//! The caller's cursor of a list. It is sealed, and opens only for the same account and the same list. It contains
//! everything that must be known of earlier pages, so the host stores nothing.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::page::NotAPage;
use crate::account::{AccountError, Accounts};
use crate::plugin::listing::Listing;

/// How long a cursor is valid.
pub const LIFETIME: Duration = Duration::from_secs(24 * 3_600);
/// The version of the sealed layout.
const VERSION: u8 = 3;
/// Longest text of a cursor, in bytes: half of the bound for the line and headers of a request. The plugin's own cursor
/// takes at most two thirds of it, if it consists of quotes.
const MAX_TEXT: usize = 16 << 10;
/// Cursors of earlier pages that a cursor remembers.
const REMEMBERED: usize = 8;
/// Latest rows of answers that a cursor remembers of a page in progress.
const REMEMBERED_ROWS: usize = 32;
/// Most pages of one list.
const MAX_PAGES: u32 = 1_000_000;
/// How often the next row of a page in progress may be missing. A deletion removes it once or twice, but not each time.
const MAX_LOST: u32 = 10;

/// The first 64 bits of a SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Digest(u64);

impl Digest {
    /// The digest of parts that cannot run into each other.
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

/// The identity of a list: each parameter that shapes it, with the digest of its value.
pub(super) type Asked = Vec<(String, Digest)>;

/// The row counts of a list. They stay the same up to the end of the list, whatever a newer version of the integration
/// declares.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Rows {
    /// The caller's `limit`, if there is one.
    limit: Option<u32>,
    /// The most rows of an answer.
    pub(super) answer: u32,
    /// The rows that the host asks the plugin for.
    pub(super) page: u32,
}

impl Rows {
    /// The row counts of a new list. The vendor's largest page bounds them.
    pub(super) fn new(limit: Option<u32>, listing: &Listing) -> Self {
        let answer = limit.map_or(listing.usual, |limit| limit.min(listing.most));
        Self { limit, answer, page: answer.max(listing.least) }
    }

    /// Whether a caller with this limit, or without one, continues with the same counts.
    fn takes(self, limit: Option<u32>) -> bool {
        limit.is_none_or(|limit| self.limit == Some(limit) || self.answer == limit)
    }
}

/// A position in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Position {
    version: u8,
    asked: Asked,
    pub(super) rows: Rows,
    /// The plugin's cursor of the page. `None` for the first page.
    pub(super) cursor: Option<String>,
    /// The identifiers of the latest rows of that page in earlier answers. Empty at the start of a page.
    passed: Vec<Digest>,
    /// The identifier of the row after those.
    coming: Option<Digest>,
    /// How often that row was missing when the host read the page again.
    lost: u32,
    /// The number of earlier page requests.
    page: u32,
    /// When the cursor was issued, in seconds since 1970.
    issued: i64,
    /// The plugin's cursors of the latest pages.
    seen: Vec<Digest>,
    /// The digest of the previous page's identifiers, if it had several.
    ids: Option<Digest>,
    /// The digest of the first page's identifiers, if it had several.
    first: Option<Digest>,
}

/// Why the host refuses a caller's cursor.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadCursor {
    /// The cursor does not open.
    #[error("was not given out for a list of this account, or was changed: begin again without it")]
    Foreign,
    /// The cursor is too old.
    #[error("has expired: begin again without it")]
    Expired,
    /// The cursor belongs to another list.
    #[error("belongs to a list with another {0}: ask as before, or begin again without it")]
    AnotherList(String),
    /// The host cannot open cursors.
    #[error(transparent)]
    Host(#[from] AccountError),
}

impl Position {
    /// The start of a list.
    pub(super) fn first(asked: Asked, rows: Rows) -> Self {
        Self {
            version: VERSION,
            asked,
            rows,
            cursor: None,
            passed: Vec::new(),
            coming: None,
            lost: 0,
            page: 0,
            issued: 0,
            seen: Vec::new(),
            ids: None,
            first: None,
        }
    }

    /// Opens a caller's cursor for this list. `limit` is the caller's number of rows. Without it, the list continues
    /// with the same number.
    pub(super) fn open(
        accounts: &Accounts,
        account: Uuid,
        text: &str,
        asked: &Asked,
        limit: Option<u32>,
    ) -> Result<Self, BadCursor> {
        let position = Self::read(accounts, account, text)?.ok_or(BadCursor::Foreign)?;
        let age = Timestamp::now().as_second().saturating_sub(position.issued);
        if u64::try_from(age).is_ok_and(|age| age > LIFETIME.as_secs()) {
            return Err(BadCursor::Expired);
        }
        match difference(&position.asked, asked) {
            Some(name) => Err(BadCursor::AnotherList(name)),
            None if !position.rows.takes(limit) => Err(BadCursor::AnotherList("limit".to_owned())),
            None => Ok(position),
        }
    }

    /// The position in a cursor of this account, of any list. `None` if the text is not such a cursor.
    pub(super) fn read(accounts: &Accounts, account: Uuid, text: &str) -> Result<Option<Self>, AccountError> {
        let sealed = Some(text).filter(|text| text.len() <= MAX_TEXT);
        let opened = sealed.map(|text| accounts.open_cursor(account, text)).transpose()?.flatten();
        let position = opened.and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        Ok(position.filter(|position| position.version == VERSION))
    }

    /// The text of the caller's next cursor.
    ///
    /// # Errors
    /// If the host cannot seal it, or would refuse it later.
    pub(super) fn seal(&self, accounts: &Accounts, account: Uuid) -> Result<String, anyhow::Error> {
        let position = Self { issued: Timestamp::now().as_second(), ..self.clone() };
        let text = accounts.seal_cursor(account, &serde_json::to_vec(&position)?)?;
        anyhow::ensure!(text.len() <= MAX_TEXT, "a cursor of {} bytes is longer than {MAX_TEXT}", text.len());
        Ok(text)
    }

    /// The same page, after the first `rows` of its identifiers.
    ///
    /// # Errors
    /// If the page changes again and again. A list of such pages would never end.
    pub(super) fn within(&self, ids: &[&str], rows: usize) -> Result<Self, NotAPage> {
        let is_lost = self.coming.is_some_and(|coming| !ids.iter().any(|id| Digest::of([*id]) == coming));
        let lost = self.lost.saturating_add(is_lost.into());
        if lost > MAX_LOST {
            return Err(NotAPage::Changing(lost));
        }
        let latest = ids.iter().take(rows).skip(rows.saturating_sub(REMEMBERED_ROWS));
        let passed = latest.map(|id| Digest::of([*id])).collect();
        let coming = ids.get(rows).map(|id| Digest::of([*id]));
        Ok(Self { passed, coming, lost, page: self.next_page()?, ..self.clone() })
    }

    /// The number of rows of this page in earlier answers: up to the last of them that is still on the page, or before
    /// the row that was to come next. If neither is on the page, it starts again: the caller may get a user twice, and
    /// misses no user who stays.
    pub(super) fn skip(&self, ids: &[&str]) -> usize {
        if self.passed.is_empty() {
            return 0;
        }
        let now: Vec<Digest> = ids.iter().map(|id| Digest::of([*id])).collect();
        let place = |row: &Digest| now.iter().position(|id| id == row);
        let last = self.passed.iter().rev().find_map(place);
        let coming = || self.coming.as_ref().and_then(place);
        last.map(|index| index + 1).or_else(coming).unwrap_or(0)
    }

    /// The page after this one, which has these identifiers.
    ///
    /// # Errors
    /// If the vendor's pages repeat. An end there would hide users, and going on would never end.
    pub(super) fn behind(&self, ids: &[&str], next: String) -> Result<Self, NotAPage> {
        let seen_now = self.cursor.as_deref().map(|cursor| Digest::of([cursor]));
        let mut seen = self.seen.clone();
        seen.extend(seen_now);
        if seen.contains(&Digest::of([next.as_str()])) {
            return Err(NotAPage::RepeatedCursor);
        }
        seen.drain(..seen.len().saturating_sub(REMEMBERED));
        let ids = fingerprint(ids);
        let first = if self.cursor.is_none() { ids } else { self.first };
        Ok(Self {
            cursor: Some(next),
            page: self.next_page()?,
            seen,
            ids,
            first,
            ..Self::first(self.asked.clone(), self.rows)
        })
    }

    fn next_page(&self) -> Result<u32, NotAPage> {
        let page = self.page.saturating_add(1);
        if page > MAX_PAGES { Err(NotAPage::Endless(MAX_PAGES)) } else { Ok(page) }
    }

    /// Compares the identifiers of this page with those of the previous and the first page. A page in progress has been
    /// compared before.
    ///
    /// If they are the same. Vendors return the last or the first page for a page that does not exist.
    pub(super) fn differs(&self, ids: &[&str]) -> Result<(), NotAPage> {
        let Some(now) = fingerprint(ids).filter(|_| self.passed.is_empty()) else { return Ok(()) };
        if self.ids == Some(now) {
            return Err(NotAPage::RepeatedRows("page before"));
        }
        if self.first == Some(now) { Err(NotAPage::RepeatedRows("first page")) } else { Ok(()) }
    }
}

/// The digest of a page with several rows. A page with a single row can rightly be the same, if another row was
/// inserted before it.
fn fingerprint(ids: &[&str]) -> Option<Digest> {
    (ids.len() > 1).then(|| Digest::of(ids.iter().copied()))
}

/// The first parameter that differs.
fn difference(before: &Asked, now: &Asked) -> Option<String> {
    let missing = before.iter().find(|(name, _)| !now.iter().any(|(known, _)| known == name));
    let other = now.iter().find(|asked| !before.contains(asked));
    missing.or(other).map(|(name, _)| name.clone())
}
