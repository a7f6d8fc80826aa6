//! The cursor of a list as its caller holds it: sealed, so that it opens for the same account and the same list alone. Whatever must be
//! known of earlier pages is in it; the host keeps nothing.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::page::NotAPage;
use crate::account::{AccountError, Accounts};
use crate::plugin::listing::Listing;

/// How long a cursor is taken.
pub const LIFETIME: Duration = Duration::from_secs(24 * 3_600);
/// The layout of what is sealed.
const VERSION: u8 = 3;
/// Longest text of a cursor, in bytes: half of what a request's line and headers may have together. The plugin's own text takes two
/// thirds of it at most, if it is nothing but quotes.
const MAX_TEXT: usize = 16 << 10;
/// Cursors of earlier pages that are remembered.
const REMEMBERED: usize = 8;
/// Latest rows of answers that are remembered of a page that was begun.
const REMEMBERED_ROWS: usize = 32;
/// Times that pages are asked for in one list.
const MAX_PAGES: u32 = 1_000_000;
/// Times that the row which comes next may be gone from a page that is given in parts. Deletions take it away once or twice, not each time.
const MAX_LOST: u32 = 10;

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

/// How many rows a list has at a time. It is the same up to the end of the list, whatever a newer version of the integration declares.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Rows {
    /// The caller's `limit`, if there is one.
    limit: Option<u32>,
    /// The most rows of an answer.
    pub(super) answer: u32,
    /// What the plugin is asked for.
    pub(super) page: u32,
}

impl Rows {
    /// Those of a list that begins. More than the vendor gives in a page are as many as it gives.
    pub(super) fn new(limit: Option<u32>, listing: &Listing) -> Self {
        let answer = limit.map_or(listing.usual, |limit| limit.min(listing.most));
        Self { limit, answer, page: answer.max(listing.least) }
    }

    /// Whether a caller who says this, or nothing, goes on with as many.
    fn takes(self, limit: Option<u32>) -> bool {
        limit.is_none_or(|limit| self.limit == Some(limit) || self.answer == limit)
    }
}

/// Where a list goes on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Position {
    version: u8,
    asked: Asked,
    pub(super) rows: Rows,
    /// The plugin's cursor of the page; none: the first one.
    pub(super) cursor: Option<String>,
    /// The identifiers of the latest rows of that page that earlier answers passed; none if the page was not begun.
    passed: Vec<Digest>,
    /// The identifier of the row behind those.
    coming: Option<Digest>,
    /// How often such a row was gone when this page was asked for again.
    lost: u32,
    /// How often pages were asked for before.
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

    /// Opens a caller's cursor for this list, of which the caller wants so many rows at a time: none means as many as before.
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

    /// What was sealed for this account, of whatever list; none if nothing was.
    pub(super) fn read(accounts: &Accounts, account: Uuid, text: &str) -> Result<Option<Self>, AccountError> {
        let sealed = Some(text).filter(|text| text.len() <= MAX_TEXT);
        let opened = sealed.map(|text| accounts.open_cursor(account, text)).transpose()?.flatten();
        let position = opened.and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        Ok(position.filter(|position| position.version == VERSION))
    }

    /// The text that a caller goes on with.
    ///
    /// # Errors
    /// If it cannot be sealed, or would not be taken back.
    pub(super) fn seal(&self, accounts: &Accounts, account: Uuid) -> Result<String, anyhow::Error> {
        let position = Self { issued: Timestamp::now().as_second(), ..self.clone() };
        let text = accounts.seal_cursor(account, &serde_json::to_vec(&position)?)?;
        anyhow::ensure!(text.len() <= MAX_TEXT, "a cursor of {} bytes is longer than {MAX_TEXT}", text.len());
        Ok(text)
    }

    /// The same page, of whose identifiers the first `rows` are passed now.
    ///
    /// # Errors
    /// If the page is another one again and again: a list of such pages would never end.
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

    /// Rows of this page that earlier answers passed: those up to the last one of them that is still on it, or those before the one that
    /// was to come next. If neither is there, the page begins again: a user may come twice, and none who stays is missed.
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
