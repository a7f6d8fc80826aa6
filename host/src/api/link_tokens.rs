//! `/link-token`: what lets a customer connect an account. A token is shown to whoever makes it, and to nobody else.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use uuid::Uuid;

use super::accounts::{find, own_tenant};
use super::auth::Admin;
use super::body::read_members;
use super::error::{ApiError, Problem};
use crate::account::{MAX_PAGE, NewLinkToken};
use crate::app::App;
use crate::onboarding::{self, AskedLink, Connects};
use crate::unified::query::{Query, Scalar};
use crate::unified::{Failure, Failures, Place};

/// Tokens on a page where the caller names no number.
const DEFAULT_LIMIT: u32 = 50;

/// `POST /link-token`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    request: Request,
) -> Result<Response, ApiError> {
    let (members, _) = read_members(request, &app.config.limits).await?;
    let loaded: Vec<_> = app.registry.list().into_iter().filter_map(|plugin| plugin.generation).collect();
    let asked = onboarding::link_token(members, caller.tenant_id.as_deref(), &loaded).map_err(Problem::invalid)?;
    let AskedLink { connects, persist_previous_context, redirect_uri, scopes, integrations, context } = asked;
    let (tenant_id, account_id) = match connects {
        Connects::New(tenant_id) => {
            own_tenant(&caller, &tenant_id)?;
            (tenant_id, None)
        }
        Connects::Again(id) => (find(&app, &caller, id).await?.tenant_id, Some(id)),
    };
    let allowed = &app.config.connect.allowed_redirects;
    if redirect_uri.as_deref().is_some_and(|uri| !allowed.iter().any(|allowed| allowed.as_str() == uri)) {
        let message = "the redirect_uri is not on the operator's list (connect.allowed_redirects)";
        return Err(Problem::new(StatusCode::FORBIDDEN, message).into());
    }
    let new =
        NewLinkToken { tenant_id, account_id, persist_previous_context, redirect_uri, scopes, integrations, context };
    let (token, _) = app.accounts.link_tokens().create(new).await?;
    Ok((StatusCode::CREATED, Json(json!({ "link_token": token.expose_secret() }))).into_response())
}

/// `GET /link-token`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let mut failures = Failures::default();
    let (tenant, before, limit) = filter(&query.unwrap_or_default(), &mut failures);
    if !failures.is_empty() {
        return Err(Problem::invalid(failures).into());
    }
    let tenant = match (caller.tenant_id, tenant) {
        // Another tenant's tokens do not exist for this caller.
        (Some(own), Some(asked)) if own != asked => return Ok(Json(json!({ "result": [], "next_cursor": null }))),
        (own, asked) => own.or(asked),
    };
    // One more than asked for tells whether there is a next page.
    let mut tokens = app.accounts.link_tokens().list(tenant.as_deref(), before, limit + 1).await?;
    let more = tokens.len() > limit as usize;
    tokens.truncate(limit as usize);
    let next_cursor = tokens.last().filter(|_| more).map(|token| token.id);
    Ok(Json(json!({ "result": tokens, "next_cursor": next_cursor })))
}

fn filter(raw: &str, failures: &mut Failures) -> (Option<String>, Option<Uuid>, u32) {
    let query = Query::parse(raw, failures);
    query.refuse_unknown(&["tenant_id", "limit", "next_cursor"], failures);
    let mut parsed = |name: &str, rule: &str, fits: &dyn Fn(&str) -> bool| match query.scalar(name) {
        Scalar::Text(text) if fits(text) => Some(text.to_owned()),
        Scalar::Absent => None,
        Scalar::Text(_) | Scalar::Several => {
            failures.push(Failure::new(Place::Query, name, rule));
            None
        }
    };
    let is_text = |text: &str| !text.chars().any(char::is_control);
    let tenant = parsed("tenant_id", "takes one value without control characters and must be given once", &is_text);
    let is_limit = |text: &str| text.parse::<u32>().is_ok_and(|limit| (1..=MAX_PAGE).contains(&limit));
    let limit = parsed("limit", "must be an integer from 1 to 200", &is_limit);
    let is_uuid = |text: &str| text.parse::<Uuid>().is_ok();
    let before = parsed("next_cursor", "is not one that a list returned; start without it", &is_uuid);
    let limit = limit.and_then(|limit| limit.parse().ok()).unwrap_or(DEFAULT_LIMIT);
    (tenant, before.and_then(|before| before.parse().ok()), limit)
}
