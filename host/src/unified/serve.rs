//! One unified call from the caller's request to what the plugin is asked to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use mortise_model::{Category, Operation};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::body::{self, Body, BodyError};
use super::error::UnifiedError;
use super::failure::{Failure, Failures, Place};
use super::idempotency::{self, Key, Keyed, Render};
use super::list::{self, Keys, List};
use super::parameters::Parameters;
use super::record::CallRecord;
use super::respond::UnifiedAnswer;
use super::service::Service;
use super::{addresses, blank, schema, validate};
use crate::account::{Account, Caller, Status};
use crate::call::Input;
use crate::egress::RemoteInput;
use crate::plugin::{Capabilities, Generation};
use crate::work;

/// A caller's request, read from the wire and not yet understood.
#[derive(Debug)]
pub struct UnifiedRequest {
    /// The route's category.
    pub category: Category,
    /// What the route and its method stand for.
    pub operation: Operation,
    /// The user that it is about, percent-decoded; there where the operation has one.
    pub id: Option<String>,
    /// The raw query string, without `?`.
    pub query: String,
    /// The value of `content-type`.
    pub content_type: Option<String>,
    /// The whole body.
    pub body: Bytes,
    /// For the records of this call.
    pub request_id: Arc<str>,
    /// The caller's `Idempotency-Key`.
    pub key: Option<Key>,
    /// What becomes known of it.
    pub record: CallRecord,
}

/// Serves one unified call. `render` writes an error as the caller gets it, for answers that are kept.
///
/// All violations of the request are found before anything is sent. Dropping the future cancels the call, save for a write with
/// a key, which runs to its end, and a stream that has begun: that one ends with its vendor, its deadline or its reader. Reads take no
/// notice of a key.
///
/// # Errors
///
/// See [`UnifiedError`].
pub async fn serve(
    service: &Arc<Service>,
    caller: &Caller,
    mut request: UnifiedRequest,
    render: Render,
) -> Result<UnifiedAnswer, UnifiedError> {
    let mut failures = Failures::default();
    let mut parameters = Parameters::parse(&request.query, &mut failures);
    if request.operation == Operation::GetUser {
        // Whether there is a user is known at the end, when a stream has long begun.
        parameters.buffer();
    }
    let body = work::on(request.body.len(), || read_body(&request, &mut failures)).await?;
    let Some(id) = parameters.account else { return Err(UnifiedError::Invalid(failures)) };
    let account = account(service, caller, id, &request.record).await?;
    match request.key.take().filter(|_| request.operation.writes() && !parameters.dry_run) {
        Some(key) => {
            parameters.buffer();
            let claim = keyed(&request, account.id).claim(&key, &service.config.limits).await;
            let record = request.record.clone();
            let asked = Asked { request, parameters, body, failures, account };
            idempotency::serve(service, claim, record, asked.plan(service), render).await
        }
        None => Asked { request, parameters, body, failures, account }.plan(service).await?.run(service, None).await,
    }
}

/// The account that a call is for, where the caller may use it and its quota is not used up.
pub(crate) async fn account(
    service: &Service,
    caller: &Caller,
    id: Uuid,
    record: &CallRecord,
) -> Result<Arc<Account>, UnifiedError> {
    if !caller.may_call(id) {
        return Err(UnifiedError::UnknownAccount);
    }
    let account = service.accounts.recent(id, caller.tenant_id.as_deref()).await.map_err(anyhow::Error::from)?;
    let account = account.ok_or(UnifiedError::UnknownAccount)?;
    record.note(|known| known.account = Some(account.clone()));
    service.quotas.account(account.id)?;
    Ok(account)
}

/// Refuses a call for an account that keeps a refusal of its vendor.
pub(crate) fn serves_calls(account: &Account) -> Result<(), UnifiedError> {
    match account.status {
        Status::Active => Ok(()),
        Status::NeedsReauth => Err(UnifiedError::NeedsReauth(account.last_error.clone())),
        Status::ValidationError => Err(UnifiedError::ValidationError(account.last_error.clone())),
    }
}

fn keyed(request: &UnifiedRequest, account: Uuid) -> Keyed<'_> {
    let UnifiedRequest { category, operation, id, query, body, .. } = request;
    let path = [category.as_str(), id.as_deref().unwrap_or_default()];
    Keyed { account, method: operation.method(), path, query, body }
}

/// A request that was read, for an account that its caller may use.
pub(super) struct Asked {
    pub(super) request: UnifiedRequest,
    pub(super) parameters: Parameters,
    pub(super) body: Option<Body>,
    pub(super) failures: Failures,
    pub(super) account: Arc<Account>,
}

/// A request without a fault, for an account and an integration that can serve it.
pub(super) struct Ready {
    pub(super) request: UnifiedRequest,
    pub(super) parameters: Parameters,
    pub(super) account: Arc<Account>,
    pub(super) generation: Arc<Generation>,
    pub(super) planned: Planned,
}

impl Asked {
    /// Finds everything that speaks against the call.
    async fn plan(self, service: &Service) -> Result<Ready, UnifiedError> {
        let Self { request, parameters, body, failures, account } = self;
        let (generation, stale) = service.registry.serving(&account.integration);
        request.record.note(|known| {
            known.generation.clone_from(&generation);
            known.stale = stale;
        });
        if account.is_sandbox && request.operation.writes() && !parameters.dry_run {
            return Err(UnifiedError::Sandbox);
        }
        serves_calls(&account)?;
        let generation = generation.ok_or_else(|| UnifiedError::NotLoaded(account.integration.clone()))?;
        Self { request, parameters, body, failures, account }.for_generation(service, generation).await
    }

    /// Finds everything that speaks against the call in what this generation declares.
    pub(super) async fn for_generation(
        self,
        service: &Service,
        generation: Arc<Generation>,
    ) -> Result<Ready, UnifiedError> {
        let Self { request, parameters, body, failures, account } = self;
        let keys = Keys { accounts: &service.accounts, account: account.id };
        let planned = || plan(&request, &parameters, body, &generation.capabilities, &keys, failures);
        let planned = work::on(request.body.len(), planned).await?;
        Ok(Ready { request, parameters, account, generation, planned })
    }
}

/// A body that cannot be read is a failure among others, so that the caller learns of all at once. What comes with an operation that
/// has no body is not looked at.
pub(super) fn read_body(request: &UnifiedRequest, failures: &mut Failures) -> Result<Option<Body>, UnifiedError> {
    if !request.operation.has_body() {
        return Ok(Some(Body { document: Map::new(), remote_data: None }));
    }
    match body::read(request.content_type.as_deref(), &request.body) {
        Err(BodyError::MediaType) => Err(UnifiedError::MediaType),
        Err(BodyError::Invalid(found)) => {
            failures.append(found);
            Ok(None)
        }
        Ok(mut body) => {
            let document = Value::Object(std::mem::take(&mut body.document));
            schema::check(request.category, &document, failures).map_err(anyhow::Error::from)?;
            if let Value::Object(document) = document {
                body.document = document;
            }
            blank::refuse(&body.document, failures);
            addresses::unite(&mut body.document, failures);
            Ok(Some(body))
        }
    }
}

/// What goes into the plugin, once nothing is left to object to.
pub(super) struct Planned {
    pub(super) task: Task,
    pub(super) query: BTreeMap<String, String>,
    pub(super) remote: RemoteInput,
    /// The fields of the body that are left out.
    pub(super) ignored: Vec<String>,
}

/// What is to be done.
pub(super) enum Task {
    /// One thing with one user.
    One(Input),
    /// A page of users to be read.
    List(Box<List>),
}

fn plan(
    request: &UnifiedRequest,
    parameters: &Parameters,
    body: Option<Body>,
    capabilities: &Capabilities,
    keys: &Keys<'_>,
    mut failures: Failures,
) -> Result<Planned, UnifiedError> {
    let (category, operation) = (request.category, request.operation);
    let not_offered = || UnifiedError::NotOffered { slug: capabilities.slug.clone(), operation, category };
    let support = capabilities.operation(category, operation).ok_or_else(not_offered)?;
    let query = parameters.declared(&support.query, &mut failures);
    if matches!(operation, Operation::GetUser | Operation::DeleteUser) {
        parameters.refuse_undeclared(&capabilities.slug, &support.query, &mut failures);
    }
    let list = match &support.listing {
        None => None,
        Some(listing) => {
            let asked = list::Asking { category, parameters, declared: &query, capabilities, support, listing };
            Some(list::read(&asked, keys, &mut failures)?)
        }
    };
    let Some(mut body) = body else { return Err(UnifiedError::Invalid(failures)) };
    validate::check(&body.document, support, &mut failures);
    let ignored = validate::take_ignored(&mut body.document, support, parameters.strict, &mut failures);
    if !failures.is_empty() {
        return Err(UnifiedError::Invalid(failures));
    }
    let remote = RemoteInput { query: parameters.remote_query().to_vec(), data: body.remote_data };
    let task = match list {
        Some(list) => Task::List(Box::new(list)),
        None => Task::One(input(category, operation, request.id.clone().unwrap_or_default(), body.document)?),
    };
    Ok(Planned { task, query, remote, ignored })
}

/// What the plugin is asked to do with one user.
fn input(
    category: Category,
    operation: Operation,
    id: String,
    document: Map<String, Value>,
) -> Result<Input, UnifiedError> {
    let user = || {
        let user = category.to_canonical(document).map_err(|error| {
            let rule = format_args!("must be {}", error.expected).to_string();
            UnifiedError::Invalid(Failure::new(Place::Body, error.path, rule).into())
        })?;
        serde_json::to_string(&user).map_err(|error| UnifiedError::Internal(error.into()))
    };
    Ok(match operation {
        Operation::CreateUser => Input::Create { user: user()? },
        Operation::UpdateUser => Input::Update { id, user: user()? },
        Operation::GetUser => Input::Get { id },
        Operation::DeleteUser => Input::Delete { id },
        Operation::ListUsers => return Err(anyhow::anyhow!("a list without a listing").into()),
    })
}
