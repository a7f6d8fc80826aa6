//! `/unified/{category}/users` and `/unified/{category}/users/{id}`.

use std::sync::Arc;
use std::time::Instant;

use axum::Extension;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use mortise_model::{Category, Operation};
use mortise_policy::target::segment;

use super::auth::Calling;
use super::body::receive;
use super::call::{finish, idempotency_key};
use super::error::{self, ApiError, Problem};
use super::middleware::{Arrival, RequestId};

use crate::account::Caller;
use crate::app::App;
use crate::unified::observed::Observed;
use crate::unified::query::well_escaped;
use crate::unified::{Failure, Place, UnifiedRequest, serve};

/// Characters of a record's id.
const MAX_ID: usize = 512;

/// `POST` creates a user, `GET` lists users.
pub(super) async fn users(
    State(app): State<Arc<App>>,
    Calling(caller): Calling,
    Extension(arrival): Extension<Arrival>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let Path(category) = path.map_err(bad_path)?;
    let category = known(&category)?;
    let operation = if request.method() == Method::POST { Operation::CreateUser } else { Operation::ListUsers };
    call(&app, &caller, arrival, request, category, operation, None).await
}

/// `PATCH` updates a user, `GET` reads one, `DELETE` deletes it.
pub(super) async fn user(
    State(app): State<Arc<App>>,
    Calling(caller): Calling,
    Extension(arrival): Extension<Arrival>,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let Path((category, id)) = path.map_err(bad_path)?;
    let category = known(&category)?;
    if !well_escaped(request.uri().path()) {
        return Err(bad_escape().into());
    }
    if id.is_empty() || id.chars().nth(MAX_ID).is_some() || id.chars().any(char::is_control) {
        let rule = format_args!("must be 1 to {MAX_ID} characters without control characters").to_string();
        return Err(Problem::invalid(Failure::new(Place::Path, "id", rule)).into());
    }
    if let Err(error) = segment(&id) {
        let rule = format_args!("cannot be part of a vendor's path: {error}").to_string();
        return Err(Problem::invalid(Failure::new(Place::Path, "id", rule)).into());
    }
    let operation = match *request.method() {
        Method::PATCH => Operation::UpdateUser,
        Method::DELETE => Operation::DeleteUser,
        _ => Operation::GetUser,
    };
    call(&app, &caller, arrival, request, category, operation, Some(id)).await
}

async fn call(
    app: &Arc<App>,
    caller: &Caller,
    Arrival { id: RequestId(request_id), at: arrived, created_at }: Arrival,
    request: Request,
    category: Category,
    operation: Operation,
    id: Option<String>,
) -> Result<Response, ApiError> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let key = idempotency_key(request.headers())?;
    let path = request.uri().path().to_owned();
    let reading = Instant::now();
    let received = receive(request, &app.service.config.limits).await?;
    let (content_type, body) = (received.content_type, received.bytes);
    let observed = Observed {
        service: app.service.clone(),
        request_id: request_id.clone(),
        method: operation.method(),
        path,
        line: "unified call",
        category: category.as_str(),
        operation: operation.as_str(),
        bytes_in: body.len(),
        arrived,
        created_at,
        reading: reading.elapsed(),
    };
    let record = observed.record();
    let request =
        UnifiedRequest { category, operation, id, query, content_type, body, request_id, key, record: record.clone() };
    let outcome = serve(&app.service, caller, request, error::kept).await;
    Ok(finish(app, outcome, &record))
}

fn known(category: &str) -> Result<Category, Problem> {
    category.parse().map_err(|_| Problem::new(StatusCode::NOT_FOUND, "no such category"))
}

fn bad_path(_: PathRejection) -> Problem {
    bad_escape()
}

fn bad_escape() -> Problem {
    Problem::invalid(Failure::new(Place::Path, "path", "must be percent-encoded UTF-8"))
}
