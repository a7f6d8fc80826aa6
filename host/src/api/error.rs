//! The one place where errors become HTTP answers: the body and the headers beside the status of
//! [`UnifiedError::status`].

use std::any::Any;
use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::body::not_json;
use crate::account::AccountError;
use crate::call::CallError;
use crate::egress::{EgressError, whole_seconds};
use crate::quota::QuotaExceeded;
use crate::unified::error::VendorError;
use crate::unified::idempotency::IdempotencyError;
use crate::unified::{AnswerBody, Failure, Failures, Place, UnifiedAnswer, UnifiedError};

/// Value of `retry-after` while the database is not available.
const DATABASE_RETRY_SECONDS: u64 = 5;

/// Any error of a handler. The first cause in its chain with a meaning for the caller makes the answer. The host logs
/// an error without such a cause, once, and answers 500 without details.
#[derive(Debug)]
pub struct ApiError(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        render(&self.0).into_response()
    }
}

/// An error whose text is for the caller.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    status: StatusCode,
    message: Cow<'static, str>,
    failures: Failures,
    header: Option<(HeaderName, &'static str)>,
}

impl Problem {
    /// An error with a status and a sentence.
    pub fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, message: message.into(), failures: Failures::default(), header: None }
    }

    /// A request that breaks rules (400).
    pub fn invalid(failures: impl Into<Failures>) -> Self {
        Self { failures: failures.into(), ..Self::new(StatusCode::BAD_REQUEST, "") }
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Gives the answer a header.
    #[must_use]
    pub fn with_header(self, name: HeaderName, value: &'static str) -> Self {
        Self { header: Some((name, value)), ..self }
    }
}

/// The answer to an error.
#[derive(Default, Serialize)]
struct Body {
    #[serde(rename = "statusCode")]
    status: u16,
    error: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Value>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truto_is_remote_error: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_response: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    truto_error_insight: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    debug: Option<Debug>,
}

#[derive(Serialize)]
struct Debug {
    requests: Box<RawValue>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

impl Answer {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let body = Body { message: message.into(), ..Body::default() };
        Self { status, headers: HeaderMap::new(), body }
    }

    fn invalid(failures: &Failures) -> Self {
        let mut answer = Self::new(StatusCode::BAD_REQUEST, failures.to_string());
        answer.body.details = Some(json!({ "failures": failures }));
        answer.body.truto_error_insight = missing_insight(failures);
        answer
    }

    fn retry_after(mut self, seconds: u64) -> Self {
        self.headers.entry(header::RETRY_AFTER).or_insert(seconds.into());
        self
    }
}

impl Answer {
    fn completed(mut self) -> Self {
        self.body.status = self.status.as_u16();
        self.body.error = self.status.canonical_reason().unwrap_or("Error");
        self
    }
}

/// The answer that [`ApiError`] makes of a unified call's error, in a form that the host can store.
pub(crate) fn kept(error: &UnifiedError) -> UnifiedAnswer {
    let Answer { status, mut headers, body } = from_unified(error).completed();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // A map of strings and raw JSON always serialises.
    let body = serde_json::to_vec(&body).unwrap_or_default();
    UnifiedAnswer { status, headers, body: AnswerBody::Whole(body.into()) }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let this = self.completed();
        (this.status, this.headers, axum::Json(this.body)).into_response()
    }
}

fn render(error: &anyhow::Error) -> Answer {
    for cause in error.chain() {
        if let Some(problem) = cause.downcast_ref::<Problem>() {
            return from_problem(problem);
        }
        if let Some(unified) = cause.downcast_ref::<UnifiedError>() {
            return from_unified(unified);
        }
        if let Some(exceeded) = cause.downcast_ref::<QuotaExceeded>() {
            return from_quota(exceeded);
        }
        match cause.downcast_ref::<AccountError>() {
            Some(cause @ AccountError::BadCursor) => {
                let rule = format_args!("is refused: {cause}").to_string();
                return Answer::invalid(&Failure::new(Place::Query, "next_cursor", rule).into());
            }
            Some(cause @ AccountError::ForeignTenant(_)) => {
                return Answer::new(StatusCode::FORBIDDEN, cause.to_string());
            }
            Some(cause) if let Some(outage) = cause.outage() => {
                tracing::error!(error = format!("{error:#}"), "a request failed, as the database is not available");
                let message = format!("the host's database {outage}: try again later");
                return Answer::new(StatusCode::SERVICE_UNAVAILABLE, message).retry_after(DATABASE_RETRY_SECONDS);
            }
            _ => {}
        }
    }
    tracing::error!(error = format!("{error:#}"), "a request failed");
    internal()
}

fn internal() -> Answer {
    Answer::new(StatusCode::INTERNAL_SERVER_ERROR, "the host failed: give its operator the x-request-id of this answer")
}

fn from_problem(problem: &Problem) -> Answer {
    let mut answer = match &problem.failures {
        none if none.is_empty() => Answer::new(problem.status, problem.message.clone()),
        failures => Answer::invalid(failures),
    };
    answer.headers.extend(problem.header.clone().map(|(name, value)| (name, HeaderValue::from_static(value))));
    answer
}

fn from_unified(error: &UnifiedError) -> Answer {
    let says = || Answer::new(error.status(), error.to_string());
    match error {
        UnifiedError::Invalid(failures) => Answer::invalid(failures),
        UnifiedError::MediaType => from_problem(&not_json()),
        UnifiedError::Quota(exceeded) => from_quota(exceeded),
        UnifiedError::NeedsReauth(kept) | UnifiedError::ValidationError(kept) => refused_before(says(), kept.as_ref()),
        UnifiedError::NotLoaded(_) => says().retry_after(10),
        UnifiedError::Vendor(error) => from_vendor(error),
        UnifiedError::Broken(broken) => from_broken(error.status(), broken),
        UnifiedError::Nonsense(cause) => {
            tracing::warn!(error = %cause, "an integration gave an answer that is not a user");
            says()
        }
        UnifiedError::Page(cause) => {
            tracing::warn!(error = %cause, "an integration gave a page that cannot be used");
            says()
        }
        UnifiedError::EmptyPages { cursor, .. } => {
            let mut answer = says();
            answer.body.details = Some(json!({ "next_cursor": cursor }));
            answer
        }
        UnifiedError::Egress(cause) => from_egress(error.status(), cause),
        UnifiedError::Idempotency(IdempotencyError::Running) => says().retry_after(1),
        UnifiedError::UnknownAccount
        | UnifiedError::Sandbox
        | UnifiedError::NoPassthrough(_)
        | UnifiedError::NotOffered { .. }
        | UnifiedError::Failed(_)
        | UnifiedError::Idempotency(_) => says(),
        UnifiedError::Internal(cause) => render(cause),
        UnifiedError::Debugged { source, requests } => {
            let mut answer = from_unified(source);
            answer.body.debug = Some(Debug { requests: requests.clone() });
            answer
        }
    }
}

/// The host's own 429: without the flag of a remote error.
fn from_quota(exceeded: &QuotaExceeded) -> Answer {
    Answer::new(StatusCode::TOO_MANY_REQUESTS, exceeded.to_string()).retry_after(exceeded.retry_after)
}

/// The answer to a call for an account that serves none, because the vendor refused it before: `kept` is that refusal.
fn refused_before(mut answer: Answer, kept: Option<&Value>) -> Answer {
    answer.body.truto_is_remote_error = true;
    answer.body.raw_response = kept
        .and_then(|kept| kept.get("raw_response"))
        .filter(|raw| !raw.is_null())
        .and_then(|raw| to_raw_value(raw).ok());
    answer
}

fn from_vendor(error: &VendorError) -> Answer {
    let mut answer = Answer::new(error.status, error.message.clone());
    answer.headers = error.headers.clone();
    answer.body.truto_is_remote_error = true;
    answer.body.raw_response = error.raw_response.clone();
    answer.body.truto_error_insight = Some(match error.status {
        StatusCode::TOO_MANY_REQUESTS => {
            json!({ "rate_limit_error": { "description": "the vendor limits the rate of requests: wait, then try again" } })
        }
        StatusCode::FORBIDDEN => json!({ "forbidden_error": {
            "description": "the vendor does not allow this to the credentials of the integrated account",
            "value": { "missing_scopes": [] },
        } }),
        _ => {
            json!({ "remote_error": { "description": "the vendor did not accept the request; raw_response has its answer, if it gave one" } })
        }
    });
    match error.status {
        StatusCode::TOO_MANY_REQUESTS => answer.retry_after(10),
        _ => answer,
    }
}

/// The answer names who must act, and the bound that a plugin exceeded. The reason of a trap is only in the log.
fn from_broken(status: StatusCode, error: &CallError) -> Answer {
    let says = || Answer::new(status, error.told());
    match error {
        CallError::Full | CallError::HostMemory { wrote: false } => says().retry_after(1),
        CallError::CircuitOpen(seconds) => says().retry_after(*seconds),
        CallError::HostMemory { wrote: true }
        | CallError::Deadline(_)
        | CallError::CpuBudget(_)
        | CallError::Trapped { .. } => says(),
        CallError::Failed(_) | CallError::NotWritten(_) | CallError::DryRun => {
            tracing::error!(%error, "a call's end was not handled");
            internal()
        }
    }
}

fn from_egress(status: StatusCode, error: &EgressError) -> Answer {
    let says = || Answer::new(status, error.to_string());
    match error {
        EgressError::Unavailable { retry_after, .. } | EgressError::Quota { retry_after, .. } => {
            says().retry_after(whole_seconds(*retry_after))
        }
        _ if status == StatusCode::INTERNAL_SERVER_ERROR => internal(),
        _ => says(),
    }
}

/// Lists the missing parts of a request by their place.
fn missing_insight(failures: &Failures) -> Option<Value> {
    let names = |place| -> Vec<&str> {
        failures.listed().iter().filter(|f| f.missing && f.place == place).map(|f| f.path.as_str()).collect()
    };
    let mut insight = serde_json::Map::new();
    for (key, description, names) in [
        ("missing_required_query_parameters", "these query parameters are required", names(Place::Query)),
        ("missing_required_body_fields", "these fields of the body are required", names(Place::Body)),
    ] {
        if !names.is_empty() {
            insight.insert(key.to_owned(), json!({ "description": description, "value": names }));
        }
    }
    (!insight.is_empty()).then_some(Value::Object(insight))
}

/// The answer to a path without a route.
pub(super) async fn no_route() -> ApiError {
    Problem::new(StatusCode::NOT_FOUND, "no such route").into()
}

/// The answer to a method that a route does not have; axum adds `allow`.
pub(super) async fn no_method() -> ApiError {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this route does not take this method").into()
}

/// The answer when a handler panics: the defect is logged, the server goes on.
pub(super) fn panicked(payload: Box<dyn Any + Send>) -> Response {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("no text"), "a handler panicked");
    internal().into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_the_status_that_the_log_of_calls_keeps() {
        let lost = AccountError::Database(sqlx::Error::PoolTimedOut);
        for error in [
            UnifiedError::Invalid(Failures::default()),
            UnifiedError::MediaType,
            UnifiedError::UnknownAccount,
            UnifiedError::Sandbox,
            UnifiedError::NeedsReauth(None),
            UnifiedError::NotLoaded("acme".into()),
            UnifiedError::Broken(CallError::Full),
            UnifiedError::Broken(CallError::Deadline(1)),
            UnifiedError::Broken(CallError::DryRun),
            UnifiedError::Egress(EgressError::Timeout("late".into())),
            UnifiedError::Egress(EgressError::Internal),
            UnifiedError::Idempotency(IdempotencyError::Running),
            UnifiedError::Internal(lost.into()),
            UnifiedError::Internal(anyhow::anyhow!("a defect")),
        ] {
            assert_eq!(kept(&error).status, error.status(), "{error}");
        }
    }
}
