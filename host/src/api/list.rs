//! Lists of rows whose ids are in the order of time: reading the page that a query asks for, and writing its answer.
//! The newest row comes first.

use std::str::FromStr;

use axum::Json;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::account::MAX_PAGE;
use crate::unified::query::{Query, Scalar};
use crate::unified::{Failure, Failures, Place};

/// Rows on a page if the caller gives no number.
const DEFAULT_LIMIT: u32 = 50;

/// The page that a query asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// Only rows before this one.
    pub(super) before: Option<Uuid>,
    limit: u32,
}

impl Asked {
    /// Reads `limit` and `next_cursor`.
    pub(super) fn read(query: &Query, failures: &mut Failures) -> Self {
        let fits = |limit: &u32| (1..=MAX_PAGE).contains(limit);
        let limit = parameter(query, "limit", "must be an integer from 1 to 200", fits, failures);
        let rule = "is not one that a list returned; start without it";
        let before = parameter(query, "next_cursor", rule, |_| true, failures);
        Self { before, limit: limit.unwrap_or(DEFAULT_LIMIT) }
    }

    /// Rows to read: one more than asked for, which tells whether there is a next page.
    pub(super) fn rows(self) -> u32 {
        self.limit + 1
    }

    /// The answer with these [`rows`](Self::rows). The list continues after the row with the `id` in its cursor.
    pub(super) fn page<T: Serialize>(self, mut rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> Json<Value> {
        let more = rows.len() > self.limit as usize;
        rows.truncate(self.limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(id);
        Json(json!({ "result": rows, "next_cursor": next_cursor }))
    }
}

/// A page without rows, for a caller that asks for another tenant's: they do not exist for this caller.
pub(super) fn empty() -> Json<Value> {
    Json(json!({ "result": [], "next_cursor": null }))
}

/// Reads a parameter that comes at most once. A value that is not a `T` or does not fit is a failure with the text
/// `rule`.
pub(super) fn parameter<T: FromStr>(
    query: &Query,
    name: &str,
    rule: &str,
    fits: impl Fn(&T) -> bool,
    failures: &mut Failures,
) -> Option<T> {
    let read = match query.scalar(name) {
        Scalar::Absent => return None,
        Scalar::Text(text) => text.parse().ok().filter(fits),
        Scalar::Several => None,
    };
    if read.is_none() {
        failures.push(Failure::new(Place::Query, name, rule));
    }
    read
}

/// The parameter `tenant_id`.
pub(super) fn tenant(query: &Query, failures: &mut Failures) -> Option<String> {
    let is_text = |text: &String| !text.chars().any(char::is_control);
    let rule = "takes one value without control characters and must be given once";
    parameter(query, "tenant_id", rule, is_text, failures)
}
