//! The routes of a listener, and how a request gets to its own.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::MethodRouter;
use tower::Service;

use super::{error, middleware};
use crate::app::App;

/// Routes as they are put together.
#[derive(Default)]
pub(super) struct Routes {
    /// The path of each by itself: what a request is counted by is known before its handler runs.
    paths: matchit::Router<&'static str>,
    router: Router<Arc<App>>,
}

impl Routes {
    /// Adds a route. Axum panics if two have the same path.
    pub(super) fn route(mut self, path: &'static str, methods: MethodRouter<Arc<App>>) -> Self {
        let router = self.router.route(path, methods);
        let _ = self.paths.insert(path, path);
        Self { router, ..self }
    }

    /// Puts more around the handlers of these routes.
    pub(super) fn around_each(self, change: impl FnOnce(Router<Arc<App>>) -> Router<Arc<App>>) -> Self {
        Self { router: change(self.router), ..self }
    }

    /// The routes with what holds for all of them.
    pub(super) fn finish(self, app: Arc<App>) -> Api {
        let router = self.router.fallback(error::no_route).method_not_allowed_fallback(error::no_method);
        Api { paths: self.paths.into(), router: router.with_state(app.clone()), app }
    }
}

/// The API of one listener. Clones are the same one.
///
/// What holds for every request is not a layer of the router: each layer would copy the routes and put the answer into a box of its own.
#[derive(Clone)]
pub struct Api {
    app: Arc<App>,
    paths: Arc<matchit::Router<&'static str>>,
    router: Router,
}

impl Api {
    /// Answers a request. Errors are answers.
    pub async fn answer(self, request: Request) -> Response {
        middleware::around(self, request).await
    }

    /// What serves.
    pub(super) fn app(&self) -> &App {
        &self.app
    }

    /// The path of the route that takes requests for this path.
    pub(super) fn route(&self, path: &str) -> Option<&'static str> {
        self.paths.at(path).ok().map(|found| *found.value)
    }

    /// Has the route's handler answer.
    pub(super) async fn handle(&self, request: Request) -> Response {
        let Ok(response) = self.router.clone().call(request).await;
        response
    }
}
