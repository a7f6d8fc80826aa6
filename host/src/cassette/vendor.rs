//! A vendor on loopback that answers what cassettes recorded.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path as FilePath;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Cassette;
use super::format::{Exchange, Request, Response as Recorded};

/// A replaying vendor that is serving. Dropping it ends it.
#[derive(Debug)]
pub struct ReplayingVendor {
    address: SocketAddr,
    _running: DropGuard,
}

impl ReplayingVendor {
    /// Serves the cassettes of each integration, by slug, on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// No port could be bound.
    pub async fn start(cassettes: &BTreeMap<String, Vec<Cassette>>) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let token = CancellationToken::new();
        let end = token.clone().cancelled_owned();
        let server = axum::serve(listener, router(cassettes)).with_graceful_shutdown(end);
        tokio::spawn(server.into_future());
        Ok(Self { address, _running: token.drop_guard() })
    }

    /// The base URL of one integration's vendor, for the `origin` of its configuration.
    pub fn origin(&self, slug: &str) -> String {
        format!("http://{}/{slug}", self.address)
    }
}

/// The routes `/{slug}/…`. A request is answered by the recorded exchange with the same method and path; of several, by those
/// whose JSON body and query are the same in any order, then whose body is, then whose query is; of several still, by the one
/// that has answered the fewest times, in recorded order. Anything else is a 404 that says what is recorded.
pub fn router(cassettes: &BTreeMap<String, Vec<Cassette>>) -> Router {
    let tapes = cassettes.iter().map(|(slug, cassettes)| Tape::new(slug, cassettes)).collect();
    Router::new().fallback(answer).layer(DefaultBodyLimit::max(4 << 20)).with_state(Arc::new(Tapes(tapes)))
}

/// The exchanges of every integration.
struct Tapes(Vec<Tape>);

impl Tapes {
    /// The tape that a path starts with, and the path on it.
    fn find<'p>(&self, path: &'p str) -> Option<(&Tape, &'p str)> {
        self.0.iter().find_map(|tape| {
            let rest = path.strip_prefix('/')?.strip_prefix(&tape.slug)?;
            (rest.is_empty() || rest.starts_with('/')).then_some((tape, rest))
        })
    }
}

/// The exchanges of one integration.
struct Tape {
    slug: String,
    tracks: Vec<Track>,
}

/// An exchange, and how often it has answered.
struct Track {
    exchange: Exchange,
    file: String,
    played: AtomicUsize,
}

impl Tape {
    fn new(slug: &str, cassettes: &[Cassette]) -> Self {
        let track = |cassette: &Cassette, exchange: &Exchange| Track {
            exchange: exchange.clone(),
            file: cassette.file.file_name().map(FilePath::new).unwrap_or(&cassette.file).display().to_string(),
            played: AtomicUsize::new(0),
        };
        let tracks = cassettes.iter().flat_map(|c| c.exchanges.iter().map(move |e| track(c, e))).collect();
        Self { slug: slug.to_owned(), tracks }
    }

    fn find(&self, received: &Received) -> Option<&Track> {
        let same_target = |t: &&Track| received.is_to(&t.exchange.request);
        // `min_by_key` keeps the first of equals: recorded order.
        let best = self
            .tracks
            .iter()
            .filter(same_target)
            .min_by_key(|t| (Reverse(received.likeness(&t.exchange.request)), t.played.load(Ordering::Relaxed)))?;
        best.played.fetch_add(1, Ordering::Relaxed);
        Some(best)
    }

    fn nothing_recorded(&self, received: &Received) -> Response {
        let recorded: Vec<_> = self
            .tracks
            .iter()
            .map(|t| format!("{} {} ({})", t.exchange.request.method, t.exchange.request.path, t.file))
            .collect();
        let message = format!(
            "no recorded answer to {} {}: add a cassette with this exchange to plugins/{}/cassettes/",
            received.method, received.path, self.slug
        );
        (StatusCode::NOT_FOUND, axum::Json(json!({ "message": message, "recorded": recorded }))).into_response()
    }
}

/// A request as it is compared.
struct Received {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
}

impl Received {
    fn new(method: Method, path: &str, query: &str, body: &[u8]) -> Self {
        let mut query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        query.sort();
        let text = || Value::String(String::from_utf8_lossy(body).into_owned());
        let body = (!body.is_empty()).then(|| serde_json::from_slice(body).unwrap_or_else(|_| text()));
        Self { method, path: decoded(path), query, body }
    }

    fn is_to(&self, recorded: &Request) -> bool {
        self.method == recorded.method && self.path == decoded(&recorded.path)
    }

    /// Larger is more alike.
    fn likeness(&self, recorded: &Request) -> u8 {
        let mut query = recorded.query.clone();
        query.sort();
        // `Value` compares objects without regard to the order of their keys.
        2 * u8::from(self.body == recorded.body) + u8::from(self.query == query)
    }
}

fn decoded(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

async fn answer(State(tapes): State<Arc<Tapes>>, method: Method, uri: Uri, body: Bytes) -> Response {
    let Some((tape, path)) = tapes.find(uri.path()) else {
        let slugs: Vec<_> = tapes.0.iter().map(|t| t.slug.as_str()).collect();
        let message = "the path starts with no integration's slug";
        return (StatusCode::NOT_FOUND, axum::Json(json!({ "message": message, "integrations": slugs })))
            .into_response();
    };
    let received = Received::new(method, path, uri.query().unwrap_or_default(), &body);
    match tape.find(&received) {
        Some(track) => replay(&track.exchange.response),
        None => tape.nothing_recorded(&received),
    }
}

fn replay(recorded: &Recorded) -> Response {
    let mut headers = recorded.headers.clone();
    let body = recorded.body.as_ref().map(|body| {
        let kind = headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        let is_json = kind.to_str().is_ok_and(|k| k.contains("json"));
        let text = || serde_json::from_str::<String>(body.get()).ok();
        if is_json { body.get().to_owned() } else { text().unwrap_or_else(|| body.get().to_owned()) }
    });
    (recorded.status, headers, body.unwrap_or_default()).into_response()
}
