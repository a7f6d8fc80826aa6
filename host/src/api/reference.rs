//! The reference over HTTP: `GET /openapi.json` and the pages under `/docs`. Needs no token: nothing here is a secret
//! of a tenant.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use mortise_model::{Category, Operation};

use super::error::{ApiError, Problem};
use crate::app::App;
use crate::assets;
use crate::reference::pages::{self, CONTENT_SECURITY_POLICY, Page, Site};
use crate::reference::{Document, View};
use crate::unified::query::{Query, Scalar};
use crate::unified::{Failure, Failures, Place};

/// Browsers keep the document, and ask each time whether it is still current.
const REVALIDATE: &str = "no-cache";
/// Browsers keep the file for ever: its name changes with its content.
pub(super) const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// `GET /openapi.json`
pub(super) async fn openapi(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let view = match asked(query.as_deref())? {
        None => app.reference.all(&app.service.registry),
        Some(slug) => app
            .reference
            .alone(&app.service.registry, &slug)
            .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "integration not found"))?,
    };
    Ok(answer(StatusCode::OK, "application/json", view.openapi().clone(), &headers))
}

/// `GET /`: redirects to the pages. With 307, because browsers remember a 308 and the target may change.
pub(super) async fn start() -> Redirect {
    Redirect::temporary("/docs")
}

/// `GET /docs`
pub(super) async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    page(&app, None, &Page::Home, &headers)
}

/// `GET /docs/errors`
pub(super) async fn errors(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    page(&app, None, &Page::Errors, &headers)
}

/// `GET /docs/api`
pub(super) async fn routes(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    page(&app, None, &Page::Routes, &headers)
}

/// `GET /docs/integration/{slug}`
pub(super) async fn integration(State(app): State<Arc<App>>, Path(slug): Path<String>, headers: HeaderMap) -> Response {
    page(&app, None, &Page::Integration(slug), &headers)
}

/// `GET /docs/{category}/{operation}`
pub(super) async fn operation(
    State(app): State<Arc<App>>,
    Path((category, operation)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let alone = asked(query.as_deref())?;
    Ok(match (category.parse::<Category>(), operation.parse::<Operation>()) {
        (Ok(category), Ok(operation)) => page(&app, alone.as_deref(), &Page::Operation(category, operation), &headers),
        _ => missing(&app, &headers),
    })
}

/// `GET /docs/{file}`: the stylesheet and the icon.
pub(super) async fn file(State(app): State<Arc<App>>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let named = |path: &str| path.strip_prefix("/docs/") == Some(file.as_str());
    let (kind, text) = if named(pages::style_path()) {
        ("text/css; charset=utf-8", pages::STYLE)
    } else if named(assets::icon_path()) {
        ("image/svg+xml", assets::ICON)
    } else {
        return missing(&app, &headers);
    };
    let mut response = answer(StatusCode::OK, kind, Document::new(text), &headers);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    response
}

/// The integration to which the reader confines the reference.
fn asked(query: Option<&str>) -> Result<Option<String>, Problem> {
    const NAME: &str = "integration";
    let mut failures = Failures::default();
    let query = Query::parse(query.unwrap_or_default(), &mut failures);
    let asked = match query.scalar(NAME) {
        Scalar::Absent => None,
        Scalar::Text(slug) => Some(slug.to_owned()),
        Scalar::Several => {
            let rule = "takes one value and must be given once";
            failures.push(Failure::new(Place::Query, NAME, rule));
            None
        }
    };
    if failures.is_empty() { Ok(asked) } else { Err(Problem::invalid(failures)) }
}

fn page(app: &App, alone: Option<&str>, page: &Page, headers: &HeaderMap) -> Response {
    let all = app.reference.all(&app.service.registry);
    let shown: Arc<View> = match alone {
        None => all.clone(),
        Some(slug) => match app.reference.alone(&app.service.registry, slug) {
            Some(view) => view,
            None => return missing(app, headers),
        },
    };
    let site = Site { all: &all.reference, shown: &shown.reference };
    match site.page(page) {
        Some(text) => html(StatusCode::OK, text, headers),
        None => missing(app, headers),
    }
}

fn missing(app: &App, headers: &HeaderMap) -> Response {
    let all = app.reference.all(&app.service.registry);
    html(StatusCode::NOT_FOUND, Site { all: &all.reference, shown: &all.reference }.missing(), headers)
}

/// A page for people.
pub(super) fn html(status: StatusCode, text: String, headers: &HeaderMap) -> Response {
    let mut response = answer(status, "text/html; charset=utf-8", Document::new(text), headers);
    let policies: [(HeaderName, &str); 2] =
        [(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY), (header::REFERRER_POLICY, "no-referrer")];
    for (name, value) in policies {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The document, or 304 if the reader has it.
fn answer(status: StatusCode, kind: &'static str, document: Document, headers: &HeaderMap) -> Response {
    let known = status == StatusCode::OK && holds(headers, &document.etag);
    let mut response = match known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => (status, [(header::CONTENT_TYPE, kind)], document.body).into_response(),
    };
    if let Ok(etag) = HeaderValue::from_str(&document.etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(REVALIDATE));
    response
}

/// Whether `if-none-match` names the tag (RFC 9110 §13.1.2).
fn holds(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}
