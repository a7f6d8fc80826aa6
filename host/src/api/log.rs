//! `GET /log`: the last calls, for people who look for what happened.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use serde_json::{Value, json};
use uuid::Uuid;

use super::auth::Overseer;
use super::error::{ApiError, Problem};
use crate::account::CallFilter;
use crate::app::App;
use crate::unified::query::{Query, Scalar};
use crate::unified::{Failure, Failures, Place};

/// Calls on a page where the caller names no number.
const DEFAULT_LIMIT: u32 = 50;
/// Calls on a page at most.
const MAX_LIMIT: u32 = 200;

/// The newest calls first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    overseer: Overseer,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let mut failures = Failures::default();
    let (mut filter, limit) = read(&query.unwrap_or_default(), &mut failures);
    if !failures.is_empty() {
        return Err(Problem::invalid(failures).into());
    }
    if let Some(tenant) = overseer.tenant_id {
        // Another tenant's calls do not exist for this caller.
        if filter.tenant_id.as_ref().is_some_and(|asked| *asked != tenant) {
            return Ok(Json(json!({ "result": [], "next_cursor": null })));
        }
        filter.tenant_id = Some(tenant);
    }
    // One more than asked for tells whether there is a next page.
    let mut calls = app.accounts.call_log().list(&filter, limit + 1).await?;
    let more = calls.len() > limit as usize;
    calls.truncate(limit as usize);
    let next_cursor = calls.last().filter(|_| more).map(|call| call.id);
    Ok(Json(json!({ "result": calls, "next_cursor": next_cursor })))
}

fn read(raw: &str, failures: &mut Failures) -> (CallFilter, u32) {
    let query = Query::parse(raw, failures);
    query.refuse_unknown(&["tenant_id", "integrated_account_id", "status", "limit", "next_cursor"], failures);
    let mut parsed = |name: &str, rule: &str, parse: &dyn Fn(&str) -> bool| match query.scalar(name) {
        Scalar::Text(text) if parse(text) => Some(text.to_owned()),
        Scalar::Absent => None,
        Scalar::Text(_) | Scalar::Several => {
            failures.push(Failure::new(Place::Query, name, rule));
            None
        }
    };
    let is_uuid = |text: &str| text.parse::<Uuid>().is_ok();
    let is_text = |text: &str| !text.chars().any(char::is_control);
    let tenant_id = parsed("tenant_id", "takes one value without control characters and must be given once", &is_text);
    let account = parsed("integrated_account_id", "must be a uuid", &is_uuid);
    let is_status = |text: &str| text.parse::<u16>().is_ok_and(|status| (100..=599).contains(&status));
    let status = parsed("status", "must be an HTTP status", &is_status);
    let is_limit = |text: &str| text.parse::<u32>().is_ok_and(|limit| (1..=MAX_LIMIT).contains(&limit));
    let limit = parsed("limit", "must be an integer from 1 to 200", &is_limit);
    let before = parsed("next_cursor", "is not one that a list returned; start without it", &is_uuid);
    let filter = CallFilter {
        tenant_id,
        account: account.and_then(|account| account.parse().ok()),
        status: status.and_then(|status| status.parse().ok()),
        before: before.and_then(|before| before.parse().ok()),
    };
    (filter, limit.and_then(|limit| limit.parse().ok()).unwrap_or(DEFAULT_LIMIT))
}
