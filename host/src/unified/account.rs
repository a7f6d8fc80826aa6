//! Finds the account of a call, and checks whether it serves calls.

use std::sync::Arc;

use uuid::Uuid;

use super::error::UnifiedError;
use super::record::CallRecord;
use super::service::Service;
use crate::account::{Account, Caller, Status};

/// The account of a call. Refuses it if the caller may not use it, or if its quota is used up.
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

/// Refuses a call for an account whose vendor has refused it before.
pub(crate) fn serves_calls(account: &Account) -> Result<(), UnifiedError> {
    match account.status {
        Status::Active => Ok(()),
        Status::NeedsReauth => Err(UnifiedError::NeedsReauth(account.last_error.clone())),
        Status::ValidationError => Err(UnifiedError::ValidationError(account.last_error.clone())),
    }
}
