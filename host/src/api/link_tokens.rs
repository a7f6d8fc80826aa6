//! `/link-token`: tokens with which a customer connects an account. Only the answer that makes a token shows it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::accounts::{find, own_tenant};
use super::auth::Admin;
use super::body::read_members;
use super::error::{ApiError, Problem};
use super::list::{self, Asked};
use crate::account::NewLinkToken;
use crate::app::App;
use crate::onboarding::{self, AskedLink, Connects};
use crate::unified::Failures;
use crate::unified::query::Query;

/// `POST /link-token`
pub(super) async fn create(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    request: Request,
) -> Result<Response, ApiError> {
    let (members, _) = read_members(request, &app.service.config.limits).await?;
    let loaded: Vec<_> = app.service.registry.list().into_iter().filter_map(|plugin| plugin.generation).collect();
    let asked = onboarding::link_token(members, caller.tenant_id.as_deref(), &loaded).map_err(Problem::invalid)?;
    let AskedLink { connects, persist_previous_context, redirect_uri, scopes, integrations, context } = asked;
    let (tenant_id, account_id) = match connects {
        Connects::New(tenant_id) => {
            own_tenant(&caller, &tenant_id)?;
            (tenant_id, None)
        }
        Connects::Again(id) => {
            let account = find(&app, &caller, id).await?;
            onboarding::prefilled_again(&context, &account, persist_previous_context, &loaded)
                .map_err(Problem::invalid)?;
            (account.tenant_id, Some(id))
        }
    };
    let allowed = &app.service.config.connect.allowed_redirects;
    if redirect_uri.as_deref().is_some_and(|uri| !allowed.iter().any(|allowed| allowed.as_str() == uri)) {
        let message = "the redirect_uri is not on the operator's list (connect.allowed_redirects)";
        return Err(Problem::new(StatusCode::FORBIDDEN, message).into());
    }
    let new =
        NewLinkToken { tenant_id, account_id, persist_previous_context, redirect_uri, scopes, integrations, context };
    let (token, _) = app.service.accounts.link_tokens().create(new).await?;
    Ok((StatusCode::CREATED, Json(json!({ "link_token": token.expose_secret() }))).into_response())
}

/// `GET /link-token`
pub(super) async fn list(
    State(app): State<Arc<App>>,
    Admin(caller): Admin,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let mut failures = Failures::default();
    let (tenant, page) = filter(&query.unwrap_or_default(), &mut failures);
    if !failures.is_empty() {
        return Err(Problem::invalid(failures).into());
    }
    let tenant = match (caller.tenant_id, tenant) {
        // Another tenant's tokens do not exist for this caller.
        (Some(own), Some(asked)) if own != asked => return Ok(list::empty()),
        (own, asked) => own.or(asked),
    };
    let tokens = app.service.accounts.link_tokens().list(tenant.as_deref(), page.before, page.rows()).await?;
    Ok(page.page(tokens, |token| token.id))
}

fn filter(raw: &str, failures: &mut Failures) -> (Option<String>, Asked) {
    let query = Query::parse(raw, failures);
    query.refuse_unknown(&["tenant_id", "limit", "next_cursor"], failures);
    let tenant = list::tenant(&query, failures);
    (tenant, Asked::read(&query, failures))
}
