//! `GET /operator`: the host at a glance, for its operator.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use super::auth;
use super::error::ApiError;
use super::reference::html;
use crate::account::{AccountError, OAuthApplication};
use crate::app::App;
use crate::reference::pages::operator::{Operator, write};

/// Accounts with errors that are listed.
const MAX_TROUBLED: u32 = 50;
/// Link tokens that are listed.
const MAX_LINK_TOKENS: u32 = 50;

/// The page.
pub(super) async fn page(State(app): State<Arc<App>>, _: auth::Operator) -> Result<Response, ApiError> {
    let limits = match serde_json::to_value(&app.config.limits)? {
        Value::Object(limits) => limits.into_iter().map(|(key, value)| (key, value.to_string())).collect(),
        _ => Vec::new(),
    };
    let replaced = app.config.integrations.iter().filter_map(|(slug, set)| Some((slug.clone(), set.origin.clone()?)));
    let operator = Operator {
        version: env!("CARGO_PKG_VERSION"),
        database: app.accounts.engine().await?,
        plugins: app.registry.list(),
        replaced: replaced.collect(),
        accounts: app.accounts.counts().await?,
        troubled: app.accounts.troubled(MAX_TROUBLED).await?,
        applications: applications(&app).await?,
        link_tokens: app.accounts.link_tokens().list(None, None, MAX_LINK_TOKENS).await?,
        webhooks: app.accounts.webhooks().list().await?,
        limits,
    };
    let mut response = html(StatusCode::OK, write(&operator), &HeaderMap::new());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().remove(header::ETAG);
    Ok(response)
}

/// The OAuth applications, each with the number of accounts that are to be connected again.
async fn applications(app: &App) -> Result<Vec<(OAuthApplication, u64)>, AccountError> {
    let store = app.accounts.applications();
    let mut listed = Vec::new();
    for application in store.list(None).await? {
        let outdated = store.outdated(&application).await?.count;
        listed.push((application, outdated));
    }
    Ok(listed)
}
