//! The end: the account is checked and stored, the link token spent and the flow ended, or nothing is.

use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use tracing::Instrument;
use uuid::Uuid;

use super::super::{ErrorType, Failure, Link, Way};
use super::refused::Refused;
use super::variables;
use crate::account::{
    Account, AccountError, Conclusion, ConnectFlow, FlowCode, NewAccount, NewFlow, OAuthApplication, Secrets, ShownIn,
};
use crate::app::App;
use crate::onboarding;
use crate::plugin::Generation;
use crate::unified::Failures;
use crate::validation::{self, Occasion, Verdict};
use crate::work;

/// A form of credentials, as somebody has filled it in.
pub struct Filled<'a> {
    /// The id that the page has drawn for the attempt.
    pub id: Uuid,
    /// Whose account is connected.
    pub link: &'a Link,
    /// The integration.
    pub generation: &'a Arc<Generation>,
    /// The way to authenticate.
    pub way: Way<'a>,
    /// The operator's OAuth application for an account of this integration and tenant.
    pub application: Option<&'a OAuthApplication>,
    /// What was entered.
    pub entered: &'a Secrets,
    /// The request, for the log of the validation.
    pub occasion: Occasion,
}

/// Ends an attempt that no vendor is part of; the id of its flow, whose page tells how it ended. A form that is sent twice ends the same
/// flow.
///
/// # Errors
/// [`Refused::Invalid`] if the form must be corrected; nothing has begun then.
pub async fn finish_form(app: &Arc<App>, filled: Filled<'_>) -> Result<Uuid, Refused> {
    let Filled { id, link, generation, way, application, entered, occasion } = filled;
    let given =
        variables::given(link, way, application, &generation.capabilities, entered).map_err(Refused::Invalid)?;
    let all = variables::merged(&app.accounts, &generation.capabilities, link.kept(), &given)?;
    let (tenant, slug) = (&link.token.tenant_id, &generation.capabilities.slug);
    let bytes = all.values().map(|value| value.expose_secret().len()).sum();
    let check = || checked(tenant, generation, way.method(), application, &all);
    let new = work::on(bytes, check).await.map_err(Refused::Invalid)?;

    let flows = app.accounts.connect_flows();
    let begins = NewFlow {
        id,
        link_hash: link.token.hash.clone(),
        tenant_id: tenant.clone(),
        account_id: link.token.account_id,
        integration: slug.clone(),
        method: way.method().map(str::to_owned),
        redirect_uri: link.token.redirect_uri.clone(),
        shown_in: ShownIn::Same,
        visit: None,
    };
    let begun = flows.begin(begins).await?;
    let flow = flows.get(id).await?.filter(|flow| flow.link_hash == link.token.hash).ok_or(Refused::Ended)?;
    if begun && let Err(failure) = store(app, &flow, new, occasion).await {
        fail(app, &flow, &failure).await?;
    }
    Ok(id)
}

/// Checks what a flow has brought, as the API checks a new account, and stores it.
pub(super) async fn settle(
    app: &Arc<App>,
    flow: &ConnectFlow,
    generation: &Arc<Generation>,
    method: Option<&str>,
    application: Option<&OAuthApplication>,
    all: &Secrets,
    occasion: Occasion,
) -> Result<(), Failure> {
    let new = checked(&flow.tenant_id, generation, method, application, all).map_err(|failures| {
        tracing::warn!(flow = %flow.id, integration = flow.integration, %failures, "what a sign-in brought is not an account");
        failed(format!("What the sign-in brought does not make an account: {failures}. Nothing was connected."))
    })?;
    store(app, flow, new, occasion).await
}

fn checked(
    tenant: &str,
    generation: &Arc<Generation>,
    method: Option<&str>,
    application: Option<&OAuthApplication>,
    all: &Secrets,
) -> Result<NewAccount, Failures> {
    let members = [
        ("integration", generation.capabilities.slug.as_str().into()),
        ("authentication_method", method.map_or(Value::Null, Value::from)),
        ("context", Value::Object(variables::context(all))),
    ];
    let members: Map<String, Value> = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    onboarding::new_account(members, Some(tenant), application, |_| Some(generation.clone()))
}

/// Stores the account, or keeps it until the application confirms it, if it must.
async fn store(app: &Arc<App>, flow: &ConnectFlow, new: NewAccount, occasion: Occasion) -> Result<(), Failure> {
    let broken = |error| broken(flow, &error);
    let id = flow.account_id.unwrap_or_else(Uuid::new_v4);
    if app.config.connect.confirm {
        let kept = app.accounts.connect_flows().keep(flow, id, &new, &FlowCode::generate()).await.map_err(broken)?;
        return if kept { Ok(()) } else { Err(ended()) };
    }
    match conclude(app, flow, id, new, occasion).await.map_err(broken)? {
        Conclusion::Connected(_) => Ok(()),
        Conclusion::Spent => Err(spent()),
        Conclusion::Gone => Err(gone()),
        Conclusion::Ended => Err(ended()),
    }
}

/// Stores the account, and asks the vendor whether it takes it. That goes on if whoever waits for it goes away.
async fn conclude(
    app: &Arc<App>,
    flow: &ConnectFlow,
    id: Uuid,
    new: NewAccount,
    occasion: Occasion,
) -> Result<Conclusion, AccountError> {
    let conclusion = app.accounts.conclude(flow, id, new).await?;
    if let Conclusion::Connected(account) = &conclusion {
        let again = flow.account_id.is_some();
        tracing::info!(flow = %flow.id, account = %account.id, integration = account.integration, again, "an account is connected");
        let (app, flow, account) = (app.clone(), flow.id, account.clone());
        let tracker = app.keyed_calls.clone();
        let validation = async move { validate(&app, flow, &account, occasion).await };
        // A panic has been logged; the account is stored all the same.
        tracker.spawn(validation.in_current_span()).await.unwrap_or(Ok(()))?;
    }
    Ok(conclusion)
}

/// Ends a flow whose account is stored, with what the vendor says of the account. What is not known now changes nothing.
async fn validate(app: &Arc<App>, flow: Uuid, account: &Account, occasion: Occasion) -> Result<(), AccountError> {
    let failure = match validation::validate(app, account, occasion).await {
        Ok(Verdict::Refused { message, .. }) => Some(not_taken(app, account, message)),
        Ok(Verdict::Valid | Verdict::Unchecked { .. } | Verdict::Unreachable { .. }) => None,
        Err(error) => {
            tracing::warn!(%flow, account = %account.id, integration = account.integration, %error, "an account could not be validated");
            None
        }
    };
    app.accounts.connect_flows().complete(flow, failure.map(|failure| json!(failure)).as_ref()).await
}

/// The vendor does not take the account, in these words.
fn not_taken(app: &App, account: &Account, words: String) -> Failure {
    let generation = app.registry.get(&account.integration);
    let label = generation.as_ref().map_or(&account.integration, |generation| &generation.capabilities.label);
    Failure {
        error_type: ErrorType::ValidationError,
        message: format!("The account is stored, but {label} refused the first request that was made with it."),
        vendor: Some(words).filter(|words| !words.is_empty()),
    }
}

/// Stores the account that waits for this code. `None` if none does, or one of another tenant than the caller's `own`.
///
/// # Errors
/// If the database fails, or the vault does not open what was kept.
pub async fn confirm(
    app: &Arc<App>,
    code: &str,
    own: Option<&str>,
    occasion: Occasion,
) -> Result<Option<Conclusion>, AccountError> {
    let flows = app.accounts.connect_flows();
    let Some(code) = FlowCode::parse(code) else { return Ok(None) };
    let flow = flows.by_confirmation(&code).await?;
    let Some(flow) = flow.filter(|flow| own.is_none_or(|own| own == flow.tenant_id)) else { return Ok(None) };
    let Some(id) = flow.connected_id else { return Ok(None) };
    let new = flows.kept(&flow)?;
    conclude(app, &flow, id, new, occasion).await.map(Some)
}

/// Ends a flow without an account.
pub(super) async fn fail(app: &App, flow: &ConnectFlow, failure: &Failure) -> Result<(), AccountError> {
    let kind = failure.error_type.as_str();
    tracing::info!(flow = %flow.id, integration = flow.integration, kind, "an account was not connected");
    app.accounts.connect_flows().fail(flow.id, &json!(failure)).await
}

fn failed(message: impl Into<String>) -> Failure {
    Failure { error_type: ErrorType::ConnectionError, message: message.into(), vendor: None }
}

/// The link token is used or expired by now, or its account deleted.
pub(super) fn spent() -> Failure {
    let error_type = ErrorType::InvalidToken;
    Failure {
        error_type,
        ..failed("The link was used by somebody, or ended, while you were connecting. Nothing was changed.")
    }
}

/// The account to connect again is no longer there.
pub(super) fn gone() -> Failure {
    let error_type = ErrorType::InvalidToken;
    Failure {
        error_type,
        ..failed("The account that you wanted to connect again was deleted meanwhile. Nothing was changed.")
    }
}

fn ended() -> Failure {
    failed("This attempt has ended meanwhile. Nothing was changed.")
}

/// The host's own fault, which is logged.
pub(super) fn broken(flow: &ConnectFlow, error: &AccountError) -> Failure {
    let text = match error {
        AccountError::Database(source) => format!("{error}: {source}"),
        error => error.to_string(),
    };
    tracing::error!(flow = %flow.id, integration = flow.integration, error = text, "an account could not be stored");
    failed("The service could not store the account. Nothing was changed.")
}
