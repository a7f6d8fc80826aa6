//! The loaded integrations and their capabilities.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::auth::{Authenticated, Operator};
use super::error::{ApiError, Problem};
use crate::account::Scope;
use crate::app::App;
use crate::plugin::{Outcome, PluginStatus, Reloaded};

/// `GET /integration`
pub(super) async fn list(State(app): State<Arc<App>>, Authenticated(caller): Authenticated) -> Json<Value> {
    let result: Vec<Value> = app.service.registry.list().iter().map(|plugin| describe(plugin, caller.scope)).collect();
    Json(json!({ "result": result }))
}

/// `GET /integration/{slug}`
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(slug): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let plugin = app.service.registry.status(&slug).ok_or_else(not_found)?;
    Ok(Json(describe(&plugin, caller.scope)))
}

/// `POST /integration/{slug}/reload`: loads the newest granted component, for its operator. 409 if it cannot be served.
pub(super) async fn reload(
    State(app): State<Arc<App>>,
    _: Operator,
    Path(slug): Path<String>,
) -> Result<Json<Value>, ApiError> {
    // It continues if the caller hangs up: the result of a compilation serves the next request.
    let Reloaded { outcome, status, .. } = tokio::spawn(async move { app.reload(&slug).await }).await?;
    let plugin = status.ok_or_else(not_found)?;
    match plugin.reason.clone().filter(|_| outcome == Outcome::Refused) {
        None => Ok(Json(plugin.to_json())),
        Some(reason) => Err(Problem::new(StatusCode::CONFLICT, reason).into()),
    }
}

/// `GET /integration/{slug}/capabilities`
pub(super) async fn capabilities(
    State(app): State<Arc<App>>,
    Authenticated(_): Authenticated,
    Path(slug): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let generation = app.service.registry.get(&slug).ok_or_else(not_found)?;
    Ok(Json(generation.capabilities.clone()))
}

/// Only the operator sees why the host refuses an integration.
fn describe(plugin: &PluginStatus, scope: Scope) -> Value {
    let mut shown = plugin.to_json();
    if let Some(reason) = shown.get_mut("reason").filter(|_| scope != Scope::Admin) {
        *reason = Value::Null;
    }
    shown
}

pub(super) fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "integration not found")
}
