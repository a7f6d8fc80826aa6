//! Reads a plugin's page: each row must be a user with its own identifier.

use std::collections::BTreeSet;

use mortise_model::User;

use crate::call::operation::UsersPage;
use crate::unified::respond::{self, NotAUser};

/// Characters of a plugin's pointer in a message.
const SHOWN: usize = 100;

/// Why a page is not usable. One bad row fails its page: without the row, a caller that compares lists would take its
/// user for deleted.
#[derive(Debug, thiserror::Error)]
pub enum NotAPage {
    /// A row is not a user.
    #[error("row {row}{} is not a user: {source}", at(place))]
    Row {
        /// Its number, from 0.
        row: usize,
        /// Its place in the vendor's answer. May be empty.
        place: String,
        /// Why it is not a user.
        source: NotAUser,
    },
    /// A row has no identifier.
    #[error("row {row}{} has no `id`", at(place))]
    NoId {
        /// Its number, from 0.
        row: usize,
        /// Its place in the vendor's answer. May be empty.
        place: String,
    },
    /// Two rows have the same identifier.
    #[error("row {row}{} has the `id` of another row", at(place))]
    SameId {
        /// The number of the second one, from 0.
        row: usize,
        /// Its place in the vendor's answer. May be empty.
        place: String,
    },
    /// A row's place is not a JSON pointer.
    #[error("`{0}` is not a JSON pointer to a row, such as `/data/3`")]
    NoPointer(String),
    /// A row's place does not exist in the vendor's answer.
    #[error("`{0}` leads to nothing in the vendor's answer")]
    Nowhere(String),
    /// A row's place is that of another row, or inside it.
    #[error("`{0}` leads to the text of another row, or into it")]
    SamePlace(String),
    /// Rows have places in an answer that is not JSON.
    #[error("rows point into the vendor's answer, which is not JSON")]
    NoJson,
    /// The next page has the cursor of an earlier page.
    #[error("the next page has the cursor of an earlier one: the list would never end")]
    RepeatedCursor,
    /// The page has the rows of an earlier page, which the text names.
    #[error("the page has the rows of the {0}: the vendor did not continue where the host asked it to")]
    RepeatedRows(&'static str),
    /// There are too many pages.
    #[error("the list does not end within {0} pages")]
    Endless(u32),
    /// A page in progress differs each time that the host reads it.
    #[error(
        "the next row was missing {0} times from one page: the vendor gives other rows each time that the host asks"
    )]
    Changing(u32),
}

fn at(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!(" (`{}`)", shown(place)) }
}

/// The beginning of a plugin's text, for a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}

/// One user of a page.
#[derive(Debug)]
pub(in crate::unified) struct Row {
    pub(super) user: User,
    /// Its JSON pointer in the vendor's answer. Empty if the answer has no text of its own for the row.
    pub(super) source: String,
}

impl Row {
    pub(super) fn id(&self) -> &str {
        self.user.id.value().map_or("", String::as_str)
    }
}

/// A usable page.
#[derive(Debug)]
pub(in crate::unified) struct Page {
    pub(super) rows: Vec<Row>,
    pub(super) next: Option<String>,
    pub(super) partial: bool,
}

/// Reads a plugin's page.
///
/// # Errors
/// The first row that is not a user with its own identifier.
pub(in crate::unified) fn read(page: UsersPage) -> Result<Page, NotAPage> {
    let mut ids = BTreeSet::new();
    let mut rows = Vec::with_capacity(page.rows.len());
    for (row, declared) in page.rows.into_iter().enumerate() {
        let place = declared.source;
        let user = match respond::canonical(Some(&declared.user)) {
            Ok(user) => user,
            Err(source) => return Err(NotAPage::Row { row, place, source }),
        };
        match user.id.value().filter(|id| !id.is_empty()) {
            None => return Err(NotAPage::NoId { row, place }),
            Some(id) if !ids.insert(id.clone()) => return Err(NotAPage::SameId { row, place }),
            Some(_) => rows.push(Row { user, source: place }),
        }
    }
    Ok(Page { rows, next: page.next, partial: page.partial })
}
