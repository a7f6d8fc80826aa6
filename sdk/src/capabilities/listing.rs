//! How users are listed, and what a deletion does to one.

/// How users are listed. Facts of the vendor's documentation: the host keeps callers within them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The fewest rows that the vendor gives in a page.
    pub least: u32,
    /// The most.
    pub most: u32,
    /// How many it gives where the caller does not say.
    pub usual: u32,
    /// How the vendor says that a page is the last one.
    pub end: End,
    /// In which order rows come.
    pub order: Order,
    /// How long a cursor can be used, in seconds, where the vendor says it.
    pub cursor_seconds: Option<u32>,
    /// How many rows can be paged through, where the vendor ends there.
    pub depth: Option<u32>,
    /// Whether several filters hold together.
    pub combines: bool,
    /// The fields that rows do not hold and a single read tells.
    pub partial: Vec<&'static str>,
    /// The kinds of users that the list leaves out, in words.
    pub leaves_out: Vec<&'static str>,
}

/// The filters by the times of creation and of the last change with all their bounds, for [`Support::query`](crate::Support::query): of a
/// vendor that has them, and of one that gives all users at once ([`Listing::whole`]), from whom the host picks.
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
    /// By its own sign, such as a cursor or a flag.
    Told,
    /// Only by the number of all rows.
    Total,
    /// Only by a page with fewer rows than were asked for.
    Short,
    /// Not at all: it gives all users at once.
    Whole,
}

/// In which order rows come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By something that never changes, such as the identifier: no row is missed or comes twice.
    Stable,
    /// Rows can move while a caller pages.
    Unstable,
}

/// What a deletion does to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The user is gone, and the identifier with it.
    Deletes,
    /// The user stays, and can no longer sign in.
    Deactivates,
    /// The user is gone, and can be restored for a while.
    Trashes,
    /// The user leaves the organisation or workspace, and stays a user of the vendor.
    Unlinks,
    /// The user is gone, and the vendor erases what it holds of the person.
    Erases,
}

impl Listing {
    /// Pages of at most `most` rows, and of `usual` ones where the caller does not say; a vendor that ends by its own sign, whose rows can
    /// move while a caller pages, and that takes any filters together.
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

    /// All users at once, of a vendor without pages: the host makes pages of them, of 100 where the caller does not say. The operation
    /// answers with all of them, at most 10,000, whatever it is asked for ([`Rows::last`](crate::Rows::last)), and may declare filters
    /// that the vendor does not have: the host checks them.
    #[must_use]
    pub fn whole() -> Self {
        Self::pages(100, 1_000).ends(End::Whole)
    }

    /// The fewest rows that the vendor gives in a page, where these are more than one. The host keeps the rest for its caller's next page.
    #[must_use]
    pub fn at_least(self, least: u32) -> Self {
        Self { least, ..self }
    }

    /// How the vendor says that a page is the last one, where it has no sign of its own.
    #[must_use]
    pub fn ends(self, end: End) -> Self {
        Self { end, ..self }
    }

    /// Rows come in an order that never changes.
    #[must_use]
    pub fn stable(self) -> Self {
        Self { order: Order::Stable, ..self }
    }

    /// How long the vendor takes a cursor, in seconds.
    #[must_use]
    pub fn cursors_live(self, seconds: u32) -> Self {
        Self { cursor_seconds: Some(seconds), ..self }
    }

    /// How many rows can be paged through.
    #[must_use]
    pub fn depth(self, rows: u32) -> Self {
        Self { depth: Some(rows), ..self }
    }

    /// The vendor filters by one field at a time.
    #[must_use]
    pub fn one_filter(self) -> Self {
        Self { combines: false, ..self }
    }

    /// The fields of the answer that rows do not hold and a single read tells.
    #[must_use]
    pub fn partial<const N: usize>(self, fields: [&'static str; N]) -> Self {
        Self { partial: fields.to_vec(), ..self }
    }

    /// The kinds of users that the list leaves out, in words: `invited users`.
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
