//! `/api-token` and `/integrated-account/token`: tokens of callers. Only the answer that makes a token shows it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::StatusCode;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::accounts::{find, not_found as no_account, own_tenant};
use super::auth::{Admin, Authenticated};
use super::body::read_members;
use super::error::{ApiError, Problem};
use crate::account::{AccountToken, Caller, MAX_PAGE, TokenRecord};
use crate::app::App;
use crate::onboarding::{NewToken, new_token, token_account};
use crate::unified::query::{Query, Scalar};
use crate::unified::{Failure, Failures, Place};

/// Tokens on a page if the caller gives no number.
const DEFAULT_LIMIT: u32 = 50;

/// A new token.
#[derive(Serialize)]
struct Made<'a> {
    #[serde(flatten)]
    record: TokenRecord,
    token: &'a str,
}

/// `POST /api-token`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let (members, _) = read_members(request, &app.service.config.limits).await?;
    let new = new_token(members, caller.tenant_id.as_deref()).map_err(Problem::invalid)?;
    let NewToken { scope, tenant_id, name, expires_in } = new;
    if let Some(tenant_id) = &tenant_id {
        own_tenant(&caller, tenant_id)?;
    }
    let expires_at = expires_in.map(|time| Timestamp::now().checked_add(time)).transpose()?;
    let made = app.service.accounts.tokens().create(scope, tenant_id.as_deref(), name.as_deref(), expires_at).await?;
    let (token, record) = made;
    Ok((StatusCode::CREATED, Json(json!(Made { record, token: token.expose_secret() }))))
}

/// `GET /api-token`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let mut failures = Failures::default();
    let (limit, cursor) = read_page(&query.unwrap_or_default(), &mut failures);
    if !failures.is_empty() {
        return Err(Problem::invalid(failures).into());
    }
    let page = app.service.accounts.tokens().page(caller.tenant_id.as_deref(), limit, cursor.as_deref()).await?;
    Ok(Json(json!({ "result": page.result, "next_cursor": page.next_cursor })))
}

/// `GET /api-token/{id}`
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    Path(id): Path<String>,
) -> Result<Json<TokenRecord>, ApiError> {
    Ok(Json(find_token(&app, &caller, &id).await?))
}

/// `DELETE /api-token/{id}`: revokes it for good. A token that was revoked before stays revoked.
pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let token = find_token(&app, &caller, &id).await?;
    if token.id == caller.token_id {
        let message = "a token cannot revoke itself: make another one, and revoke this one with it";
        return Err(Problem::new(StatusCode::CONFLICT, message).into());
    }
    app.service.accounts.tokens().revoke(token.id).await?;
    Ok(Json(json!({ "id": token.id })))
}

/// `POST /integrated-account/token`: a token for the calls of one account, for 15 minutes.
pub(super) async fn create_for_account(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let (members, _) = read_members(request, &app.service.config.limits).await?;
    let id = token_account(members).map_err(Problem::invalid)?;
    let account = find(&app, &caller, id).await?;
    let made = app.service.accounts.tokens().create_for_account(account.id, caller.token_id).await?;
    let AccountToken { token, expires_at } = made.ok_or_else(no_account)?;
    let answer = json!({ "integrated_account_token": token.expose_secret(), "expires_at": expires_at });
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The token, if it belongs to the caller's tenant. A text that is not a uuid is the id of no token.
async fn find_token(app: &App, caller: &Caller, id: &str) -> Result<TokenRecord, ApiError> {
    let id: Uuid = id.parse().map_err(|_| not_found())?;
    let token = app.service.accounts.tokens().get(id).await?;
    let is_own = |token: &TokenRecord| caller.tenant_id.is_none() || caller.tenant_id == token.tenant_id;
    Ok(token.filter(is_own).ok_or_else(not_found)?)
}

fn read_page(raw: &str, failures: &mut Failures) -> (u32, Option<String>) {
    let query = Query::parse(raw, failures);
    query.refuse_unknown(&["limit", "next_cursor"], failures);
    let mut text = |name: &str| match query.scalar(name) {
        Scalar::Absent => None,
        Scalar::Text(text) => Some(text.to_owned()),
        Scalar::Several => {
            failures.push(Failure::new(Place::Query, name, "takes one value and must be given once"));
            None
        }
    };
    let (limit, cursor) = (text("limit"), text("next_cursor"));
    let limit = limit.map(|limit| limit.parse::<u32>().ok().filter(|limit| (1..=MAX_PAGE).contains(limit)));
    if let Some(None) = limit {
        failures.push(Failure::new(Place::Query, "limit", "must be an integer from 1 to 200"));
    }
    (limit.flatten().unwrap_or(DEFAULT_LIMIT), cursor)
}

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "API token not found")
}
