//! The list of the routes: of the API's listener, and of the admin listener.

use std::sync::Arc;

use axum::middleware::from_fn;
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};

use super::routes::{Api, Routes};
use super::{
    accounts, applications, auth, connect, connect_flow, health, integrations, link_tokens, log, metrics, operator,
    passthrough, reference, tokens, unified, webhooks,
};
use crate::app::App;

/// All routes of the API. Every answer carries `x-request-id`, and every error has the one shape of [`ApiError`](super::ApiError).
pub fn router(app: Arc<App>) -> Api {
    let routes = operator_routes()
        .route("/unified/{category}/users", get(unified::users).post(unified::users))
        .route("/unified/{category}/users/{id}", get(unified::user).patch(unified::user).delete(unified::user))
        .route("/proxy/", passthrough_methods())
        .route("/proxy/{*path}", passthrough_methods())
        .route("/integrated-account", get(accounts::list).post(accounts::create))
        .route("/integrated-account/token", post(tokens::create_for_account))
        .route("/integrated-account/{id}", get(accounts::get).patch(accounts::update).delete(accounts::delete))
        .route("/integrated-account/{id}/validate", post(accounts::check))
        .route("/integrated-account/{id}/capabilities", get(accounts::account_capabilities))
        .route("/api-token", get(tokens::list).post(tokens::create))
        .route("/api-token/{id}", get(tokens::get).delete(tokens::revoke))
        .route("/link-token", get(link_tokens::list).post(link_tokens::create))
        .route("/connect-account/start", post(connect_flow::start))
        .route("/connect-account/callback/{integration}", callback_methods())
        .route("/connect-account/flow/{id}", get(connect_flow::status))
        .route("/connect-account/done/{id}", get(connect_flow::done))
        .route("/connect-account/confirm", post(connect_flow::confirm))
        .route("/app", get(applications::list))
        .route("/app/{slug}", get(applications::get).put(applications::set).delete(applications::remove))
        .route("/webhook", get(webhooks::list).post(webhooks::create))
        .route("/webhook/test", post(webhooks::test))
        .route("/webhook/{id}", get(webhooks::get).patch(webhooks::update).delete(webhooks::remove))
        .route("/webhook/{id}/delivery", get(webhooks::deliveries))
        .route("/webhook/{id}/replay", post(webhooks::replay))
        .route("/integration", get(integrations::list))
        .route("/integration/{slug}", get(integrations::get))
        .route("/integration/{slug}/capabilities", get(integrations::capabilities))
        .route("/integration/{slug}/reload", post(integrations::reload))
        .route("/connect-account", get(connect::page).post(connect::submit))
        .route("/connect-account/{file}", get(connect::file))
        .route("/", get(reference::start))
        .route("/openapi.json", get(reference::openapi))
        .route("/docs", get(reference::home))
        .route("/docs/", get(reference::home))
        .route("/docs/errors", get(reference::errors))
        .route("/docs/api", get(reference::routes))
        .route("/docs/integration/{slug}", get(reference::integration))
        .route("/docs/{category}/{operation}", get(reference::operation));
    routes.finish(app)
}

fn passthrough_methods() -> MethodRouter<Arc<App>> {
    let proxy = passthrough::proxy;
    get(proxy).post(proxy).put(proxy).patch(proxy).delete(proxy)
}

fn callback_methods() -> MethodRouter<Arc<App>> {
    get(connect_flow::callback).head(connect_flow::callback_head).post(connect_flow::callback_post)
}

/// The routes of the admin listener: those of the operator, open to everyone who can connect to it.
pub fn admin_router(app: Arc<App>) -> Api {
    let open = |router: Router<_>| router.layer(Extension(auth::OnAdminListener)).layer(from_fn(auth::only_addresses));
    operator_routes().around_each(open).finish(app)
}

/// The routes of both listeners: open to everybody (health), or to an [`Operator`](super::Operator) or
/// [`Overseer`](super::Overseer).
fn operator_routes() -> Routes {
    Routes::default()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::metrics))
        .route("/log", get(log::list))
        .route("/operator", get(operator::page))
        .route("/docs/{file}", get(reference::file))
}
