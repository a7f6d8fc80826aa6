//! `/integrated-account`: the accounts that calls run for. Secrets go in and never come out.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::account_context::{Checked, Known, check, check_credentials, check_method};
use super::auth::{Admin, Authenticated};
use super::body::receive;
use super::error::{ApiError, Problem};
use super::integrations::loaded;
use crate::account::{Account, AccountChange, AccountFilter, Caller, NewAccount, Status};
use crate::app::App;
use crate::config::Limits;
use crate::unified::body::{self, BodyError};
use crate::unified::query::{Query, Scalar};
use crate::unified::{Failure, Place};

/// Accounts in one page.
const MAX_LIMIT: u32 = 200;
/// Bytes of a tenant's id.
const MAX_TENANT: usize = 256;

/// `GET /integrated-account`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let mut failures = Vec::new();
    let mut filter = filter(&query.unwrap_or_default(), &mut failures);
    if !failures.is_empty() {
        return Err(Problem::invalid(failures).into());
    }
    if let Some(tenant) = caller.tenant_id {
        // Another tenant's accounts do not exist for this caller.
        if filter.tenant_id.as_ref().is_some_and(|asked| *asked != tenant) {
            return Ok(Json(json!({ "result": [], "next_cursor": null })));
        }
        filter.tenant_id = Some(tenant);
    }
    let page = app.accounts.list(filter).await?;
    let result: Vec<_> = page.result.iter().map(Account::public).collect();
    Ok(Json(json!({ "result": result, "next_cursor": page.next_cursor })))
}

fn filter(raw: &str, failures: &mut Vec<Failure>) -> AccountFilter {
    let query = Query::parse(raw, failures);
    let mut text = |name: &str| match query.scalar(name) {
        Scalar::Absent => None,
        Scalar::Text(text) => Some(text.to_owned()),
        Scalar::Several => {
            failures.push(Failure::new(Place::Query, name, "takes one value and must be given once"));
            None
        }
    };
    let (tenant_id, integration) = (text("tenant_id"), text("integration.name"));
    let (status, limit, cursor) = (text("status"), text("limit"), text("next_cursor"));
    let status = status.map(|status| status.parse::<Status>());
    if let Some(Err(_)) = status {
        failures.push(Failure::new(Place::Query, "status", "must be one of active, needs_reauth"));
    }
    let limit = limit.map(|limit| limit.parse::<u32>().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)));
    if limit == Some(None) {
        failures.push(Failure::new(Place::Query, "limit", "must be an integer from 1 to 200"));
    }
    AccountFilter { tenant_id, integration, status: status.and_then(Result::ok), limit: limit.flatten(), cursor }
}

/// `GET /integrated-account/{id}`
pub(super) async fn get(
    State(app): State<Arc<App>>,
    Authenticated(caller): Authenticated,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let account = find(&app, &caller, parse_id(&id)?).await?;
    Ok(Json(account.public()).into_response())
}

/// `POST /integrated-account`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    request: Request,
) -> Result<Response, ApiError> {
    let mut fields = Fields::read(request, &app.config.limits).await?;
    let integration = fields.required_text("integration");
    let tenant_id = match &caller.tenant_id {
        Some(own) => Some(fields.text("tenant_id").unwrap_or_else(|| own.clone())),
        None => fields.required_text("tenant_id"),
    };
    fields.check_tenant(tenant_id.as_deref());
    let authentication_method = fields.text("authentication_method");
    let is_sandbox = fields.boolean("is_sandbox").unwrap_or(false);
    let context = fields.object("context").unwrap_or_default();
    let generation = integration.as_deref().and_then(|slug| app.registry.get(slug));
    let mut checked = Checked::default();
    if let Some(generation) = &generation {
        checked = check(generation, context, Known::New, &mut fields.failures);
        check_method(&generation.capabilities, authentication_method.as_deref(), &mut fields.failures);
        check_credentials(generation, &checked, authentication_method.as_deref(), &mut fields.failures);
    } else if integration.is_some() {
        fields.fail("integration", "is not one that is loaded: GET /integration lists those");
    }
    fields.finish()?;
    let (Some(integration), Some(tenant_id)) = (integration, tenant_id) else {
        return Err(anyhow::anyhow!("required fields passed the check without a value").into());
    };
    own_tenant(&caller, &tenant_id)?;
    let secrets = checked.secrets.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let new = NewAccount { tenant_id, integration, authentication_method, is_sandbox, context: checked.open, secrets };
    let account = app.accounts.create(new).await?;
    Ok((StatusCode::CREATED, Json(account.public())).into_response())
}

/// `PATCH /integrated-account/{id}`
pub(super) async fn update(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let id = parse_id(&id)?;
    let account = find(&app, &caller, id).await?;
    let mut fields = Fields::read(request, &app.config.limits).await?;
    let tenant_id = fields.text("tenant_id");
    fields.check_tenant(tenant_id.as_deref());
    let authentication_method = fields.text("authentication_method");
    let is_sandbox = fields.boolean("is_sandbox");
    let status = fields.text("status").and_then(|status| match status.parse::<Status>() {
        Ok(status) => Some(status),
        Err(_) => {
            fields.fail("status", "must be one of active, needs_reauth");
            None
        }
    });
    let context = fields.object("context");
    let mut checked = Checked::default();
    if context.is_some() || authentication_method.is_some() {
        let generation = loaded(&app, &account.integration)?;
        let context = context.unwrap_or_default();
        checked = check(&generation, context, Known::Merged(&account), &mut fields.failures);
        check_method(&generation.capabilities, authentication_method.as_deref(), &mut fields.failures);
    }
    fields.finish()?;
    let change = AccountChange {
        tenant_id,
        authentication_method,
        is_sandbox,
        status,
        context: (!checked.open.is_empty()).then_some(checked.open),
        secrets: (!checked.secrets.is_empty()).then_some(checked.secrets),
    };
    let account = app.accounts.update(id, caller.tenant_id.as_deref(), change).await?.ok_or_else(not_found)?;
    Ok(Json(account.public()).into_response())
}

/// `DELETE /integrated-account/{id}`
pub(super) async fn delete(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = parse_id(&id)?;
    if !app.accounts.delete(id, caller.tenant_id.as_deref()).await? {
        return Err(not_found().into());
    }
    Ok(Json(json!({ "id": id })))
}

/// The account, where it is one of the caller's.
pub(super) async fn find(app: &App, caller: &Caller, id: Uuid) -> Result<Account, ApiError> {
    let account = app.accounts.get(id, caller.tenant_id.as_deref()).await?;
    Ok(account.ok_or_else(not_found)?)
}

/// An id that is no uuid names no account.
pub(super) fn parse_id(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| not_found())
}

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "integrated account not found")
}

fn own_tenant(caller: &Caller, tenant_id: &str) -> Result<(), Problem> {
    match &caller.tenant_id {
        Some(own) if own != tenant_id => {
            Err(Problem::new(StatusCode::FORBIDDEN, "this token is confined to another tenant"))
        }
        _ => Ok(()),
    }
}

/// The members of a body, taken out one by one, and what is wrong with them.
struct Fields {
    members: Map<String, Value>,
    failures: Vec<Failure>,
}

impl Fields {
    async fn read(request: Request, limits: &Limits) -> Result<Self, Problem> {
        let received = receive(request, limits).await?;
        let members = body::object(received.content_type.as_deref(), &received.bytes).map_err(|error| match error {
            BodyError::MediaType => Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error.to_string()),
            BodyError::Invalid(failures) => Problem::invalid(failures),
        })?;
        Ok(Self { members, failures: Vec::new() })
    }

    fn fail(&mut self, name: &str, rule: &str) {
        self.failures.push(Failure::new(Place::Body, name, rule));
    }

    /// Takes a member of the kind that `read` accepts; `null` is none.
    fn take<T>(&mut self, name: &str, read: impl FnOnce(Value) -> Option<T>, rule: &str) -> Option<T> {
        let value = self.members.shift_remove(name).filter(|value| !value.is_null())?;
        let read = read(value);
        if read.is_none() {
            self.fail(name, rule);
        }
        read
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let read = |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        };
        self.take(name, read, "must be a string")
    }

    fn required_text(&mut self, name: &str) -> Option<String> {
        let count = self.failures.len();
        let text = self.text(name).filter(|text| !text.is_empty());
        if text.is_none() && self.failures.len() == count {
            self.failures.push(Failure::missing(Place::Body, name));
        }
        text
    }

    fn boolean(&mut self, name: &str) -> Option<bool> {
        self.take(name, |value| value.as_bool(), "must be true or false")
    }

    fn object(&mut self, name: &str) -> Option<Map<String, Value>> {
        let read = |value| match value {
            Value::Object(object) => Some(object),
            _ => None,
        };
        self.take(name, read, "must be an object")
    }

    fn check_tenant(&mut self, tenant_id: Option<&str>) {
        let fits = |id: &str| (1..=MAX_TENANT).contains(&id.len()) && !id.chars().any(char::is_control);
        if tenant_id.is_some_and(|id| !fits(id)) {
            self.fail("tenant_id", "must be 1 to 256 bytes without control characters");
        }
    }

    /// Refuses what nobody took, and reports everything.
    fn finish(&mut self) -> Result<(), Problem> {
        for (name, _) in std::mem::take(&mut self.members) {
            self.fail(&name, "is not known");
        }
        if self.failures.is_empty() { Ok(()) } else { Err(Problem::invalid(std::mem::take(&mut self.failures))) }
    }
}
