//! `/app`: the operator's OAuth applications. Requests bring client secrets; no answer has one.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::StatusCode;
use mortise_policy::slug::is_slug;
use serde_json::{Value, json};

use super::auth::Admin;
use super::body::read_members;
use super::error::{ApiError, Problem};
use super::integrations;
use crate::account::{Caller, OAuthApplication, Removed};
use crate::app::App;
use crate::onboarding::{self, NO_APPLICATION};
use crate::unified::query::{Query, Scalar};
use crate::unified::{Failure, Failures, Place};

/// `GET /app`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let mut failures = Failures::default();
    Query::parse(&query.unwrap_or_default(), &mut failures).refuse_unknown(&[], &mut failures);
    if !failures.is_empty() {
        return Err(Problem::invalid(failures).into());
    }
    let applications = app.service.accounts.applications().list(caller.tenant_id.as_deref()).await?;
    let public_url = app.service.config.connect.public_url.as_ref();
    let result: Vec<_> = applications.iter().map(|application| application.public(public_url, None)).collect();
    Ok(Json(json!({ "result": result })))
}

/// `GET /app/{slug}`
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let tenant = tenant(&caller, query)?;
    known(&slug)?;
    let application = app.service.accounts.applications().get(&slug, tenant.as_deref()).await?;
    shown(&app, &application.ok_or_else(not_found)?).await
}

/// `PUT /app/{slug}`
pub(super) async fn set(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let tenant = tenant(&caller, query)?;
    let generation = app.service.registry.get(&slug).ok_or_else(integrations::not_found)?;
    if !generation.capabilities.takes_application() {
        return Err(Problem::new(StatusCode::CONFLICT, NO_APPLICATION).into());
    }
    let (members, _) = read_members(request, &app.service.config.limits).await?;
    let applications = app.service.accounts.applications();
    let current = applications.get(&slug, tenant.as_deref()).await?;
    let new = onboarding::new_application(members, &generation.capabilities, tenant, current.as_ref());
    let application = applications.set(&new.map_err(Problem::invalid)?).await?;
    let status = if current.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, shown(&app, &application).await?))
}

/// `DELETE /app/{slug}`
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let tenant = tenant(&caller, query)?;
    known(&slug)?;
    match app.service.accounts.applications().remove(&slug, tenant.as_deref()).await? {
        Removed::Gone(id) => Ok(Json(json!({ "id": id }))),
        Removed::Unknown => Err(not_found().into()),
        Removed::InUse(accounts) => Err(Problem::new(StatusCode::CONFLICT, onboarding::in_use(accounts)).into()),
    }
}

/// A text that cannot be an integration's slug has no application. It does not reach the database: databases differ in
/// the texts that they take.
fn known(slug: &str) -> Result<(), Problem> {
    if is_slug(slug) { Ok(()) } else { Err(not_found()) }
}

async fn shown(app: &App, application: &OAuthApplication) -> Result<Json<Value>, ApiError> {
    let outdated = app.service.accounts.applications().outdated(application).await?;
    Ok(Json(json!(application.public(app.service.config.connect.public_url.as_ref(), Some(&outdated)))))
}

/// The tenant of the application: the caller's own, or the one in the query; `None`: the application for every tenant.
fn tenant(caller: &Caller, query: Option<String>) -> Result<Option<String>, Problem> {
    let mut failures = Failures::default();
    let query = query.unwrap_or_default();
    let query = Query::parse(&query, &mut failures);
    query.refuse_unknown(&["tenant_id"], &mut failures);
    let named = match query.scalar("tenant_id") {
        Scalar::Absent => None,
        Scalar::Text(text) => {
            if let Err(rule) = onboarding::check_tenant(text) {
                failures.push(Failure::new(Place::Query, "tenant_id", rule));
            }
            Some(text.to_owned())
        }
        Scalar::Several => {
            failures.push(Failure::new(Place::Query, "tenant_id", "takes one value and must be given once"));
            None
        }
    };
    if !failures.is_empty() {
        return Err(Problem::invalid(failures));
    }
    match (&caller.tenant_id, named) {
        (Some(own), Some(named)) if *own != named => Err(super::accounts::foreign_tenant()),
        (Some(own), _) => Ok(Some(own.clone())),
        (None, named) => Ok(named),
    }
}

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is no OAuth application for this integration and tenant")
}
