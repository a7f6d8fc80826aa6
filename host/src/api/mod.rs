//! The HTTP API: routes, one file a resource, and what holds for all of them.

mod accounts;
mod auth;
mod body;
mod error;
mod health;
mod integrations;
pub mod listener;
mod log;
mod metrics;
mod middleware;
mod observed;
mod operator;
mod reference;
mod unified;

use std::sync::Arc;
use std::time::Duration;

use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use axum::{Extension, Router};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::Instant;

pub use auth::{Admin, Authenticated, Operator, Overseer};
pub(crate) use error::kept;
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

/// Serves the operator's routes on `listener`, without a token, until `shutdown` resolves and what was in flight is finished.
pub async fn serve_admin(app: Arc<App>, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let limits = app.config.limits.clone();
    listener::serve(listener, admin_router(app), &limits, shutdown).await;
}

/// All routes of the API. Every answer carries `x-request-id`, and every error has the one shape of [`ApiError`].
pub fn router(app: Arc<App>) -> Router {
    let routes = Router::new()
        .route("/unified/{category}/users", get(unified::users).post(unified::users))
        .route("/unified/{category}/users/{id}", get(unified::user).patch(unified::user).delete(unified::user))
        .route("/integrated-account", get(accounts::list).post(accounts::create))
        .route("/integrated-account/{id}", get(accounts::get).patch(accounts::update).delete(accounts::delete))
        .route("/integrated-account/{id}/capabilities", get(integrations::account_capabilities))
        .route("/integration", get(integrations::list))
        .route("/integration/{slug}", get(integrations::get))
        .route("/integration/{slug}/capabilities", get(integrations::capabilities))
        .route("/integration/{slug}/reload", post(integrations::reload))
        .route("/", get(reference::start))
        .route("/openapi.json", get(reference::openapi))
        .route("/docs", get(reference::home))
        .route("/docs/", get(reference::home))
        .route("/docs/errors", get(reference::errors))
        .route("/docs/api", get(reference::routes))
        .route("/docs/integration/{slug}", get(reference::integration))
        .route("/docs/{category}/{operation}", get(reference::operation))
        .merge(operator_routes());
    finish(routes, app)
}

/// The routes of the admin listener: those of the operator, open to whoever reaches it.
pub fn admin_router(app: Arc<App>) -> Router {
    finish(operator_routes().layer(Extension(auth::OnAdminListener)).layer(from_fn(auth::only_addresses)), app)
}

/// What both listeners serve: to everybody (health), or to an [`Operator`] or [`Overseer`].
fn operator_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/log", get(log::list))
        .route("/operator", get(operator::page))
        .route("/docs/{file}", get(reference::file))
}

/// What holds for every route.
fn finish(routes: Router<Arc<App>>, app: Arc<App>) -> Router {
    let routes = routes
        .fallback(error::no_route)
        .method_not_allowed_fallback(error::no_method)
        // One layer at each place: every layer more clones the routes and boxes the answer again.
        .layer(from_fn_with_state(app.clone(), middleware::at_route))
        .with_state(app);
    // A layer sees a request before its route is chosen only around the fallback of an outer router.
    Router::new().fallback_service(routes).layer(from_fn(middleware::around))
}
