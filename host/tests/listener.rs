//! The server under the API, on real sockets.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail their test")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use futures_util::FutureExt;
use mortise::api::listener;
use mortise::config::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tower::ServiceExt;

/// A running server. `/slow` reports that it has started, and waits until the test releases it.
struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    started: Arc<Notify>,
    go: Arc<Notify>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        let (started, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (tell, wait) = (started.clone(), go.clone());
        let slow = move || async move {
            tell.notify_one();
            wait.notified().await;
            "done"
        };
        let router = Router::new()
            .route("/", get(|| async { "hello" }))
            .route("/large", get(|| async { vec![b'x'; 64 << 20] }))
            .route("/slow", get(slow));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let answer = move |request| {
                router.clone().oneshot(request).map(|answered| answered.unwrap_or_else(|never| match never {}))
            };
            listener::serve(listener, answer, &limits, async { stopped.await.unwrap_or_default() }).await;
        });
        Self { address, stop, task, started, go }
    }

    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }
}

/// Everything until the server closes.
async fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_request_in_flight_is_finished_at_shutdown() {
    let server = Server::start(Limits::default()).await;
    let stream = server.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    server.started.notified().await;
    server.stop.send(()).unwrap();
    server.go.notify_one();
    assert!(rest(stream).await.ends_with("done"));
    server.task.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err(), "the server does not listen any more");
}

#[tokio::test]
async fn a_shutdown_waits_no_longer_than_it_may() {
    let server = Server::start(Limits { shutdown_ms: 20, ..Limits::default() }).await;
    let stream = server.send("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await;
    server.started.notified().await;
    server.stop.send(()).unwrap();
    server.task.await.unwrap();
    assert_eq!(rest(stream).await, "");
}

#[tokio::test]
async fn headers_must_arrive_in_time() {
    let server = Server::start(Limits { caller_read_ms: 50, ..Limits::default() }).await;
    let stream = server.send("GET / HTTP/1.1\r\nhost: x\r\nslow: ").await;
    assert!(!rest(stream).await.contains("hello"), "the server gives up by itself");
}

#[tokio::test]
async fn a_caller_that_takes_no_answer_loses_its_connection() {
    let limits = Limits { caller_write_ms: 200, concurrent_calls: 1, ..Limits::default() };
    let server = Server::start(limits).await;
    // The idle callers take both slots. Neither reads a byte of its answer, which no buffer can hold.
    let idle = [
        server.send("GET /large HTTP/1.1\r\nhost: h\r\n\r\n").await,
        server.send("GET /large HTTP/1.1\r\nhost: h\r\n\r\n").await,
    ];
    let answer = rest(server.send("GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n").await).await;
    assert!(answer.ends_with("hello"), "a slot is free again: {answer}");
    drop(idle);
}

#[tokio::test]
async fn headers_have_a_bound() {
    let server = Server::start(Limits::default()).await;
    let many: String = (0..70).map(|number| format!("x-{number}: 1\r\n")).collect();
    let answer = rest(server.send(&format!("GET / HTTP/1.1\r\nhost: x\r\n{many}\r\n")).await).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_connection_beyond_the_cap_waits_for_its_turn() {
    let server = Server::start(Limits { concurrent_calls: 1, ..Limits::default() }).await;
    let close = "GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let first = server.send(close).await;
    server.started.notified().await;
    let second = server.send(close).await;
    server.started.notified().await;
    let third = server.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    let answered = tokio::time::timeout(Duration::from_millis(100), third.readable()).await;
    assert!(answered.is_err(), "both slots are taken");
    server.go.notify_waiters();
    for stream in [first, second] {
        assert!(rest(stream).await.ends_with("done"));
    }
    assert!(rest(third).await.ends_with("hello"));
}
