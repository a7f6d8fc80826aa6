//! The routes of a listener, and the dispatch of a request to its route.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use tower::Service;

use super::{error, middleware};
use crate::app::App;
use crate::reference::Endpoint;
use crate::reference::endpoint::Method;

/// Routes of a router that is not complete yet.
#[derive(Default)]
pub(super) struct Routes {
    /// The paths of the routes. The host knows the path by which it counts a request before the handler runs.
    paths: matchit::Router<&'static str>,
    router: Router<Arc<App>>,
    /// The endpoints that have a handler.
    #[cfg(test)]
    pub(super) served: Vec<Endpoint>,
}

impl Routes {
    /// Serves an endpoint. Axum panics if it has a handler already.
    pub(super) fn serve<H, T>(self, endpoint: Endpoint, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        let routes = self.serve_at(endpoint.path, endpoint, handler);
        #[cfg(test)]
        let routes = Self { served: [routes.served, vec![endpoint]].concat(), ..routes };
        routes
    }

    /// Serves a further path like that of the endpoint.
    pub(super) fn serve_at<H, T>(mut self, path: &'static str, endpoint: Endpoint, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        let router = self.router.route(path, on(filter(endpoint.method), handler));
        // An error says that the path is there: it has several methods.
        let _ = self.paths.insert(path, path);
        Self { router, ..self }
    }

    /// Adds layers around the handlers of these routes.
    pub(super) fn around_each(self, change: impl FnOnce(Router<Arc<App>>) -> Router<Arc<App>>) -> Self {
        Self { router: change(self.router), ..self }
    }

    /// Completes the routes with the answers for unknown paths and methods.
    pub(super) fn finish(self, app: Arc<App>) -> Api {
        let router = self.router.fallback(error::no_route).method_not_allowed_fallback(error::no_method);
        Api { paths: self.paths.into(), router: router.with_state(app.clone()), app }
    }
}

fn filter(method: Method) -> MethodFilter {
    match method {
        Method::Get => MethodFilter::GET,
        Method::Head => MethodFilter::HEAD,
        Method::Post => MethodFilter::POST,
        Method::Put => MethodFilter::PUT,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    }
}

/// The API of one listener. Clones share it.
///
/// The handling of every request is not a layer of the router: each layer would copy the routes and put the answer into
/// a box of its own.
#[derive(Clone)]
pub struct Api {
    app: Arc<App>,
    paths: Arc<matchit::Router<&'static str>>,
    router: Router,
}

impl Api {
    /// Answers a request. An error is an answer, too.
    pub async fn answer(self, request: Request) -> Response {
        middleware::around(self, request).await
    }

    /// The host that serves.
    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// The route's own path, with parameters, for a request's path.
    pub(super) fn route(&self, path: &str) -> Option<&'static str> {
        self.paths.at(path).ok().map(|found| *found.value)
    }

    /// Calls the route's handler.
    pub(super) async fn handle(&self, request: Request) -> Response {
        let Ok(response) = self.router.clone().call(request).await;
        response
    }
}
