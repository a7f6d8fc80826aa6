//! `GET /log`: the last calls, for people who look for the reason of a failure.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use serde_json::Value;

use super::auth::Overseer;
use super::error::{ApiError, Problem};
use super::list::{self, Asked};
use crate::account::CallFilter;
use crate::app::App;
use crate::unified::Failures;
use crate::unified::query::Query;

/// The newest calls first.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    overseer: Overseer,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let mut failures = Failures::default();
    let (mut filter, asked) = read(&query.unwrap_or_default(), &mut failures);
    if !failures.is_empty() {
        return Err(Problem::invalid(failures).into());
    }
    if let Some(tenant) = overseer.tenant_id {
        // Another tenant's calls do not exist for this caller.
        if filter.tenant_id.as_ref().is_some_and(|asked| *asked != tenant) {
            return Ok(list::empty());
        }
        filter.tenant_id = Some(tenant);
    }
    let calls = app.service.accounts.call_log().list(&filter, asked.rows()).await?;
    Ok(asked.page(calls, |call| call.id))
}

fn read(raw: &str, failures: &mut Failures) -> (CallFilter, Asked) {
    let query = Query::parse(raw, failures);
    query.refuse_unknown(&["tenant_id", "integrated_account_id", "status", "limit", "next_cursor"], failures);
    let tenant_id = list::tenant(&query, failures);
    let account = list::parameter(&query, "integrated_account_id", "must be a uuid", |_| true, failures);
    let is_status = |status: &u16| (100..=599).contains(status);
    let status = list::parameter(&query, "status", "must be an HTTP status", is_status, failures);
    let asked = Asked::read(&query, failures);
    (CallFilter { tenant_id, account, status, before: asked.before }, asked)
}
