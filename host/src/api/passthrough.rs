//! `/proxy/{path}`: one request of the caller's own to the vendor of an account.

use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::response::Response;

use super::auth::Calling;
use super::body::receive;
use super::call::{finish, idempotency_key};
use super::error::{self, ApiError};
use super::middleware::{Arrival, RequestId};

use crate::app::App;
use crate::passthrough::{CATEGORY, PassthroughRequest, serve};
use crate::unified::observed::Observed;

/// Prefix of the route before the vendor's path.
const PREFIX: &str = "/proxy";
/// Characters of a path in the records of a call at most.
const MAX_RECORDED: usize = 512;

/// `GET`, `POST`, `PUT`, `PATCH` and `DELETE`. The handler reads the path unchanged: the policy decides on its meaning.
pub(super) async fn proxy(
    State(app): State<Arc<App>>,
    Calling(caller): Calling,
    Extension(Arrival { id: RequestId(request_id), at: arrived, created_at }): Extension<Arrival>,
    request: Request,
) -> Result<Response, ApiError> {
    let key = idempotency_key(request.headers())?;
    let (method, operation) = known(request.method());
    let (mut headers, uri) = (request.headers().clone(), request.uri().clone());
    // The caller's token is not needed any more.
    headers.remove(header::AUTHORIZATION);
    let reading = Instant::now();
    let body = receive(request, &app.service.config.limits).await?.bytes;
    let observed = Observed {
        service: app.service.clone(),
        request_id: request_id.clone(),
        method: operation.method,
        path: recorded(uri.path()),
        line: "passthrough call",
        category: CATEGORY,
        operation: operation.word,
        bytes_in: body.len(),
        arrived,
        created_at,
        reading: reading.elapsed(),
    };
    let record = observed.record();
    let request = PassthroughRequest {
        method,
        path: uri.path().strip_prefix(PREFIX).unwrap_or_default().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers,
        body,
        request_id,
        key,
        record: record.clone(),
    };
    let outcome = serve(&app.service, &caller, request, error::kept).await;
    Ok(finish(&app, outcome, &record))
}

/// A method in the records of a call.
struct Operation {
    /// The method in the log of calls.
    method: &'static str,
    /// The method in logs and metrics.
    word: &'static str,
}

/// The methods of the route. A `HEAD` is a `GET` whose answer is sent without its body.
fn known(method: &Method) -> (Method, Operation) {
    let (method, name, word) = match *method {
        Method::POST => (Method::POST, "POST", "post"),
        Method::PUT => (Method::PUT, "PUT", "put"),
        Method::PATCH => (Method::PATCH, "PATCH", "patch"),
        Method::DELETE => (Method::DELETE, "DELETE", "delete"),
        _ => (Method::GET, "GET", "get"),
    };
    (method, Operation { method: name, word })
}

/// The path for the log of calls. A longer path ends in `…`, like that of a vendor request.
fn recorded(path: &str) -> String {
    match path.char_indices().nth(MAX_RECORDED) {
        Some((end, _)) => format!("{}…", path.get(..end).unwrap_or_default()),
        None => path.to_owned(),
    }
}
