//! The HTTP API: routes, one file a resource, and what holds for all of them.

mod account_context;
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
mod unified;

use std::sync::Arc;

use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, patch, post};
use axum::{Extension, Router};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

pub use auth::{Admin, Authenticated, Operator, Overseer};
pub use error::{ApiError, Problem};
pub use middleware::RequestId;

use crate::app::App;

/// Serves the API on `listener` until `shutdown` resolves and what was in flight then is finished.
pub async fn serve(app: Arc<App>, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let limits = app.config.limits.clone();
    listener::serve(listener, router(app), &limits, shutdown).await;
}

/// Serves the operator's routes on `listener`, without a token, until `shutdown` resolves and what was in flight is finished.
pub async fn serve_admin(app: Arc<App>, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let limits = app.config.limits.clone();
    listener::serve(listener, admin_router(app), &limits, shutdown).await;
}

/// All routes of the API. Every answer carries `x-request-id`, and every error has the one shape of [`ApiError`].
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
}

/// What holds for every route.
fn finish(routes: Router<Arc<App>>, app: Arc<App>) -> Router {
    let routes = routes
        .fallback(error::no_route)
        .method_not_allowed_fallback(error::no_method)
        .layer(from_fn_with_state(app.clone(), middleware::observe))
        .with_state(app);
    // A layer sees a request before its route is chosen only around the fallback of an outer router.
    Router::new()
        .fallback_service(routes)
        .layer(from_fn(middleware::collapse_slashes))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(from_fn(middleware::common_headers))
}
