//! The declaration of a list of users.

use std::fmt;

use mortise_model::{Category, End, Operator, Order};
use serde::Serialize;

/// How the vendor lists users (`listing` in `wit/integration.wit`).
#[derive(Debug, Clone, Serialize)]
pub struct Listing {
    /// The smallest page that the vendor gives, in rows.
    pub least: u32,
    /// The largest page, in rows.
    pub most: u32,
    /// The page if the caller sets no limit, in rows.
    pub usual: u32,
    /// How the vendor marks the last page.
    pub end: End,
    /// The order of rows.
    pub order: Order,
    /// How long a cursor is valid, in seconds. `None` if the vendor does not say it.
    pub cursor_seconds: Option<u32>,
    /// How many rows a caller can page through. `None` if there is no such bound.
    pub depth: Option<u32>,
    /// Whether a caller can use several filters together.
    pub combines: bool,
    /// The fields that only a single read returns, not a row.
    pub partial: Vec<String>,
    /// The kinds of users that the list leaves out, in words.
    pub leaves_out: Vec<String>,
}

/// The kind of value that a filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// A text, exactly.
    Text,
    /// One of the user's addresses, in any case.
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
    /// Reads the name of a filter in this category. `None` if the category has no such filter.
    pub fn parse(category: Category, name: &'a str) -> Option<Self> {
        let (field, operator) = match name.split_once('[') {
            None => (name, Operator::Eq),
            Some((field, rest)) => (field, Operator::named(rest.strip_suffix(']')?)?),
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

/// [`sort_field`] for a field of the category's users.
pub fn sorted_field(category: Category, name: &str) -> Option<&str> {
    sort_field(name).filter(|field| category.response_fields().contains(field))
}

/// The kind of value in a filter by this field. `None` if the category has no such filter.
pub fn compared(category: Category, field: &str) -> Option<Compared> {
    let kind = match field {
        // Any address of the category.
        "email" => return Some(Compared::Address),
        "created_at" | "updated_at" => Compared::Time,
        "is_active" => Compared::Flag,
        "name" | "first_name" | "last_name" | "username" | "external_id" | "user_type" | "status" => Compared::Text,
        _ => return None,
    };
    category.response_fields().contains(&field).then_some(kind)
}
