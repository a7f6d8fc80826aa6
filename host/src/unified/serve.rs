//! Serves one unified call, from the caller's request to its answer.

use std::sync::Arc;

use mortise_model::Operation;
use uuid::Uuid;

use super::account::account;
use super::document;
use super::error::UnifiedError;
use super::failure::Failures;
use super::idempotency::{self, Keyed, Render};
use super::parameters::Parameters;
use super::plan::Asked;
use super::request::UnifiedRequest;
use super::respond::UnifiedAnswer;
use super::service::Service;
use crate::account::Caller;
use crate::work;

/// Serves one unified call. `render` writes an error in the form that the caller gets, for answers that the host keeps.
///
/// The host finds all violations of the request before it sends anything. Dropping the future cancels the call, with
/// two exceptions. A write with a key runs to its end. A stream that has begun ends with its vendor, its deadline or
/// its reader. Reads ignore a key.
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
        // Whether the user exists is known only at the end, long after a stream has begun.
        parameters.buffer();
    }
    let body = work::on(request.body.len(), || document::read(&request, &mut failures)).await?;
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

fn keyed(request: &UnifiedRequest, account: Uuid) -> Keyed<'_> {
    let UnifiedRequest { category, operation, id, query, body, .. } = request;
    let path = [category.as_str(), id.as_deref().unwrap_or_default()];
    Keyed { account, method: operation.method(), path, query, body }
}
