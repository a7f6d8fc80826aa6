//! The answer around a page: its status, and what browsers may do with it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::config::{Config, WebOrigin};

/// What a page is, for the policies that browsers keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A page with a form, whose answer may lead to these sources beside the host itself.
    Form(&'a [String]),
    /// A page without one.
    Plain,
}

/// Answers with a page. It loads nothing from elsewhere, is in the frames of the allowed origins only, and is in no cache.
///
/// There is no `cross-origin-opener-policy`: it would cut the page off from the one that opened it, which waits for its message. There is no
/// `x-frame-options`: it cannot name origins, and browsers prefer `frame-ancestors`.
pub fn respond(status: StatusCode, html: String, config: &Config, kind: Kind<'_>) -> Response {
    let mut response = (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    let headers = response.headers_mut();
    // The sources are origins and schemes, which always are fit for a header.
    if let Ok(policy) = HeaderValue::from_str(&policy(config, kind)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // With `no-referrer` a browser sends `origin: null` with a form, which is then refused.
    let referrer = if matches!(kind, Kind::Form(_)) { "same-origin" } else { "no-referrer" };
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(referrer));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Chromium holds the redirects that follow a form against `form-action`, too, so it names whatever they lead to.
fn policy(config: &Config, kind: Kind<'_>) -> String {
    let further: &[String] = if let Kind::Form(sources) = kind { sources } else { &[] };
    let leads_to = further.iter().fold("'self'".to_owned(), |list, source| list + " " + source);
    let origins: Vec<_> = config.connect.allowed_origins.iter().map(WebOrigin::as_str).collect();
    let frames = if origins.is_empty() { "'none'".to_owned() } else { origins.join(" ") };
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action {leads_to}; \
         base-uri 'none'; frame-ancestors {frames}"
    )
}
