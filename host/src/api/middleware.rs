//! What holds for every request.

use axum::extract::Request;
use axum::http::uri::{PathAndQuery, Uri};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Bytes of a request id that a caller may choose.
const MAX_REQUEST_ID: usize = 128;

/// The id of a request in answers and in the log: the caller's own where it is sane, else a new uuid.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Gives the request its id, and the answer its common headers. Answers are not for caches, save those that say otherwise, and
/// not for browsers to guess at.
pub(super) async fn common_headers(mut request: Request, next: Next) -> Response {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let sane = given.filter(|id| (1..=MAX_REQUEST_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic()));
    let id = sane.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned);
    let echo = HeaderValue::from_str(&id);
    let span = tracing::info_span!("request", id, method = %request.method());
    request.extensions_mut().insert(RequestId(id));
    let mut response = next.run(request).instrument(span).await;
    let headers = response.headers_mut();
    if let Ok(echo) = echo {
        headers.insert(REQUEST_ID, echo);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Reads `//unified/…` as `/unified/…`: clients join a base URL that ends in a slash with a path that begins with one.
pub(super) async fn collapse_slashes(mut request: Request, next: Next) -> Response {
    if let Some(uri) = collapsed(request.uri()) {
        *request.uri_mut() = uri;
    }
    next.run(request).await
}

fn collapsed(uri: &Uri) -> Option<Uri> {
    let rest = uri.path().strip_prefix("//")?.trim_start_matches('/');
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(format!("/{rest}{query}")).ok()?);
    Uri::from_parts(parts).ok()
}
