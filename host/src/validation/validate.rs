//! The validation of a stored account: the call, its record, and the outcome that the account keeps.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::verdict::{Reply, Verdict};
use crate::account::Account;
use crate::plugin::probe::Probe;
use crate::unified::observed::Observed;
use crate::unified::probe::{Probed, Probing};
use crate::unified::record::{CallRecord, Ended};
use crate::unified::{Service, UnifiedError, VendorError};

/// Name of the operation in logs and metrics.
const OPERATION: &str = "validate";

/// The request that asks for the validation, for the log of calls.
#[derive(Debug, Clone)]
pub struct Occasion {
    /// Its `x-request-id`.
    pub request_id: Arc<str>,
    /// Its method.
    pub method: &'static str,
    /// Its path, without query and secrets.
    pub path: String,
}

/// Asks the vendor of a stored account whether it takes the account, whatever the account's status.
///
/// If the vendor takes the account and the host served no calls for it, it becomes active. A refusal of the credentials
/// makes it `needs_reauth`, as in a call; any other refusal makes it `validation_error`. Every other end changes
/// nothing, and neither does an answer about an account that somebody changed meanwhile. Read the account again
/// afterwards for its present state.
///
/// Takes as long as a call: at most `limits.call_deadline_ms`. It counts for the account's quota. Dropping the future
/// cancels it.
///
/// # Errors
/// If the host or the integration fails, so that the vendor's answer is not known: the error that a call would get.
pub async fn validate(service: &Arc<Service>, account: &Account, occasion: Occasion) -> Result<Verdict, UnifiedError> {
    let (generation, _) = service.registry.serving(&account.integration);
    let generation = generation.ok_or_else(|| UnifiedError::NotLoaded(account.integration.clone()))?;
    let Some(probe) = generation.capabilities.asks_accounts_by() else {
        let label = &generation.capabilities.label;
        let reason =
            format!("{label} declares no probe, and lists no users without a parameter that only a caller knows");
        return Ok(Verdict::Unchecked { reason });
    };
    let request_id = occasion.request_id.clone();
    let (account, record) = (Arc::new(account.clone()), record(service, occasion, &probe));
    record.note(|known| (known.account, known.generation) = (Some(account.clone()), Some(generation.clone())));
    let probing = Probing { account: account.clone(), generation, probe, request_id, record: record.clone() };
    let probed = probing.ask(service).await;
    let outcome = probed.as_ref().map(|probed| probed.outcome.as_ref());
    note(&record, outcome.unwrap_or_else(Err).err());
    let Probed { tried, outcome } = probed?;
    let reply = Reply::of(outcome)?;
    if let Some(refusal) = reply.to_keep() {
        let kept = refusal.map(VendorError::kept);
        service.accounts.keep_validation(&account, &tried, kept.as_ref()).await.map_err(anyhow::Error::from)?;
    }
    Ok(reply.into())
}

fn record(service: &Arc<Service>, Occasion { request_id, method, path }: Occasion, probe: &Probe) -> CallRecord {
    let observed = Observed {
        service: service.clone(),
        request_id,
        method,
        path,
        line: "validation call",
        category: probe.category(),
        operation: OPERATION,
        bytes_in: 0,
        arrived: Instant::now(),
        created_at: Timestamp::now(),
        reading: Duration::ZERO,
    };
    observed.record()
}

/// Records how the call ended, by the status that a caller would get.
fn note(record: &CallRecord, error: Option<&UnifiedError>) {
    let ended = match error {
        None => Ended { outcome: "ok", status: 200 },
        Some(error) => Ended { outcome: error.word(), status: error.status().as_u16() },
    };
    record.note(|known| known.ended = Some(ended));
}
