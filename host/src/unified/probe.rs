//! The cheapest read of an account at its vendor, whatever the account's status is: the declared probe, or one page
//! with one user.

use std::sync::Arc;

use bytes::Bytes;
use mortise_model::{Category, Operation};

use super::document;
use super::error::UnifiedError;
use super::failure::Failures;
use super::list;
use super::parameters::Parameters;
use super::plan::{Asked, Task};
use super::probe_request::ProbeRequest;
use super::record::CallRecord;
use super::request::UnifiedRequest;
use super::service::Service;
use crate::account::{Account, Sealed};
use crate::plugin::Generation;
use crate::plugin::probe::Probe;

/// A request to ask the vendor whether it takes an account.
#[derive(Debug)]
pub(crate) struct Probing {
    pub(crate) account: Arc<Account>,
    /// The generation that serves it.
    pub(crate) generation: Arc<Generation>,
    /// The generation's way to ask.
    pub(crate) probe: Probe,
    /// The request id, for the records of the call.
    pub(crate) request_id: Arc<str>,
    pub(crate) record: CallRecord,
}

/// The result of a probe.
#[derive(Debug)]
pub(crate) struct Probed {
    /// The account's credentials that the vendor has seen.
    pub(crate) tried: Sealed,
    /// Whether the vendor took the account. The account already keeps a refusal of its credentials.
    pub(crate) outcome: Result<(), UnifiedError>,
}

impl Probing {
    /// Asks the vendor with the host's own request, or through the plugin as in every call.
    ///
    /// # Errors
    /// If the account's quota is used up, or the host cannot ask.
    pub(crate) async fn ask(self, service: &Arc<Service>) -> Result<Probed, UnifiedError> {
        service.quotas.account(self.account.id)?;
        match &self.probe {
            Probe::Request(target) => {
                let Self { account, generation, request_id, record, .. } = &self;
                let request_id = request_id.clone();
                Ok(ProbeRequest { service, account, generation, target, request_id, record }.send().await)
            }
            Probe::List(category) => {
                let category = *category;
                self.list(service, category).await
            }
        }
    }

    /// Makes the plugin list one user.
    async fn list(self, service: &Arc<Service>, category: Category) -> Result<Probed, UnifiedError> {
        let Self { account, generation, request_id, record, .. } = self;
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
