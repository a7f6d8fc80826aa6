//! How a vendor lists users, and what a deletion does to a user.

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

/// How a vendor says that a page is the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By a sign of its own, such as a cursor or a flag.
    Told,
    /// Only by the number of all rows.
    Total,
    /// Only by a page with fewer rows than the integration asked for.
    Short,
    /// Not at all. The vendor gives all users at once.
    Whole,
}

/// The order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By something that never changes, such as the identifier. A caller misses no row and sees none twice.
    Stable,
    /// Rows can move while a caller pages.
    Unstable,
}

/// What a deletion does to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The user and the identifier are gone.
    Deletes,
    /// The user stays, and can no longer sign in.
    Deactivates,
    /// The user is gone, and can be restored for a while.
    Trashes,
    /// The user leaves the organisation or workspace, and stays a user of the vendor.
    Unlinks,
    /// The user is gone, and the vendor erases its data about the person.
    Erases,
}

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

impl End {
    /// The spelling in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Total => "total",
            Self::Short => "short",
            Self::Whole => "whole",
        }
    }
}

impl Order {
    /// The spelling in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Unstable => "unstable",
        }
    }
}

impl Effect {
    /// The spelling in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deletes => "deletes",
            Self::Deactivates => "deactivates",
            Self::Trashes => "trashes",
            Self::Unlinks => "unlinks",
            Self::Erases => "erases",
        }
    }
}
