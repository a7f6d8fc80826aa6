//! The answer around a page: its status and its policies for browsers.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::config::{Config, WebOrigin};

/// The kind of a page, which decides on its policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A page with a form, whose answer may lead to these sources beside the host itself.
    Form(&'a [String]),
    /// A page without a form.
    Plain,
}

/// Answers with a page. The page loads nothing from other hosts, only the allowed origins can show it in a frame, and
/// no cache keeps it.
///
/// The answer has no `cross-origin-opener-policy`: it would cut the page off from the page that opened it and waits for
/// its message. It has no `x-frame-options`: it cannot name origins, and browsers prefer `frame-ancestors`.
pub fn respond(status: StatusCode, html: String, config: &Config, kind: Kind<'_>) -> Response {
    let mut response = (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    let headers = response.headers_mut();
    // The sources are origins and schemes, which always fit in a header.
    if let Ok(policy) = HeaderValue::from_str(&policy(config, kind)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // With `no-referrer`, a browser sends `origin: null` with a form, and the host would refuse the form.
    let referrer = if matches!(kind, Kind::Form(_)) { "same-origin" } else { "no-referrer" };
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(referrer));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Chromium also checks the redirects after a form against `form-action`, so it lists their targets.
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
