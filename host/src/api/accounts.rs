//! `/integrated-account`: the accounts of calls. Requests bring secrets; no answer has one.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};
use uuid::Uuid;

use super::auth::{Admin, Authenticated};
use super::body::{read_members, read_nothing};
use super::error::{ApiError, Problem};
use super::middleware::{Arrival, RequestId};
use crate::account::{Account, AccountFilter, Caller, MAX_PAGE, Status};
use crate::app::App;
use crate::onboarding::{self, ChangeRefusal};
use crate::unified::query::{Query, Scalar};
use crate::unified::{Failure, Failures, Place};
use crate::validation::{Occasion, validate};
use crate::work;

/// `GET /integrated-account`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let mut failures = Failures::default();
    let mut filter = filter(&query.unwrap_or_default(), &mut failures);
    if !failures.is_empty() {
        return Err(Problem::invalid(failures).into());
    }
    if let Some(tenant) = caller.tenant_id {
        // Another tenant's accounts do not exist for this caller.
        if filter.tenant_id.as_ref().is_some_and(|asked| *asked != tenant) {
            return Ok(Json(json!({ "result": [], "next_cursor": null })));
        }
        filter.tenant_id = Some(tenant);
    }
    let page = app.service.accounts.list(filter).await?;
    let result: Vec<_> = page.result.iter().map(|account| shown(&app, account)).collect();
    Ok(Json(json!({ "result": result, "next_cursor": page.next_cursor })))
}

fn filter(raw: &str, failures: &mut Failures) -> AccountFilter {
    let query = Query::parse(raw, failures);
    query.refuse_unknown(&["tenant_id", "integration.name", "status", "limit", "next_cursor"], failures);
    let mut text = |name: &str| match query.scalar(name) {
        Scalar::Absent => None,
        // Databases treat these characters in a text in different ways.
        Scalar::Text(text) if text.chars().any(char::is_control) => {
            failures.push(Failure::new(Place::Query, name, "must be without control characters"));
            None
        }
        Scalar::Text(text) => Some(text.to_owned()),
        Scalar::Several => {
            failures.push(Failure::new(Place::Query, name, "takes one value and must be given once"));
            None
        }
    };
    let (tenant_id, integration) = (text("tenant_id"), text("integration.name"));
    let (status, limit, cursor) = (text("status"), text("limit"), text("next_cursor"));
    let status = status.map(|status| status.parse::<Status>());
    if let Some(Err(_)) = status {
        failures.push(Failure::new(Place::Query, "status", "must be one of active, needs_reauth, validation_error"));
    }
    let limit = limit.map(|limit| limit.parse::<u32>().ok().filter(|limit| (1..=MAX_PAGE).contains(limit)));
    if limit == Some(None) {
        failures.push(Failure::new(Place::Query, "limit", format_args!("must be an integer from 1 to {MAX_PAGE}")));
    }
    AccountFilter { tenant_id, integration, status: status.and_then(Result::ok), limit: limit.flatten(), cursor }
}

/// `GET /integrated-account/{id}`
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let account = find(&app, &caller, parse_id(&id)?).await?;
    Ok(Json(shown(&app, &account)).into_response())
}

/// `POST /integrated-account`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    request: Request,
) -> Result<Response, ApiError> {
    let (members, bytes) = read_members(request, &app.service.config.limits).await?;
    let own = caller.tenant_id.as_deref();
    let application = match onboarding::named(&members, own) {
        Some((integration, tenant)) => app.service.accounts.applications().for_account(integration, tenant).await?,
        None => None,
    };
    let new =
        || onboarding::new_account(members, own, application.as_ref(), None, |slug| app.service.registry.get(slug));
    let new = work::on(bytes, new).await.map_err(Problem::invalid)?;
    own_tenant(&caller, &new.tenant_id)?;
    let account = app.service.accounts.create(new).await?;
    Ok((StatusCode::CREATED, Json(shown(&app, &account))).into_response())
}

/// `PATCH /integrated-account/{id}`
pub(super) async fn update(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let id = parse_id(&id)?;
    let account = find(&app, &caller, id).await?;
    let (members, bytes) = read_members(request, &app.service.config.limits).await?;
    let applications = app.service.accounts.applications();
    let application = applications.for_account(&account.integration, &account.tenant_id).await?;
    let change = || onboarding::change(members, &account, application.as_ref(), |slug| app.service.registry.get(slug));
    let change = match work::on(bytes, change).await {
        Ok(change) => change,
        Err(ChangeRefusal::Invalid(failures)) => return Err(Problem::invalid(failures).into()),
        Err(ChangeRefusal::NotLoaded) => return Err(not_loaded().into()),
    };
    let account = app.service.accounts.update(id, caller.tenant_id.as_deref(), change).await?.ok_or_else(not_found)?;
    Ok(Json(shown(&app, &account)).into_response())
}

/// `POST /integrated-account/{id}/validate`
pub(super) async fn check(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    Extension(Arrival { id: RequestId(request_id), .. }): Extension<Arrival>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let id = parse_id(&id)?;
    let account = find(&app, &caller, id).await?;
    read_nothing(request, &app.service.config.limits).await?;
    let occasion = Occasion { request_id, method: "POST", path: format!("/integrated-account/{id}/validate") };
    let verdict = validate(&app.service, &account, occasion).await?;
    let account = find(&app, &caller, id).await?;
    let (result, message) = (verdict.as_str(), verdict.message());
    Ok(Json(json!({ "result": result, "message": message, "integrated_account": shown(&app, &account) })))
}

/// `GET /integrated-account/{id}/capabilities`
pub(super) async fn account_capabilities(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let account = find(&app, &caller, parse_id(&id)?).await?;
    let generation = app.service.registry.get(&account.integration).ok_or_else(not_loaded)?;
    Ok(Json(generation.capabilities.clone()))
}

/// `DELETE /integrated-account/{id}`
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = parse_id(&id)?;
    if !app.service.accounts.delete(id, caller.tenant_id.as_deref()).await? {
        return Err(not_found().into());
    }
    Ok(Json(json!({ "id": id })))
}

/// The account, if it is one of the caller's.
pub(super) async fn find(app: &App, caller: &Caller, id: Uuid) -> Result<Account, ApiError> {
    let account = app.service.accounts.get(id, caller.tenant_id.as_deref()).await?;
    Ok(account.ok_or_else(not_found)?)
}

/// The account as answers show it, with its integration's name and categories.
pub(super) fn shown(app: &App, account: &Account) -> Value {
    app.service.registry.shown(account)
}

/// Reads an account's id. A text that is not a uuid is the id of no account.
pub(super) fn parse_id(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| not_found())
}

fn not_loaded() -> Problem {
    let message = "the integration of this account is not available: ask the operator to load it";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, message)
}

pub(super) fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "integrated account not found")
}

/// Refuses a request of a caller that is confined to a tenant and names another one.
pub(super) fn own_tenant(caller: &Caller, tenant_id: &str) -> Result<(), Problem> {
    match &caller.tenant_id {
        Some(own) if own != tenant_id => Err(foreign_tenant()),
        _ => Ok(()),
    }
}

pub(super) fn foreign_tenant() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "this token is confined to another tenant")
}
