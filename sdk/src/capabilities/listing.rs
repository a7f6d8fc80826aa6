//! How a vendor lists users.

use mortise_model::{End, Order};

/// How the vendor lists users, from its documentation. The host keeps callers within these limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The fewest rows that the vendor gives in a page.
    pub least: u32,
    /// The most rows that the vendor gives in a page.
    pub most: u32,
    /// The rows of a page if the caller does not say how many.
    pub usual: u32,
    /// How the vendor says that a page is the last one.
    pub end: End,
    /// The order of rows.
    pub order: Order,
    /// How long the vendor takes a cursor, in seconds, if the vendor says so.
    pub cursor_seconds: Option<u32>,
    /// How many rows a caller can page through, if the vendor ends the list there.
    pub depth: Option<u32>,
    /// Whether several filters hold together.
    pub combines: bool,
    /// The fields that a single read tells and rows do not hold.
    pub partial: Vec<&'static str>,
    /// The kinds of users that the list leaves out, in words.
    pub leaves_out: Vec<&'static str>,
}

/// The filters by the times of creation and last change with all their bounds, for
/// [`Support::query`](crate::Support::query). Use it for a vendor that has them, and for one that gives all users at
/// once ([`Listing::whole`]), because the host then filters.
pub const TIMES: [&str; 8] = [
    "created_at[gt]",
    "created_at[gte]",
    "created_at[lt]",
    "created_at[lte]",
    "updated_at[gt]",
    "updated_at[gte]",
    "updated_at[lt]",
    "updated_at[lte]",
];

impl Listing {
    /// Pages of at most `most` rows, and of `usual` rows if the caller does not say. The vendor ends the list by a sign
    /// of its own, rows can move while a caller pages, and all filters can be combined.
    #[must_use]
    pub fn pages(usual: u32, most: u32) -> Self {
        Self {
            least: 1,
            most,
            usual,
            end: End::Told,
            order: Order::Unstable,
            cursor_seconds: None,
            depth: None,
            combines: true,
            partial: Vec::new(),
            leaves_out: Vec::new(),
        }
    }

    /// All users at once, for a vendor without pages. The host makes pages of them, of 100 rows if the caller does not
    /// say. The operation answers with all users, at most 10,000, whatever the size of the page is
    /// ([`Rows::last`](crate::Rows::last)). It may declare filters that the vendor does not have: the host applies
    /// them.
    #[must_use]
    pub fn whole() -> Self {
        Self::pages(100, 1_000).ends(End::Whole)
    }

    /// Sets the fewest rows that the vendor gives in a page, if that is more than one. The host keeps the rest for its
    /// caller's next page.
    #[must_use]
    pub fn at_least(self, least: u32) -> Self {
        Self { least, ..self }
    }

    /// Says how the vendor ends the list, if it has no sign of its own.
    #[must_use]
    pub fn ends(self, end: End) -> Self {
        Self { end, ..self }
    }

    /// Says that rows come in an order that never changes.
    #[must_use]
    pub fn stable(self) -> Self {
        Self { order: Order::Stable, ..self }
    }

    /// Says how long the vendor takes a cursor, in seconds.
    #[must_use]
    pub fn cursors_live(self, seconds: u32) -> Self {
        Self { cursor_seconds: Some(seconds), ..self }
    }

    /// Says how many rows a caller can page through.
    #[must_use]
    pub fn depth(self, rows: u32) -> Self {
        Self { depth: Some(rows), ..self }
    }

    /// Says that the vendor filters by one field at a time.
    #[must_use]
    pub fn one_filter(self) -> Self {
        Self { combines: false, ..self }
    }

    /// Names the fields of the answer that a single read tells and rows do not hold.
    #[must_use]
    pub fn partial<const N: usize>(self, fields: [&'static str; N]) -> Self {
        Self { partial: fields.to_vec(), ..self }
    }

    /// Names the kinds of users that the list leaves out, such as `invited users`.
    #[must_use]
    pub fn leaves_out<const N: usize>(self, kinds: [&'static str; N]) -> Self {
        Self { leaves_out: kinds.to_vec(), ..self }
    }
}
