//! The cheapest read of an account at its vendor, whatever the account's status: one page of one user.

use std::sync::Arc;

use bytes::Bytes;
use mortise_model::{Category, Operation};

use super::document;
use super::error::UnifiedError;
use super::failure::Failures;
use super::list;
use super::parameters::Parameters;
use super::plan::{Asked, Task};
use super::record::CallRecord;
use super::request::UnifiedRequest;
use super::service::Service;
use crate::account::{Account, Sealed};
use crate::plugin::capabilities::Level;
use crate::plugin::{Capabilities, Generation};

/// What is asked of a vendor to learn whether it takes an account.
#[derive(Debug)]
pub(crate) struct Probe {
    pub(crate) account: Arc<Account>,
    /// The generation that serves it.
    pub(crate) generation: Arc<Generation>,
    /// One in which the generation lists users, see [`probed`].
    pub(crate) category: Category,
    /// For the records of the call.
    pub(crate) request_id: Arc<str>,
    pub(crate) record: CallRecord,
}

/// How a probe ended.
#[derive(Debug)]
pub(crate) struct Probed {
    /// The account's credentials that the vendor has seen.
    pub(crate) tried: Sealed,
    /// Whether there was a page. A refusal of the credentials is kept with the account already.
    pub(crate) outcome: Result<(), UnifiedError>,
}

/// The first category in which an integration lists users without a parameter that only a caller can know.
pub(crate) fn probed(capabilities: &Capabilities) -> Option<Category> {
    let lists = |category: &Category| {
        let list = capabilities.operation(*category, Operation::ListUsers);
        list.is_some_and(|list| list.query.iter().all(|field| field.level != Level::Required))
    };
    Category::ALL.iter().copied().find(lists)
}

impl Probe {
    /// Asks the vendor, by way of the plugin as every call does.
    ///
    /// # Errors
    /// If the account's quota is used up, or the host cannot ask.
    pub(crate) async fn ask(self, service: &Arc<Service>) -> Result<Probed, UnifiedError> {
        let Self { account, generation, category, request_id, record } = self;
        service.quotas.account(account.id)?;
        let request = UnifiedRequest {
            category,
            operation: Operation::ListUsers,
            id: None,
            query: format!("integrated_account_id={}&limit=1", account.id),
            content_type: None,
            body: Bytes::new(),
            request_id,
            key: None,
            record,
        };
        let mut failures = Failures::default();
        let parameters = Parameters::parse(&request.query, &mut failures);
        let body = document::read(&request, &mut failures)?;
        let asked = Asked { request, parameters, body, failures, account };
        let (run, task) = asked.for_generation(service, generation).await?.begin(service, true);
        let Task::List(list) = task else { return Err(anyhow::anyhow!("a probe that is no list").into()) };
        let outcome = list::probe(&run, &list).await;
        Ok(Probed { tried: run.tried(), outcome })
    }
}
