//! The list of the routes: of the API's listener, and of the admin listener. [`Endpoint`] has the method and the path of each.

use std::sync::Arc;

use axum::middleware::from_fn;
use axum::{Extension, Router};

use super::routes::{Api, Routes};
use super::{
    accounts, applications, auth, connect, connect_flow, health, integrations, link_tokens, log, metrics, operator,
    passthrough, reference, tokens, unified, webhooks,
};
use crate::app::App;
use crate::reference::Endpoint;

/// All routes of the API. Every answer carries `x-request-id`, and every error has the one shape of [`ApiError`](super::ApiError).
pub fn router(app: Arc<App>) -> Api {
    routes().finish(app)
}

/// The routes of the admin listener: those of the operator, open to everyone who can connect to it.
pub fn admin_router(app: Arc<App>) -> Api {
    let open = |router: Router<_>| router.layer(Extension(auth::OnAdminListener)).layer(from_fn(auth::only_addresses));
    operator_routes().around_each(open).finish(app)
}

fn routes() -> Routes {
    let calls = call_routes(operator_routes());
    let accounts = account_routes(calls);
    let tokens = token_routes(accounts);
    let integrations = integration_routes(tokens);
    let webhooks = webhook_routes(integrations);
    let connect = connect_routes(webhooks);
    reference_routes(connect)
}

/// The routes of both listeners: open to everybody (health), or to an [`Operator`](super::Operator) or
/// [`Overseer`](super::Overseer).
fn operator_routes() -> Routes {
    Routes::default()
        .serve(Endpoint::HEALTH, health::live)
        .serve(Endpoint::READY, health::ready)
        .serve(Endpoint::METRICS, metrics::metrics)
        .serve(Endpoint::LIST_CALLS, log::list)
        .serve(Endpoint::OPERATOR_PAGE, operator::page)
        .serve(Endpoint::DOCS_FILE, reference::file)
}

fn call_routes(routes: Routes) -> Routes {
    let routes = routes
        .serve(Endpoint::LIST_USERS, unified::users)
        .serve(Endpoint::CREATE_USER, unified::users)
        .serve(Endpoint::GET_USER, unified::user)
        .serve(Endpoint::UPDATE_USER, unified::user)
        .serve(Endpoint::DELETE_USER, unified::user);
    let passthrough = [
        Endpoint::PASSTHROUGH_GET,
        Endpoint::PASSTHROUGH_POST,
        Endpoint::PASSTHROUGH_PUT,
        Endpoint::PASSTHROUGH_PATCH,
        Endpoint::PASSTHROUGH_DELETE,
    ];
    passthrough.into_iter().fold(routes, |routes, endpoint| {
        // `{*path}` does not stand for an empty path.
        routes.serve(endpoint, passthrough::proxy).serve_at("/proxy/", endpoint, passthrough::proxy)
    })
}

fn account_routes(routes: Routes) -> Routes {
    routes
        .serve(Endpoint::LIST_ACCOUNTS, accounts::list)
        .serve(Endpoint::CREATE_ACCOUNT, accounts::create)
        .serve(Endpoint::CREATE_ACCOUNT_TOKEN, tokens::create_for_account)
        .serve(Endpoint::GET_ACCOUNT, accounts::get)
        .serve(Endpoint::UPDATE_ACCOUNT, accounts::update)
        .serve(Endpoint::DELETE_ACCOUNT, accounts::delete)
        .serve(Endpoint::VALIDATE_ACCOUNT, accounts::check)
        .serve(Endpoint::GET_ACCOUNT_CAPABILITIES, accounts::account_capabilities)
}

fn token_routes(routes: Routes) -> Routes {
    routes
        .serve(Endpoint::LIST_TOKENS, tokens::list)
        .serve(Endpoint::CREATE_TOKEN, tokens::create)
        .serve(Endpoint::GET_TOKEN, tokens::get)
        .serve(Endpoint::REVOKE_TOKEN, tokens::revoke)
        .serve(Endpoint::LIST_LINK_TOKENS, link_tokens::list)
        .serve(Endpoint::CREATE_LINK_TOKEN, link_tokens::create)
}

fn integration_routes(routes: Routes) -> Routes {
    routes
        .serve(Endpoint::LIST_APPLICATIONS, applications::list)
        .serve(Endpoint::GET_APPLICATION, applications::get)
        .serve(Endpoint::SET_APPLICATION, applications::set)
        .serve(Endpoint::REMOVE_APPLICATION, applications::remove)
        .serve(Endpoint::LIST_INTEGRATIONS, integrations::list)
        .serve(Endpoint::GET_INTEGRATION, integrations::get)
        .serve(Endpoint::GET_CAPABILITIES, integrations::capabilities)
        .serve(Endpoint::RELOAD_INTEGRATION, integrations::reload)
}

fn webhook_routes(routes: Routes) -> Routes {
    routes
        .serve(Endpoint::LIST_WEBHOOKS, webhooks::list)
        .serve(Endpoint::CREATE_WEBHOOK, webhooks::create)
        .serve(Endpoint::TEST_WEBHOOK, webhooks::test)
        .serve(Endpoint::GET_WEBHOOK, webhooks::get)
        .serve(Endpoint::UPDATE_WEBHOOK, webhooks::update)
        .serve(Endpoint::DELETE_WEBHOOK, webhooks::remove)
        .serve(Endpoint::LIST_DELIVERIES, webhooks::deliveries)
        .serve(Endpoint::REPLAY_WEBHOOK, webhooks::replay)
}

fn connect_routes(routes: Routes) -> Routes {
    routes
        .serve(Endpoint::CONNECT_PAGE, connect::page)
        .serve(Endpoint::CONNECT_SUBMIT, connect::submit)
        .serve(Endpoint::CONNECT_FILE, connect::file)
        .serve(Endpoint::CONNECT_START, connect_flow::start)
        .serve(Endpoint::CONNECT_CALLBACK, connect_flow::callback)
        .serve(Endpoint::CONNECT_CALLBACK_HEAD, connect_flow::callback_head)
        .serve(Endpoint::CONNECT_CALLBACK_POST, connect_flow::callback_post)
        .serve(Endpoint::CONNECT_FLOW, connect_flow::status)
        .serve(Endpoint::CONNECT_DONE, connect_flow::done)
        .serve(Endpoint::CONFIRM_ACCOUNT, connect_flow::confirm)
}

fn reference_routes(routes: Routes) -> Routes {
    routes
        .serve(Endpoint::START, reference::start)
        .serve(Endpoint::OPENAPI, reference::openapi)
        .serve(Endpoint::DOCS, reference::home)
        .serve(Endpoint::DOCS_WITH_SLASH, reference::home)
        .serve(Endpoint::DOCS_ERRORS, reference::errors)
        .serve(Endpoint::DOCS_API, reference::routes)
        .serve(Endpoint::DOCS_INTEGRATION, reference::integration)
        .serve(Endpoint::DOCS_OPERATION, reference::operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_endpoint_is_served_once() {
        let mut served = routes().served;
        served.sort_unstable();
        let mut known = [Endpoint::API, Endpoint::PAGES].concat();
        known.sort_unstable();
        assert_eq!(served, known);
    }
}
