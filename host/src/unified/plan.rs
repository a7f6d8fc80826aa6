//! Plans a call: finds every violation before the host sends anything.

use std::collections::BTreeMap;
use std::sync::Arc;

use mortise_model::{Category, Operation};
use serde_json::{Map, Value};

use super::account::serves_calls;
use super::body::Body;
use super::error::UnifiedError;
use super::failure::{Failure, Failures, Place};
use super::list::{self, Keys, List};
use super::parameters::Parameters;
use super::request::UnifiedRequest;
use super::service::Service;
use super::validate;
use crate::account::Account;
use crate::call::Input;
use crate::egress::RemoteInput;
use crate::plugin::{Capabilities, Generation};
use crate::work;

/// A parsed request for an account that its caller may use.
pub(super) struct Asked {
    pub(super) request: UnifiedRequest,
    pub(super) parameters: Parameters,
    pub(super) body: Option<Body>,
    pub(super) failures: Failures,
    pub(super) account: Arc<Account>,
}

/// A request without a violation, for an account and an integration that can serve it.
pub(super) struct Ready {
    pub(super) request: UnifiedRequest,
    pub(super) parameters: Parameters,
    pub(super) account: Arc<Account>,
    pub(super) generation: Arc<Generation>,
    pub(super) planned: Planned,
}

impl Asked {
    /// Finds every violation of the call.
    pub(super) async fn plan(self, service: &Service) -> Result<Ready, UnifiedError> {
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

    /// Finds every violation of the call against this generation's declaration.
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

/// The input of the plugin, after all checks.
pub(super) struct Planned {
    pub(super) task: Task,
    pub(super) query: BTreeMap<String, String>,
    pub(super) remote: RemoteInput,
    /// The fields of the body that the host leaves out.
    pub(super) ignored: Vec<String>,
}

/// The work of a call.
pub(super) enum Task {
    /// An operation on one user.
    One(Input),
    /// A page of users.
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

/// The plugin's input for an operation on one user.
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
