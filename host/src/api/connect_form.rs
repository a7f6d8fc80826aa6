//! Reading the forms of the connect page.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

use super::body::{Received, receive};
use super::connect_stop::Stop;
use crate::config::{Config, Limits};
use crate::connect::parameters::{self, Form};
use crate::work;

/// The type of a form's body.
const FORM: &str = "application/x-www-form-urlencoded";

/// Reads a form of the connect page.
pub(super) async fn read_form(request: Request, limits: &Limits) -> Result<Form, Stop> {
    let received = read_fields(request, limits).await?;
    Ok(work::on(received.bytes.len(), || parameters::form(&received.bytes)).await?)
}

/// Reads the body of any form.
pub(super) async fn read_fields(request: Request, limits: &Limits) -> Result<Received, Stop> {
    let received = receive(request, limits).await;
    let received = received.map_err(|problem| Stop::body(problem.status(), problem.to_string()))?;
    match is_form(&received) {
        true => Ok(received),
        false => Err(Stop::body(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("the body must be {FORM}"))),
    }
}

/// Whether a form comes from a page of this host. Browsers send `origin`, which no page of another host can change
/// (OWASP's defence against CSRF by verification of the origin). Without a public URL, this host is the one in the
/// request's `host`.
pub(super) fn is_from_own_page(headers: &HeaderMap, config: &Config) -> bool {
    let only = |name| {
        let mut values = headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none()).map(HeaderValue::as_bytes)
    };
    let Some(origin) = only(header::ORIGIN) else { return false };
    match &config.connect.public_url {
        Some(url) => origin == url.as_str().as_bytes(),
        None => {
            let is_at_host =
                |scheme: &[u8]| origin.strip_prefix(scheme).is_some_and(|rest| Some(rest) == only(header::HOST));
            is_at_host(b"https://") || is_at_host(b"http://")
        }
    }
}

/// Whether the content type is that of a form.
fn is_form(received: &Received) -> bool {
    let kind = received.content_type.as_deref().and_then(|kind| kind.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM))
}
