//! How an integration lists users, and what its deletion does.

use std::fmt;

use mortise_model::Category;
use serde::Serialize;

/// How users are listed (`listing` in `wit/integration.wit`).
#[derive(Debug, Clone, Serialize)]
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
    pub partial: Vec<String>,
    /// The kinds of users that the list leaves out, in words.
    pub leaves_out: Vec<String>,
}

/// Declares an enum whose variants are words of the contract.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The contract's word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Reads the contract's word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == word)
            }
        }
    };
}

words! {
    /// How a vendor says that a page is the last one.
    End {
        /// By its own sign, such as a cursor or a flag.
        Told = "told",
        /// Only by the number of all rows.
        Total = "total",
        /// Only by a page with fewer rows than were asked for.
        Short = "short",
        /// Not at all: it gives all users at once.
        Whole = "whole",
    }
}

words! {
    /// In which order rows come.
    Order {
        /// By something that never changes: no row is missed or comes twice.
        Stable = "stable",
        /// Rows can move while a caller pages.
        Unstable = "unstable",
    }
}

words! {
    /// What a deletion does to the user.
    Effect {
        /// The user is gone, and the identifier with it.
        Deletes = "deletes",
        /// The user stays, and can no longer sign in.
        Deactivates = "deactivates",
        /// The user is gone, and can be restored for a while.
        Trashes = "trashes",
        /// The user leaves the organisation or workspace, and stays a user of the vendor.
        Unlinks = "unlinks",
        /// The user is gone, and the vendor erases what it holds of the person.
        Erases = "erases",
    }
}

words! {
    /// How a filter compares.
    Operator {
        /// The same.
        Eq = "eq",
        /// Later.
        Gt = "gt",
        /// Later, or the same.
        Gte = "gte",
        /// Earlier.
        Lt = "lt",
        /// Earlier, or the same.
        Lte = "lte",
    }
}

/// What a filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// A text, as it is.
    Text,
    /// One of the user's addresses, in whatever case.
    Address,
    /// `true` or `false`.
    Flag,
    /// A point in time.
    Time,
}

/// A filter as a query parameter: `email`, `created_at[gte]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilterName<'a> {
    /// The field.
    pub field: &'a str,
    /// How it is compared.
    pub operator: Operator,
}

impl<'a> FilterName<'a> {
    /// Reads the name of a filter in this category; none where users of the category cannot be filtered so.
    pub fn parse(category: Category, name: &'a str) -> Option<Self> {
        let (field, operator) = match name.split_once('[') {
            None => (name, Operator::Eq),
            Some((field, rest)) => (field, Operator::parse(rest.strip_suffix(']')?)?),
        };
        let is_bound = operator != Operator::Eq;
        (is_bound == (compared(category, field)? == Compared::Time)).then_some(Self { field, operator })
    }
}

impl fmt::Display for FilterName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.operator {
            Operator::Eq => f.write_str(self.field),
            operator => write!(f, "{}[{}]", self.field, operator.as_str()),
        }
    }
}

/// The field of an order as a query parameter: `name` of `sort_by[name]`.
pub fn sort_field(name: &str) -> Option<&str> {
    name.strip_prefix("sort_by[")?.strip_suffix(']')
}

/// [`sort_field`], of a field that users of the category have.
pub fn sorted_field(category: Category, name: &str) -> Option<&str> {
    sort_field(name).filter(|field| category.response_fields().contains(field))
}

/// What a filter by this field compares, in a category whose users can be filtered by it.
pub fn compared(category: Category, field: &str) -> Option<Compared> {
    let kind = match field {
        // Of whatever addresses the category tells.
        "email" => return Some(Compared::Address),
        "created_at" | "updated_at" => Compared::Time,
        "is_active" => Compared::Flag,
        "name" | "first_name" | "last_name" | "username" | "external_id" | "user_type" | "status" => Compared::Text,
        _ => return None,
    };
    category.response_fields().contains(&field).then_some(kind)
}
