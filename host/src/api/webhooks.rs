//! `/webhook`: the endpoints to which the host reports events of accounts. They belong to the operator: a token of one
//! tenant sees none.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::auth::Operator;
use super::body::read_members;
use super::error::{ApiError, Problem};
use super::list::{self, Asked};
use crate::account::{Changed, DeliveryStatus, MAX_WEBHOOKS, NO_DELIVERY, Replayed, Webhook};
use crate::app::App;
use crate::onboarding;
use crate::unified::Failures;
use crate::unified::query::Query;

/// A webhook with its new secret.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    webhook: &'a Webhook,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

impl<'a> Told<'a> {
    fn new(webhook: &'a Webhook, secret: Option<&'a SecretString>) -> Self {
        Self { webhook, secret: secret.map(ExposeSecret::expose_secret) }
    }
}

/// `GET /webhook`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    _: Operator,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let mut failures = Failures::default();
    Query::parse(&query.unwrap_or_default(), &mut failures).refuse_unknown(&[], &mut failures);
    if !failures.is_empty() {
        return Err(Problem::invalid(failures).into());
    }
    Ok(Json(json!({ "result": app.service.accounts.webhooks().list().await? })))
}

/// `POST /webhook`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    _: Operator,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let (members, _) = read_members(request, &app.service.config.limits).await?;
    let new = onboarding::new_webhook(members, &app.service.config.webhook).map_err(Problem::invalid)?;
    let made = app.service.accounts.webhooks().create(&new).await?;
    let (secret, webhook) = made.ok_or_else(|| {
        let message = format!("there are {MAX_WEBHOOKS} webhooks, which is the most: delete one first");
        Problem::new(StatusCode::CONFLICT, message)
    })?;
    Ok((StatusCode::CREATED, Json(json!(Told::new(&webhook, Some(&secret))))))
}

/// `GET /webhook/{id}`
pub(super) async fn get(
    State(app): State<Arc<App>>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<Json<Webhook>, ApiError> {
    Ok(Json(find(&app, &id).await?))
}

/// `PATCH /webhook/{id}`
pub(super) async fn update(
    State(app): State<Arc<App>>,
    _: Operator,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let id = parse_id(&id)?;
    let (members, _) = read_members(request, &app.service.config.limits).await?;
    let change = onboarding::webhook_change(members, &app.service.config.webhook).map_err(Problem::invalid)?;
    match app.service.accounts.webhooks().change(id, &change).await? {
        Changed::Done(secret, webhook) => Ok(Json(json!(Told::new(&webhook, secret.as_ref())))),
        Changed::Unknown => Err(not_found().into()),
        Changed::Overlaps(until) => {
            let message = format!(
                "the secret was rotated already: the previous one signs until {until}, rotate again after that"
            );
            Err(Problem::new(StatusCode::CONFLICT, message).into())
        }
    }
}

/// `DELETE /webhook/{id}`
pub(super) async fn remove(
    State(app): State<Arc<App>>,
    _: Operator,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = parse_id(&id)?;
    if !app.service.accounts.webhooks().remove(id).await? {
        return Err(not_found().into());
    }
    Ok(Json(json!({ "id": id })))
}

/// `POST /webhook/test`: sends an event `test` at once, and answers with the outcome.
pub(super) async fn test(State(app): State<Arc<App>>, _: Operator, request: Request) -> Result<Json<Value>, ApiError> {
    let (members, _) = read_members(request, &app.service.config.limits).await?;
    let id = onboarding::tested_webhook(members).map_err(Problem::invalid)?;
    let webhook = app.service.accounts.webhooks().get(id).await?.ok_or_else(not_found)?;
    let sent = app.webhooks.courier().test(&webhook).await;
    let (status, error) = match &sent {
        Ok(status) => (Some(*status), None),
        Err(refused) => (refused.status, Some(refused.error.as_str())),
    };
    Ok(Json(json!({ "delivered": sent.is_ok(), "status": status, "error": error })))
}

/// `GET /webhook/{id}/delivery`
pub(super) async fn deliveries(
    State(app): State<Arc<App>>,
    _: Operator,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let mut failures = Failures::default();
    let (status, page) = filter(&query.unwrap_or_default(), &mut failures);
    if !failures.is_empty() {
        return Err(Problem::invalid(failures).into());
    }
    let webhook = find(&app, &id).await?;
    let deliveries = app.service.accounts.webhooks().deliveries(webhook.id, status, page.before, page.rows()).await?;
    Ok(page.page(deliveries, |delivery| delivery.event_id))
}

fn filter(raw: &str, failures: &mut Failures) -> (Option<DeliveryStatus>, Asked) {
    let query = Query::parse(raw, failures);
    query.refuse_unknown(&["status", "limit", "next_cursor"], failures);
    let status = list::parameter(&query, "status", "must be one of pending, sent, dead", |_| true, failures);
    (status, Asked::read(&query, failures))
}

/// `POST /webhook/{id}/replay`
pub(super) async fn replay(
    State(app): State<Arc<App>>,
    _: Operator,
    Path(id): Path<String>,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let id = parse_id(&id)?;
    let (members, _) = read_members(request, &app.service.config.limits).await?;
    let which = onboarding::replay(members).map_err(Problem::invalid)?;
    match app.service.accounts.webhooks().replay(id, which).await? {
        Replayed::Waiting(count) => Ok(Json(json!({ "replayed": count }))),
        Replayed::Unknown => Err(not_found().into()),
        Replayed::UnknownEvent => Err(Problem::new(StatusCode::NOT_FOUND, NO_DELIVERY).into()),
        Replayed::Inactive => {
            let message = "the webhook is switched off: set is_active to true first";
            Err(Problem::new(StatusCode::CONFLICT, message).into())
        }
    }
}

async fn find(app: &App, id: &str) -> Result<Webhook, ApiError> {
    Ok(app.service.accounts.webhooks().get(parse_id(id)?).await?.ok_or_else(not_found)?)
}

/// Reads a webhook's id. A text that is not a uuid is the id of no webhook.
fn parse_id(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| not_found())
}

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "webhook not found")
}
