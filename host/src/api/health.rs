//! Liveness and readiness of the host.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::app::App;

/// Time that the database has for its answer: a little longer than a query waits for a connection.
const PING: Duration = Duration::from_secs(4);

/// `GET /healthz`: the process answers.
pub(super) async fn live() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// `GET /readyz`: the database answers and can be written to, and an integration is loaded; otherwise 503 with the
/// reasons.
pub(super) async fn ready(State(app): State<Arc<App>>) -> (StatusCode, Json<Value>) {
    let mut reasons = Vec::new();
    match tokio::time::timeout(PING, app.service.accounts.ping()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            reasons.push(format!("the database {}", error.outage().unwrap_or("fails")));
            tracing::warn!(error = format!("{:#}", anyhow::Error::from(error)), "the host is not ready");
        }
        Err(_) => reasons.push("the database does not answer in time".to_owned()),
    }
    if !app.service.registry.list().iter().any(|plugin| plugin.generation.is_some()) {
        reasons.push("no integration is loaded".to_owned());
    }
    if reasons.is_empty() {
        return (StatusCode::OK, Json(json!({ "status": "ready" })));
    }
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "not ready", "reasons": reasons })))
}
