//! The end: the account is checked and stored, the link token spent and the flow ended, or nothing is.

use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use tracing::Instrument;
use uuid::Uuid;

use super::super::{ErrorType, Failure, Link, Way};
use super::identity::difference;
use super::refused::Refused;
use super::report::interrupted_before;
use super::start::new_flow;
use super::variables;
use crate::account::{
    Account, AccountError, Conclusion, ConnectFlow, FlowCode, FlowStatus, Keeping, NewAccount, NewFlow,
    OAuthApplication, Secrets, ShownIn,
};
use crate::onboarding;
use crate::plugin::Generation;
use crate::unified::{Failures, Service};
use crate::validation::{self, Occasion, Verdict};
use crate::work;

/// What an account is made of.
pub(super) struct Brought<'a> {
    /// The way to authenticate.
    pub(super) method: Option<&'a str>,
    /// The operator's OAuth application.
    pub(super) application: Option<&'a OAuthApplication>,
    /// The account that is connected again and keeps its variables.
    pub(super) kept: Option<&'a Account>,
    /// All variables that the account would have now.
    pub(super) all: &'a Secrets,
    /// Those of them that this attempt has brought. What an account that is connected again keeps is read when it is stored.
    pub(super) given: &'a Secrets,
}

/// What became of a confirmation.
pub enum Confirmed {
    /// It is the first one with this code.
    Now(Conclusion),
    /// The code was used before, for this account.
    Before(Box<Account>),
}

/// A form of credentials, as somebody has filled it in.
pub struct Filled<'a> {
    /// The id that the page has drawn for the attempt.
    pub id: Uuid,
    /// The key that it has drawn beside it.
    pub key: Option<FlowCode>,
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
pub async fn finish_form(service: &Arc<Service>, filled: Filled<'_>) -> Result<Uuid, Refused> {
    let Filled { id, key, link, generation, way, application, entered, occasion } = filled;
    let given =
        variables::given(link, way, application, &generation.capabilities, entered).map_err(Refused::Invalid)?;
    let all = variables::merged(&service.accounts, &generation.capabilities, link.kept(), &given)?;
    if let Some(account) = &link.account
        && let Some(other) = difference(generation, account, &variables::open(&generation.capabilities, &all))
    {
        return Err(Refused::Invalid(other.in_form()));
    }
    let tenant = &link.token.tenant_id;
    let bytes = all.values().map(|value| value.expose_secret().len()).sum();
    let changed = variables::changed(&service.accounts, link.kept(), &given)?;
    let brought = Brought { method: way.method(), application, kept: link.kept(), all: &all, given: &changed };
    let check = || checked(tenant, generation, &brought);
    let new = work::on(bytes, check).await.map_err(Refused::Invalid)?;

    let flows = service.accounts.connect_flows();
    let begins = NewFlow {
        method: way.method().map(str::to_owned),
        ..new_flow(link, id, key, &generation.capabilities.slug, ShownIn::Same)
    };
    let Some(flow) = flows.begin(begins, interrupted_before(service)).await? else {
        // Sent twice: the page of the other one tells how it ended.
        return flows.get(id).await?.filter(|flow| flow.link_hash == link.token.hash).map(|_| id).ok_or(Refused::Ended);
    };
    if let Err(failure) = store(service, &flow, new, occasion).await {
        fail(service, &flow, &failure).await?;
    }
    Ok(id)
}

/// Checks what a flow has brought, as the API checks a new account, and stores it; the account's id.
pub(super) async fn settle(
    service: &Arc<Service>,
    flow: &ConnectFlow,
    generation: &Arc<Generation>,
    brought: Brought<'_>,
    occasion: Occasion,
) -> Result<Uuid, Failure> {
    let new = checked(&flow.tenant_id, generation, &brought).map_err(|failures| {
        tracing::warn!(flow = %flow.id, integration = flow.integration, %failures, "what a sign-in brought is not an account");
        failed(format!("What the sign-in brought does not make an account: {failures}. Nothing was connected."))
    })?;
    store(service, flow, new, occasion).await
}

/// Checks the account as a whole; what is to be stored of it.
fn checked(tenant: &str, generation: &Arc<Generation>, brought: &Brought<'_>) -> Result<NewAccount, Failures> {
    let Brought { method, application, kept, all, given } = *brought;
    let members = [
        ("integration", generation.capabilities.slug.as_str().into()),
        ("authentication_method", method.map_or(Value::Null, Value::from)),
        ("context", Value::Object(variables::context(all))),
    ];
    let members: Map<String, Value> = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut new = onboarding::new_account(members, Some(tenant), application, kept, |_| Some(generation.clone()))?;
    new.context.retain(|name, _| given.contains_key(name));
    new.secrets.retain(|name, _| given.contains_key(name));
    Ok(new)
}

/// Stores the account, or keeps it until the application confirms it, if it must; its id.
async fn store(
    service: &Arc<Service>,
    flow: &ConnectFlow,
    new: NewAccount,
    occasion: Occasion,
) -> Result<Uuid, Failure> {
    let broken = |error| broken(flow, &error);
    let id = flow.account_id.unwrap_or_else(Uuid::new_v4);
    if service.config.connect.confirm {
        return match service
            .accounts
            .connect_flows()
            .keep(flow, id, &new, &FlowCode::generate())
            .await
            .map_err(broken)?
        {
            Keeping::Kept => Ok(id),
            Keeping::Spent => Err(spent()),
            Keeping::Full => Err(full()),
            Keeping::Ended => Err(ended()),
        };
    }
    match conclude(service, flow, id, &new, occasion).await.map_err(broken)? {
        Conclusion::Connected(_) => Ok(id),
        Conclusion::Spent => Err(spent()),
        Conclusion::Gone => Err(gone()),
        Conclusion::OtherClient => Err(other_client()),
        Conclusion::Ended => Err(ended()),
    }
}

/// Stores the account, and asks the vendor whether it takes it. That goes on if whoever waits for it goes away.
async fn conclude(
    service: &Arc<Service>,
    flow: &ConnectFlow,
    id: Uuid,
    new: &NewAccount,
    occasion: Occasion,
) -> Result<Conclusion, AccountError> {
    let conclusion = service.accounts.conclude(flow, id, new).await?;
    if let Conclusion::Connected(account) = &conclusion {
        let again = flow.account_id.is_some();
        tracing::info!(flow = %flow.id, account = %account.id, integration = account.integration, again, "an account is connected");
        let (service, mut flow, account) = (service.clone(), flow.clone(), account.clone());
        flow.connected_id = Some(account.id);
        let tracker = service.keyed_calls.clone();
        let validation = async move { validate(&service, &flow, &account, occasion).await };
        // A panic has been logged; the account is stored all the same.
        tracker.spawn(validation.in_current_span()).await.unwrap_or(Ok(()))?;
    }
    Ok(conclusion)
}

/// Ends a flow whose account is stored, with what the vendor says of the account. What is not known now changes nothing.
async fn validate(
    service: &Arc<Service>,
    flow: &ConnectFlow,
    account: &Account,
    occasion: Occasion,
) -> Result<(), AccountError> {
    let failure = match validation::validate(service, account, occasion).await {
        Ok(Verdict::Refused { message, .. }) => Some(not_taken(service, account, &message)),
        Ok(Verdict::Valid | Verdict::Unchecked { .. } | Verdict::Unreachable { .. }) => None,
        Err(error) => {
            tracing::warn!(flow = %flow.id, account = %account.id, integration = account.integration, %error, "an account could not be validated");
            None
        }
    };
    service.accounts.connect_flows().complete(flow, failure.map(|failure| json!(failure)).as_ref()).await
}

/// Validates the accounts of flows that a host which was killed has left after it had stored them, and ends the flows.
///
/// # Errors
/// If the database fails.
pub async fn resume(service: &Arc<Service>) -> Result<(), AccountError> {
    let flows = service.accounts.connect_flows();
    while let Some(flow) = flows.resume(interrupted_before(service)).await? {
        let account = match flow.connected_id {
            Some(id) => service.accounts.get(id, None).await?,
            None => None,
        };
        let request_id = Uuid::now_v7().to_string().into();
        let occasion = Occasion { request_id, method: "POST", path: "/connect-account".to_owned() };
        match account {
            Some(account) => validate(service, &flow, &account, occasion).await?,
            None => flows.complete(&flow, None).await?,
        }
    }
    Ok(())
}

/// The vendor does not take the account, in these words.
fn not_taken(service: &Service, account: &Account, words: &str) -> Failure {
    let generation = service.registry.get(&account.integration);
    let label = generation.as_ref().map_or(&account.integration, |generation| &generation.capabilities.label);
    let message = format!("The account is stored, but {label} refused the first request that was made with it.");
    Failure::new(ErrorType::ValidationError, message).said(words)
}

/// Stores the account that waits for this code. `None` if none does or did, or one of another tenant than the caller says.
///
/// # Errors
/// If the database fails, or the vault does not open what was kept.
pub async fn confirm(
    service: &Arc<Service>,
    code: &str,
    tenant_id: &str,
    occasion: Occasion,
) -> Result<Option<Confirmed>, AccountError> {
    let flows = service.accounts.connect_flows();
    let Some(code) = FlowCode::parse(code) else { return Ok(None) };
    let flow = flows.by_confirmation(&code).await?.filter(|flow| flow.tenant_id == tenant_id);
    let Some(flow) = flow else { return Ok(None) };
    let Some(id) = flow.connected_id else { return Ok(None) };
    let conclusion = match flow.status {
        FlowStatus::Unconfirmed => conclude_kept(service, &flow, id, occasion).await?,
        _ => Conclusion::Ended,
    };
    // Whoever did not hear the answer asks once more, perhaps while the first confirmation is on its way.
    if matches!(conclusion, Conclusion::Ended | Conclusion::Spent)
        && flows.by_confirmation(&code).await?.is_some_and(|flow| flow.status != FlowStatus::Unconfirmed)
        && let Some(account) = service.accounts.get(id, Some(&flow.tenant_id)).await?
    {
        return Ok(Some(Confirmed::Before(Box::new(account))));
    }
    Ok(Some(Confirmed::Now(conclusion)))
}

/// Stores what a flow has kept until the application confirmed it.
async fn conclude_kept(
    service: &Arc<Service>,
    flow: &ConnectFlow,
    id: Uuid,
    occasion: Occasion,
) -> Result<Conclusion, AccountError> {
    let new = service.accounts.connect_flows().kept(flow)?;
    match is_of_another(service, flow, &new).await? {
        true => Ok(Conclusion::Gone),
        false => conclude(service, flow, id, &new, occasion).await,
    }
}

/// Whether the account to connect again has become another one at the vendor since it was signed in to.
async fn is_of_another(service: &Service, flow: &ConnectFlow, new: &NewAccount) -> Result<bool, AccountError> {
    let Some(id) = flow.account_id else { return Ok(false) };
    let account = service.accounts.get(id, Some(&flow.tenant_id)).await?;
    let (Some(account), Some(generation)) = (account, service.registry.get(&flow.integration)) else {
        return Ok(false);
    };
    let open = generation.capabilities.open_values(&new.context);
    Ok(difference(&generation, &account, &open).is_some())
}

/// Ends a flow without an account.
pub(super) async fn fail(service: &Service, flow: &ConnectFlow, failure: &Failure) -> Result<(), AccountError> {
    let kind = failure.error_type.as_str();
    tracing::info!(flow = %flow.id, integration = flow.integration, kind, "an account was not connected");
    service.accounts.connect_flows().fail(flow, &json!(failure)).await
}

/// A failure to connect.
pub(super) fn failed(message: impl Into<String>) -> Failure {
    Failure::new(ErrorType::ConnectionError, message)
}

/// The link token is used or expired by now, or its account deleted.
pub(super) fn spent() -> Failure {
    let message = "The link was used by somebody, or ended, while you were connecting. Nothing was changed.";
    Failure::new(ErrorType::InvalidToken, message)
}

/// The account to connect again is no longer there.
pub(super) fn gone() -> Failure {
    let message = "The account that you wanted to connect again was deleted meanwhile. Nothing was changed.";
    Failure::new(ErrorType::InvalidToken, message)
}

/// The client is not the one that the vendor issued the tokens to any more.
fn other_client() -> Failure {
    failed(
        "The settings of this integration, or of the account, were changed while you were connecting. Nothing was connected.",
    )
}

/// Enough accounts of the link wait for the application.
fn full() -> Failure {
    failed(
        "This link has been used 20 times within 15 minutes, and none of these accounts is confirmed yet. Nothing was changed.",
    )
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
