//! A vendor on loopback that gives the recorded answers of cassettes.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path as FilePath;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use mortise_authoring::cassette::format::{Exchange, Request, Response as Recorded, SignIn};
use mortise_authoring::cassette::request::{Arrived, canonical, pairs};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Cassette;

/// A replaying vendor that serves. Dropping it ends it.
#[derive(Debug)]
pub struct ReplayingVendor {
    address: SocketAddr,
    tapes: Arc<ArcSwap<Tapes>>,
    _running: DropGuard,
}

impl ReplayingVendor {
    /// Serves the cassettes of each integration, by slug, on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// If no port can be bound.
    pub async fn start(cassettes: &BTreeMap<String, Vec<Cassette>>) -> std::io::Result<Self> {
        Self::start_on((Ipv4Addr::LOCALHOST, 0).into(), cassettes).await
    }

    /// The same on an address of the caller's choice.
    ///
    /// # Errors
    /// If the address cannot be bound.
    pub async fn start_on(address: SocketAddr, cassettes: &BTreeMap<String, Vec<Cassette>>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let token = CancellationToken::new();
        let end = token.clone().cancelled_owned();
        let tapes = Arc::new(ArcSwap::from_pointee(Tapes::new(cassettes)));
        let server = axum::serve(listener, routes(tapes.clone())).with_graceful_shutdown(end);
        tokio::spawn(server.into_future());
        Ok(Self { address, tapes, _running: token.drop_guard() })
    }

    /// Answers with these cassettes from now on.
    pub fn replace(&self, cassettes: &BTreeMap<String, Vec<Cassette>>) {
        self.tapes.store(Arc::new(Tapes::new(cassettes)));
    }

    /// The base URL of one integration's vendor, for the `origin` of its configuration.
    pub fn origin(&self, slug: &str) -> String {
        format!("http://{}/{slug}", self.address)
    }
}

/// The routes `/{slug}/…`. The recorded exchange with the same method and path answers a request. If there are several,
/// these rules choose, in this order: body and query are the same in any order; the body is; the query is; a success
/// before a failure; an exchange of a call that succeeded; the fewest members that only one of the two requests has;
/// the fewest other values; the exchange that has answered the fewest times; the recorded order. Any other request is a
/// 404 that lists what is recorded.
pub fn router(cassettes: &BTreeMap<String, Vec<Cassette>>) -> Router {
    routes(Arc::new(ArcSwap::from_pointee(Tapes::new(cassettes))))
}

fn routes(tapes: Arc<ArcSwap<Tapes>>) -> Router {
    Router::new().fallback(answer).layer(DefaultBodyLimit::max(4 << 20)).with_state(tapes)
}

/// The exchanges of every integration.
#[derive(Debug)]
struct Tapes(Vec<Tape>);

impl Tapes {
    fn new(cassettes: &BTreeMap<String, Vec<Cassette>>) -> Self {
        Self(cassettes.iter().map(|(slug, cassettes)| Tape::new(slug, cassettes)).collect())
    }

    /// The tape that a path starts with, and the path on it.
    fn find<'p>(&self, path: &'p str) -> Option<(&Tape, &'p str)> {
        self.0.iter().find_map(|tape| {
            let rest = path.strip_prefix('/')?.strip_prefix(&tape.slug)?;
            (rest.is_empty() || rest.starts_with('/')).then_some((tape, rest))
        })
    }
}

/// The exchanges of one integration.
#[derive(Debug)]
struct Tape {
    slug: String,
    tracks: Vec<Track>,
}

/// An exchange, and how often it has answered.
#[derive(Debug)]
struct Track {
    exchange: Exchange,
    /// Whether its caller got a success.
    succeeds: bool,
    file: String,
    played: AtomicUsize,
}

impl Tape {
    fn new(slug: &str, cassettes: &[Cassette]) -> Self {
        let track = |cassette: &Cassette, exchange: Exchange| Track {
            exchange,
            succeeds: cassette.answer.status.is_success(),
            file: cassette.file.file_name().map(FilePath::new).unwrap_or(&cassette.file).display().to_string(),
            played: AtomicUsize::new(0),
        };
        let tracks = cassettes.iter().flat_map(|c| asked(c).map(move |e| track(c, e))).collect();
        Self { slug: slug.to_owned(), tracks }
    }

    fn find(&self, arrived: &Arrived<'_>) -> Option<&Track> {
        let same_target = |t: &&Track| is_to(arrived, &t.exchange.request);
        // `min_by_key` keeps the first of equals, which is the recorded order.
        let best = self.tracks.iter().filter(same_target).min_by_key(|t| {
            let fails = !t.exchange.response.status.is_success();
            let request = &t.exchange.request;
            let played = t.played.load(Ordering::Relaxed);
            (Reverse(likeness(arrived, request)), fails, !t.succeeds, arrived.distance(request), played)
        })?;
        best.played.fetch_add(1, Ordering::Relaxed);
        Some(best)
    }

    fn nothing_recorded(&self, arrived: &Arrived<'_>) -> Response {
        let recorded: Vec<_> = self
            .tracks
            .iter()
            .map(|t| format!("{} {} ({})", t.exchange.request.method, t.exchange.request.path, t.file))
            .collect();
        let message = format!(
            "no recorded answer to {} {}: add a cassette with this exchange to plugins/{}/cassettes/",
            arrived.method, arrived.target, self.slug
        );
        (StatusCode::NOT_FOUND, axum::Json(json!({ "message": message, "recorded": recorded }))).into_response()
    }
}

/// All requests to a cassette's vendor: the sign-ins whose requests are recorded, and the exchanges.
fn asked(cassette: &Cassette) -> impl Iterator<Item = Exchange> {
    let sign_ins = cassette.sign_ins.iter().filter_map(|SignIn { request, response }| {
        Some(Exchange { request: request.clone()?, response: response.clone(), spec_exceptions: Vec::new() })
    });
    sign_ins.chain(cassette.exchanges.iter().cloned())
}

/// Whether a request goes to a recorded address. A path below another origin than the first arrives below the one that
/// replaces all of them, without that origin's base path.
fn is_to(arrived: &Arrived<'_>, recorded: &Request) -> bool {
    let target = canonical(&recorded.path);
    let same = if recorded.is_absolute() { target.ends_with(&arrived.target) } else { target == arrived.target };
    same && *arrived.method == recorded.method
}

/// Larger is more alike.
fn likeness(arrived: &Arrived<'_>, recorded: &Request) -> u8 {
    let same_query = pairs(recorded.query.iter().cloned()) == arrived.query;
    // `Value` compares objects without regard to the order of their keys.
    2 * u8::from(recorded.body_like(arrived) == arrived.body) + u8::from(same_query)
}

async fn answer(
    State(tapes): State<Arc<ArcSwap<Tapes>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let tapes = tapes.load();
    let Some((tape, path)) = tapes.find(uri.path()) else {
        let slugs: Vec<_> = tapes.0.iter().map(|t| t.slug.as_str()).collect();
        let message = "the path starts with no integration's slug";
        return (StatusCode::NOT_FOUND, axum::Json(json!({ "message": message, "integrations": slugs })))
            .into_response();
    };
    let arrived = Arrived::new(&method, path, uri.query().unwrap_or_default(), &headers, &body);
    match tape.find(&arrived) {
        Some(track) => replay(&track.exchange.response),
        None => tape.nothing_recorded(&arrived),
    }
}

fn replay(recorded: &Recorded) -> Response {
    let mut headers = recorded.headers.clone();
    let (body, kind) = recorded.bytes();
    if let Some(kind) = kind {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    (recorded.status, headers, body).into_response()
}
