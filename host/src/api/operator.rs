//! `GET /operator`: the host at a glance, for its operator.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::Value;

use super::auth;
use super::error::ApiError;
use super::reference::html;
use crate::account::Overview;
use crate::app::App;
use crate::reference::pages::operator::{Operator, write};

/// Rows of a list that grows with the accounts. The page also shows the number of all.
const LISTED: u32 = 50;

/// The page.
pub(super) async fn page(State(app): State<Arc<App>>, _: auth::Operator) -> Result<Response, ApiError> {
    let limits = match serde_json::to_value(&app.service.config.limits)? {
        Value::Object(limits) => limits.into_iter().map(|(key, value)| (key, value.to_string())).collect(),
        _ => Vec::new(),
    };
    let replaced =
        app.service.config.integrations.iter().filter_map(|(slug, set)| Some((slug.clone(), set.origin.clone()?)));
    let (link_tokens, webhooks) = (app.service.accounts.link_tokens(), app.service.accounts.webhooks());
    let activity = match app.service.config.limits.log_account_entries > 0 {
        true => Some(app.service.accounts.call_log().activity(Timestamp::now()).await?),
        false => None,
    };
    let operator = Operator {
        version: env!("CARGO_PKG_VERSION"),
        database: app.service.accounts.engine().await?,
        plugins: app.service.registry.list(),
        replaced: replaced.collect(),
        accounts: app.service.accounts.counts().await?,
        activity,
        kept_calls: app.service.config.limits.log_account_entries,
        troubled: app.service.accounts.troubled(LISTED).await?,
        applications: app.service.accounts.applications().overview(LISTED).await?,
        link_tokens: Overview { first: link_tokens.list(None, None, LISTED).await?, total: link_tokens.count().await? },
        webhooks: webhooks.list().await?,
        oldest_waiting: webhooks.oldest_waiting().await?,
        limits,
    };
    let mut response = html(StatusCode::OK, write(&operator), &HeaderMap::new());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().remove(header::ETAG);
    Ok(response)
}
