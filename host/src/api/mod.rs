//! The HTTP API: routes, one file a resource, and what holds for all of them.

mod accounts;
mod auth;
mod body;
mod error;
mod health;
mod integrations;
pub mod listener;
mod middleware;
mod reference;
mod unified;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, patch, post};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;

pub use auth::{Admin, Authenticated};
pub use error::{ApiError, Problem};
pub use middleware::RequestId;

use crate::app::App;

/// Serves the API on `listener` until `shutdown` resolves and what was in flight then is finished, calls with an idempotency
/// key included whose callers have gone away.
pub async fn serve(app: Arc<App>, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let limits = app.config.limits.clone();
    let keyed = app.keyed_calls.clone();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async {
        shutdown.await;
        let _ = stop.send(Instant::now() + Duration::from_millis(limits.shutdown_ms));
    };
    listener::serve(listener, router(app), &limits, shutdown).await;
    keyed.close();
    if let Ok(deadline) = stopped.await
        && tokio::time::timeout_at(deadline, keyed.wait()).await.is_err()
    {
        tracing::warn!("calls with an idempotency key were still in flight at the end of the shutdown time");
    }
}

/// All routes. Every answer carries `x-request-id`, and every error has the one shape of [`ApiError`].
pub fn router(app: Arc<App>) -> Router {
    let routes = Router::new()
        .route("/unified/{category}/users", post(unified::create))
        .route("/unified/{category}/users/{id}", patch(unified::update))
        .route("/integrated-account", get(accounts::list).post(accounts::create))
        .route("/integrated-account/{id}", get(accounts::get).patch(accounts::update).delete(accounts::delete))
        .route("/integrated-account/{id}/capabilities", get(integrations::account_capabilities))
        .route("/integration", get(integrations::list))
        .route("/integration/{slug}", get(integrations::get))
        .route("/integration/{slug}/capabilities", get(integrations::capabilities))
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/openapi.json", get(reference::openapi))
        .route("/docs", get(reference::home))
        .route("/docs/", get(reference::home))
        .route("/docs/errors", get(reference::errors))
        .route("/docs/api", get(reference::routes))
        .route("/docs/integration/{slug}", get(reference::integration))
        .route("/docs/{category}/{operation}", get(reference::operation))
        .route("/docs/{file}", get(reference::file))
        .fallback(error::no_route)
        .method_not_allowed_fallback(error::no_method)
        .with_state(app);
    // A layer sees a request before its route is chosen only around the fallback of an outer router.
    Router::new()
        .fallback_service(routes)
        .layer(from_fn(middleware::collapse_slashes))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn(middleware::common_headers))
}
