//! The server under the API: HTTP/1.1 with a bound on everything that a peer can occupy.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures_util::FutureExt;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;

use crate::config::Limits;
use crate::descriptors::{self, CONNECTIONS_PER_CALL};

/// Headers of one request at most.
const MAX_HEADERS: usize = 64;
/// Bytes of a request's line and headers together at most.
const MAX_HEAD: usize = 32 << 10;
/// Pause after an accept that failed because the system lacks resources.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Answers each request on `listener` with `answer` until `shutdown` resolves. Then it accepts no more connections, and
/// closes the others after their requests in flight, or after [`Limits::shutdown_ms`].
///
/// A connection beyond the cap (twice [`Limits::concurrent_calls`]) waits in the kernel's queue. A peer has
/// [`Limits::caller_read_ms`] to send a request's headers, an idle connection included, and must not leave an answer
/// unread for [`Limits::caller_write_ms`].
pub async fn serve<A, F>(listener: TcpListener, answer: A, limits: &Limits, shutdown: impl Future<Output = ()>)
where
    A: Fn(Request<Body>) -> F + Clone + Send + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.caller_read_ms))
        .max_headers(MAX_HEADERS)
        .max_buf_size(MAX_HEAD);
    let calls = usize::try_from(limits.concurrent_calls).unwrap_or(usize::MAX);
    let slots = Arc::new(Semaphore::new(calls.saturating_mul(CONNECTIONS_PER_CALL).clamp(1, Semaphore::MAX_PERMITS)));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            accepted = accept(&listener, slots.clone()) => accepted,
        };
        let Ok((stream, slot)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let mut stream = TimeoutStream::new(stream);
        // The header timer does not run while an answer waits to be written. Without this timeout for writes, a peer
        // that reads nothing would hold its slot for ever.
        stream.set_write_timeout(Some(Duration::from_millis(limits.caller_write_ms)));
        let stream = TokioIo::new(Box::pin(stream));
        let answer = answer.clone();
        // In a box, so that a connection that waits for its next request takes no memory for a running answer.
        let answer =
            move |request: Request<Incoming>| Box::pin(answer(request.map(Body::new)).map(Ok::<_, Infallible>));
        let connection = http.serve_connection(stream, service_fn(answer));
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(slot);
        });
    }
    drop(listener);
    if tokio::time::timeout(Duration::from_millis(limits.shutdown_ms), graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still in flight at the end of the shutdown time");
    }
    connections.shutdown().await;
}

/// A connection and its slot.
async fn accept(
    listener: &TcpListener,
    slots: Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let slot = slots.acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await.inspect_err(|error| {
        tracing::warn!(%error, "a connection could not be accepted");
        if descriptors::is_lack(error) {
            descriptors::want();
        }
    })?;
    // Each answer is one write: waiting for a full packet only delays it.
    stream.set_nodelay(true)?;
    Ok((stream, slot))
}
