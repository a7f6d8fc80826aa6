//! The handling that every request gets before and after its route.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::Request;
use axum::http::uri::{Authority, PathAndQuery, Uri};
use axum::http::{HeaderName, HeaderValue, Method, Version, header};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use jiff::Timestamp;
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::error::{self, ApiError, Problem};
use super::routes::Api;
use crate::observe::telemetry;
use crate::unified::{Failure, Place};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Bytes of a caller's own request id at most.
const MAX_REQUEST_ID: usize = 128;

/// The id of a request in answers and in the log: the caller's own if it is well-formed, else a new uuid.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

/// Facts about a request beside the caller's own data.
#[derive(Debug, Clone)]
pub(super) struct Arrival {
    pub(super) id: RequestId,
    /// When its headers had arrived.
    pub(super) at: Instant,
    /// The same as a time of day.
    pub(super) created_at: Timestamp,
}

/// Does the work before the choice of the route, and completes every answer. Collapses leading slashes of the path,
/// gives the request its id and its spans, makes an answer of a panic, and adds the common headers: caches keep no
/// answer unless it says otherwise, and browsers do not guess its type.
pub(super) async fn around(api: Api, mut request: Request) -> Response {
    if let Some(uri) = collapsed(request.uri()) {
        *request.uri_mut() = uri;
    }
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let sane = given.filter(|id| (1..=MAX_REQUEST_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()));
    let mut buffer = Uuid::encode_buffer();
    let id: Arc<str> = match sane {
        Some(id) => id.into(),
        None => Arc::from(&*Uuid::now_v7().as_hyphenated().encode_lower(&mut buffer)),
    };
    let echo = HeaderValue::from_str(&id);
    let trace = telemetry::request_span(&request, &id);
    let span = trace.in_scope(|| {
        tracing::info_span!(
            "request",
            id = &*id,
            method = request.method().as_str(),
            trace_id = telemetry::trace_id(&trace)
        )
    });
    let arrival = Arrival { id: RequestId(id), at: Instant::now(), created_at: Timestamp::now() };
    request.extensions_mut().insert(arrival);
    let answered = AssertUnwindSafe(at_route(api, request, &trace)).catch_unwind();
    let answered = answered.instrument(span).instrument(trace.clone());
    // The state that a panic leaves incomplete ends with the request.
    let mut response = answered.await.unwrap_or_else(error::panicked);
    trace.record("http.response.status_code", response.status().as_u16());
    if response.status().is_server_error() {
        trace.record("otel.status_code", "error");
    }
    let headers = response.headers_mut();
    if let Ok(echo) = echo {
        headers.insert(REQUEST_ID, echo);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The refusal of a request with no host, several hosts, or a malformed one (RFC 9112 §3.2): a server in front could
/// have read another host than this one. HTTP/1.0 allows requests without a host.
fn bad_host(request: &Request) -> Option<ApiError> {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let is_good = match (hosts.next(), hosts.next()) {
        (Some(host), None) => is_host(host.as_bytes()),
        (None, _) => request.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    };
    let failure = || Failure::new(Place::Header, "host", "must come once and be a host, with a port or without");
    (!is_good).then(|| Problem::invalid(failure()).into())
}

/// Whether the value is `uri-host [ ":" port ]`, or empty, as for a target without an authority.
fn is_host(value: &[u8]) -> bool {
    // A plain name needs no parser. The parser would copy it.
    let (name, port) = value.split_at(value.iter().position(|byte| *byte == b':').unwrap_or(value.len()));
    let is_plain = name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    if is_plain && (port.is_empty() || !name.is_empty() && port.iter().skip(1).all(u8::is_ascii_digit)) {
        return true;
    }
    let Ok(authority) = Authority::try_from(value) else { return value.is_empty() };
    let port = authority.as_str().strip_prefix(authority.host());
    port.is_some_and(|port| {
        port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// Serves a request, unless its host is malformed, and counts it by its route. Its line in the log has the level debug;
/// a unified call has a line of its own.
async fn at_route(api: Api, request: Request, trace: &Span) -> Response {
    let route = api.route(request.uri().path());
    let method = known_method(request.method());
    if let Some(route) = route {
        telemetry::name_route(trace, method, route);
    }
    let started = Instant::now();
    let response = match bad_host(&request) {
        Some(refusal) => refusal.into_response(),
        None => api.handle(request).await,
    };
    let (status, time) = (response.status().as_u16(), started.elapsed());
    let us = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(route, method, status, us, "request");
    api.app().service.metrics.request(route, method, status, time);
    response
}

/// A method as a label: one word for all methods that are not HTTP's own.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// `/unified/…` for `//unified/…`: clients join a base URL that ends in a slash with a path that begins with one.
fn collapsed(uri: &Uri) -> Option<Uri> {
    let rest = uri.path().strip_prefix("//")?.trim_start_matches('/');
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(format!("/{rest}{query}")).ok()?);
    Uri::from_parts(parts).ok()
}
