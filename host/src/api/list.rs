//! Lists that name their rows by ids in the order of time, the newest first: which page a query asks for, and how a page is answered.

use std::str::FromStr;

use axum::Json;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::account::MAX_PAGE;
use crate::unified::query::{Query, Scalar};
use crate::unified::{Failure, Failures, Place};

/// Rows on a page if the caller names no number.
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

    /// The answer with these [`rows`](Self::rows), of which `id` is what a list goes on after.
    pub(super) fn page<T: Serialize>(self, mut rows: Vec<T>, id: impl Fn(&T) -> Uuid) -> Json<Value> {
        let more = rows.len() > self.limit as usize;
        rows.truncate(self.limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(id);
        Json(json!({ "result": rows, "next_cursor": next_cursor }))
    }
}

/// A page without rows: what is another tenant's does not exist for this caller.
pub(super) fn empty() -> Json<Value> {
    Json(json!({ "result": [], "next_cursor": null }))
}

/// A parameter that is given once, reads as a `T` and `fits`; `rule` says how it must be.
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
