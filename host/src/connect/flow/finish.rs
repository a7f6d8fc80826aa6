//! The end of a flow: the host checks and stores the account, marks the link token as used and ends the flow, or does
//! none of these.

use std::sync::Arc;

use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use tracing::Instrument;
use uuid::Uuid;

use super::super::parameters::Form;
use super::super::{ErrorType, Failure, Link, Way};
use super::identity::{difference, identity};
use super::refused::Refused;
use super::report::interrupted_before;
use super::start::new_flow;
use super::variables;
use crate::account::{
    Account, AccountError, Conclusion, ConnectFlow, FlowCode, FlowStatus, Identity, Keeping, NewAccount, NewFlow,
    OAuthApplication, Secrets, ShownIn, Status, ToldActive,
};
use crate::onboarding;
use crate::plugin::Generation;
use crate::unified::{Failures, Service};
use crate::validation::{self, Occasion, Verdict};
use crate::work;

/// The parts of an account.
pub(super) struct Brought<'a> {
    /// The way to authenticate.
    pub(super) method: Option<&'a str>,
    /// The operator's OAuth application, if the account uses it.
    pub(super) application: Option<&'a OAuthApplication>,
    /// The account that is connected again and keeps its variables.
    pub(super) kept: Option<&'a Account>,
    /// All variables that the account would have now.
    pub(super) all: &'a Secrets,
    /// The variables that this attempt has brought. If an account is connected again, the host reads the ones that it
    /// keeps when it stores the account.
    pub(super) given: &'a Secrets,
    /// Which account at the vendor it is.
    pub(super) identity: &'a Identity,
}

/// Outcome of a confirmation.
pub enum Confirmed {
    /// The account is stored now: this is the first confirmation with the code.
    Now(Conclusion),
    /// An earlier confirmation with the code has stored this account.
    Before(Box<Account>),
}

/// A form of credentials that a person has filled in.
pub struct Filled<'a> {
    /// The id of the attempt, which the page has drawn.
    pub id: Uuid,
    /// The key of the attempt, which the page has drawn.
    pub key: Option<FlowCode>,
    /// The link token with the account to connect.
    pub link: &'a Link,
    /// The integration.
    pub generation: &'a Arc<Generation>,
    /// The way to authenticate.
    pub way: Way<'a>,
    /// The operator's OAuth application for an account of this integration and tenant.
    pub application: Option<&'a OAuthApplication>,
    /// The variables that the person has entered.
    pub entered: &'a Secrets,
    /// The request, for the record of the validation.
    pub occasion: Occasion,
}

/// Ends an attempt without a sign-in at a vendor. Returns the id of its flow, whose page shows the outcome. A form that
/// is sent twice ends the same flow.
///
/// # Errors
/// [`Refused::Invalid`] if the person must correct the form; no flow has begun then.
pub async fn finish_form(service: &Arc<Service>, filled: Filled<'_>) -> Result<Uuid, Refused> {
    let Filled { id, key, link, generation, way, application, entered, occasion } = filled;
    let given =
        variables::given(link, way, application, &generation.capabilities, entered).map_err(Refused::Invalid)?;
    let all = variables::merged(&service.accounts, &generation.capabilities, link.kept(), &given)?;
    let identity = identity(generation, &variables::open(&generation.capabilities, &all));
    if let Some(account) = &link.account
        && let Some(other) = difference(generation, account, &identity)
    {
        return Err(Refused::Invalid(other.in_form()));
    }
    let tenant = &link.token.tenant_id;
    let bytes = all.values().map(|value| value.expose_secret().len()).sum();
    let changed = variables::changed(&service.accounts, link.kept(), &given)?;
    let brought = Brought {
        method: way.method(),
        application,
        kept: link.kept(),
        all: &all,
        given: &changed,
        identity: &identity,
    };
    let check = || checked(tenant, generation, &brought);
    let new = work::on(bytes, check).await.map_err(Refused::Invalid)?;

    let flows = service.accounts.connect_flows();
    let begins = NewFlow {
        method: way.method().map(str::to_owned),
        ..new_flow(link, id, key, &generation.capabilities.slug, ShownIn::Same)
    };
    let Some(flow) = flows.begin(begins, interrupted_before(service)).await? else {
        // The form was sent twice: the flow's page shows the outcome of the other one.
        return flows.get(id).await?.filter(|flow| flow.link_hash == link.token.hash).map(|_| id).ok_or(Refused::Ended);
    };
    if let Err(failure) = store(service, &flow, new, &identity, occasion).await {
        fail(service, &flow, &failure).await?;
    }
    Ok(id)
}

/// The flow of a form that was sent before with the same link token, and has stored its account by now.
///
/// # Errors
/// If the database fails.
pub async fn sent_before(service: &Service, form: &Form) -> Result<Option<Uuid>, AccountError> {
    let (Some(id), Some(key)) = (form.flow, &form.key) else { return Ok(None) };
    let flow = service.accounts.connect_flows().get(id).await?;
    let is_stored = |flow: &ConnectFlow| matches!(flow.status, FlowStatus::Stored | FlowStatus::Connected);
    let is_same = |flow: &ConnectFlow| flow.is_of_page(key) && flow.is_of_link(&form.opening.link_token);
    Ok(flow.filter(|flow| is_stored(flow) && is_same(flow)).map(|flow| flow.id))
}

/// Checks a flow's account as the API checks a new account, and stores it; returns its id.
pub(super) async fn settle(
    service: &Arc<Service>,
    flow: &ConnectFlow,
    generation: &Arc<Generation>,
    brought: Brought<'_>,
    occasion: Occasion,
) -> Result<Uuid, Failure> {
    let new = checked(&flow.tenant_id, generation, &brought).map_err(|failures| {
        tracing::warn!(flow = %flow.id, integration = flow.integration, %failures, "the variables of a sign-in make no valid account");
        failed(format!("The sign-in did not bring a valid account: {failures}. Nothing was connected."))
    })?;
    store(service, flow, new, brought.identity, occasion).await
}

/// Checks the whole account; returns the part of it to store.
fn checked(tenant: &str, generation: &Arc<Generation>, brought: &Brought<'_>) -> Result<NewAccount, Failures> {
    let Brought { method, application, kept, all, given, .. } = *brought;
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

/// Stores the account, or keeps it until the application confirms it, if the settings ask for that; returns its id.
async fn store(
    service: &Arc<Service>,
    flow: &ConnectFlow,
    new: NewAccount,
    identity: &Identity,
    occasion: Occasion,
) -> Result<Uuid, Failure> {
    let broken = |error| broken(flow, &error);
    let id = flow.account_id.unwrap_or_else(Uuid::new_v4);
    if service.config.connect.confirm {
        return match service
            .accounts
            .connect_flows()
            .keep(flow, id, &new, identity, &FlowCode::generate())
            .await
            .map_err(broken)?
        {
            Keeping::Kept => Ok(id),
            Keeping::Spent => Err(spent()),
            Keeping::Full => Err(failed(Refused::Full.to_string())),
            Keeping::Ended => Err(ended()),
        };
    }
    match conclude(service, flow, id, &new, identity, occasion).await.map_err(broken)? {
        Conclusion::Connected(_) => Ok(id),
        Conclusion::Spent => Err(spent()),
        Conclusion::Gone => Err(gone()),
        Conclusion::OtherClient => Err(other_client()),
        Conclusion::Ended => Err(ended()),
    }
}

/// Stores the account, and asks the vendor whether it takes the account. The validation continues if the browser goes
/// away.
async fn conclude(
    service: &Arc<Service>,
    flow: &ConnectFlow,
    id: Uuid,
    new: &NewAccount,
    identity: &Identity,
    occasion: Occasion,
) -> Result<Conclusion, AccountError> {
    let generation = service.registry.get(&flow.integration);
    // Somebody may have changed the account to connect again since the person has connected.
    let still_same = |account: &Account| {
        generation.as_ref().is_none_or(|generation| difference(generation, account, identity).is_none())
    };
    let conclusion = service.accounts.conclude(flow, id, new, &still_same).await?;
    if let Conclusion::Connected(account) = &conclusion {
        let again = flow.account_id.is_some();
        tracing::info!(flow = %flow.id, account = %account.id, integration = account.integration, again, "an account is connected");
        let (service, mut flow, account) = (service.clone(), flow.clone(), account.clone());
        flow.connected_id = Some(account.id);
        let tracker = service.keyed_calls.clone();
        let validation = async move { validate(&service, &flow, &account, occasion).await };
        // The panic has been logged; the account is stored all the same.
        tracker.spawn(validation.in_current_span()).await.unwrap_or(Ok(()))?;
    }
    Ok(conclusion)
}

/// Ends a flow whose account is stored, with the vendor's verdict on the account. If the verdict is not known, the
/// account stays connected.
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
    let told = if account.status == Status::Active { ToldActive::Now } else { ToldActive::Before };
    service.accounts.connect_flows().complete(flow, failure.map(|failure| json!(failure)).as_ref(), told).await
}

/// Validates the accounts of flows that a killed host abandoned after it had stored them, and ends these flows.
///
/// # Errors
/// If the database fails.
pub async fn resume(service: &Arc<Service>) -> Result<(), AccountError> {
    let flows = service.accounts.connect_flows();
    while let Some(flow) = flows.resume(interrupted_before(service)).await? {
        // One account that cannot be read keeps no other one from its validation.
        if let Err(error) = resume_one(service, &flow).await {
            let error = format!("{:#}", anyhow::Error::from(error));
            tracing::error!(flow = %flow.id, integration = flow.integration, error, "an interrupted flow could not be ended");
        }
    }
    Ok(())
}

/// Validates the account of one of these flows, if it is still there, and ends the flow.
async fn resume_one(service: &Arc<Service>, flow: &ConnectFlow) -> Result<(), AccountError> {
    let account = match flow.connected_id {
        Some(id) => service.accounts.get(id, None).await?,
        None => None,
    };
    let request_id = Uuid::now_v7().to_string().into();
    let occasion = Occasion { request_id, method: "POST", path: "/connect-account".to_owned() };
    match account {
        Some(account) => validate(service, flow, &account, occasion).await,
        None => service.accounts.connect_flows().complete(flow, None, ToldActive::Now).await,
    }
}

/// The failure of an account that the vendor does not take, with the vendor's message.
fn not_taken(service: &Service, account: &Account, words: &str) -> Failure {
    let generation = service.registry.get(&account.integration);
    let label = generation.as_ref().map_or(&account.integration, |generation| &generation.capabilities.label);
    let message = format!("The account is stored, but {label} refused the first request that was made with it.");
    Failure::new(ErrorType::ValidationError, message).said(words)
}

/// Stores the account that waits for this code. `None` if no account waits or has waited for it, or if the account
/// belongs to another tenant than the caller expects.
///
/// # Errors
/// If the database fails, or the vault does not open the kept account.
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
    // A caller that did not get the answer asks again, perhaps while the first confirmation is running.
    if matches!(conclusion, Conclusion::Ended | Conclusion::Spent)
        && flows.by_confirmation(&code).await?.is_some_and(|flow| flow.status != FlowStatus::Unconfirmed)
        && let Some(account) = service.accounts.get(id, Some(&flow.tenant_id)).await?
    {
        return Ok(Some(Confirmed::Before(Box::new(account))));
    }
    Ok(Some(Confirmed::Now(conclusion)))
}

/// Stores the account that a flow has kept until its confirmation.
async fn conclude_kept(
    service: &Arc<Service>,
    flow: &ConnectFlow,
    id: Uuid,
    occasion: Occasion,
) -> Result<Conclusion, AccountError> {
    let (new, identity) = service.accounts.connect_flows().kept(flow)?;
    conclude(service, flow, id, &new, &identity, occasion).await
}

/// Ends a flow without an account.
pub(super) async fn fail(service: &Service, flow: &ConnectFlow, failure: &Failure) -> Result<(), AccountError> {
    let kind = failure.error_type.as_str();
    tracing::info!(flow = %flow.id, integration = flow.integration, kind, "an account was not connected");
    service.accounts.connect_flows().fail(flow, &json!(failure)).await
}

/// The failure of an attempt, for the flow.
pub(super) fn failed(message: impl Into<String>) -> Failure {
    Failure::new(ErrorType::ConnectionError, message)
}

/// The failure if the link token is used or expired by now, or its account deleted.
pub(super) fn spent() -> Failure {
    let message = "The link was used by somebody, or ended, while you were connecting. Nothing was changed.";
    Failure::new(ErrorType::InvalidToken, message)
}

/// The failure if the account to connect again is deleted.
pub(super) fn gone() -> Failure {
    let message = "The account that you wanted to connect again was deleted meanwhile, or is another account at the vendor now. \
                   Nothing was changed.";
    Failure::new(ErrorType::InvalidToken, message)
}

/// The failure if the client is no longer the one to which the vendor issued the tokens.
fn other_client() -> Failure {
    failed(
        "The settings of this integration, or of the account, were changed while you were connecting. Nothing was connected.",
    )
}

fn ended() -> Failure {
    failed("This attempt has ended meanwhile. Nothing was changed.")
}

/// The failure if the host is at fault. The log has the error.
pub(super) fn broken(flow: &ConnectFlow, error: &AccountError) -> Failure {
    let text = match error {
        AccountError::Database(source) => format!("{error}: {source}"),
        error => error.to_string(),
    };
    tracing::error!(flow = %flow.id, integration = flow.integration, error = text, "an account could not be stored");
    failed("The service could not store the account. Nothing was changed.")
}
