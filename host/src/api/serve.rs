//! Serving the routes on a listener until the host shuts down.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::listener;
use super::router::{admin_router, router};
use crate::app::App;

/// Serves the API on `listener` until `shutdown` resolves and the requests in flight are finished, including calls with
/// an idempotency key whose callers have gone away.
pub async fn serve(app: Arc<App>, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let limits = app.service.config.limits.clone();
    let keyed = app.service.keyed_calls.clone();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async {
        shutdown.await;
        let _ = stop.send(Instant::now() + Duration::from_millis(limits.shutdown_ms));
    };
    let api = router(app);
    listener::serve(listener, move |request| api.clone().answer(request), &limits, shutdown).await;
    keyed.close();
    if let Ok(deadline) = stopped.await
        && tokio::time::timeout_at(deadline, keyed.wait()).await.is_err()
    {
        tracing::warn!("calls with an idempotency key were still in flight at the end of the shutdown time");
    }
}

/// Serves the operator's routes on `listener`, without a token, until `shutdown` resolves and the requests in flight
/// are finished.
pub async fn serve_admin(app: Arc<App>, listener: TcpListener, shutdown: impl Future<Output = ()>) {
    let limits = app.service.config.limits.clone();
    let api = admin_router(app);
    listener::serve(listener, move |request| api.clone().answer(request), &limits, shutdown).await;
}
