//! Records a unified call, a passthrough request or a validation: one log line, the metrics, and an entry in the log of
//! calls.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::value::{RawValue, to_raw_value};
use tracing::Span;
use uuid::Uuid;

use super::record::{CallRecord, Ended, Known};
use super::service::Service;
use crate::account::{Account, LoggedCall};
use crate::egress::{Decision, ExchangeSummary, Transcript};
use crate::observe::{CallFacts, Stopwatch};
use crate::plugin::Generation;

/// The status in the records of a call whose caller went away before the answer.
const CALLER_GONE: Ended = Ended { outcome: "caller-gone", status: 499 };

/// The facts about a call before it begins.
pub(crate) struct Observed {
    pub(crate) service: Arc<Service>,
    pub(crate) request_id: Arc<str>,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// The text of its line in the log.
    pub(crate) line: &'static str,
    pub(crate) category: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) bytes_in: usize,
    /// When the headers had arrived, or when the host began the call.
    pub(crate) arrived: Instant,
    /// The same moment as a date.
    pub(crate) created_at: Timestamp,
    /// Time that the caller took to send the body.
    pub(crate) reading: Duration,
}

impl Observed {
    /// Starts the record, which writes these facts when the call has ended.
    pub(crate) fn record(mut self) -> CallRecord {
        let span = Span::current();
        CallRecord::new(move |known| span.in_scope(|| self.tell(&known)))
    }

    fn tell(&mut self, known: &Known) {
        let Ended { outcome, status } = known.ended.unwrap_or(CALLER_GONE);
        let (guest, vendor) =
            (known.guest.unwrap_or_default(), known.vendor.as_ref().map(Stopwatch::elapsed).unwrap_or_default());
        let host = self.arrived.elapsed().saturating_sub(self.reading + guest + vendor);
        let (account, generation) = (known.account.as_deref(), known.generation.as_deref());
        let requests = known.transcript.as_ref().map(|transcript| transcript.summaries()).unwrap_or_default();
        let vendor_status = requests.iter().rev().find_map(|request| request.status);
        tracing::info!(
            request_id = &*self.request_id,
            account = account.map(|account| display(account.id)),
            tenant = account.map(|account| account.tenant_id.as_str()),
            integration = account.map(|account| account.integration.as_str()),
            generation = generation.map(|generation| generation.id()),
            category = self.category,
            operation = self.operation,
            outcome,
            status,
            vendor_status,
            vendor_requests = requests.iter().filter(|request| request.decision.is_sent()).count(),
            guest_us = micros(guest),
            vendor_us = micros(vendor),
            host_us = micros(host),
            bytes_in = self.bytes_in,
            bytes_out = known.bytes_out,
            "{}",
            self.line
        );
        let (metrics, served_by) =
            (&self.service.metrics, generation.map(|generation| generation.admission.integration()));
        if let (Some(integration), Some(transcript)) = (served_by, &known.transcript) {
            self.count(integration, transcript, &requests);
        }
        metrics.call(&CallFacts {
            integration: served_by,
            category: self.category,
            operation: self.operation,
            outcome,
            invoked: known.guest.is_some(),
            guest,
            vendor,
            host,
        });
        let (Some(account), true) = (account, self.service.journal.keeps()) else { return };
        let Ok(requests) = to_raw_value(&requests) else { return };
        let (ended, times) = (Ended { outcome, status }, [guest, vendor, host].map(micros));
        let entry = self.entry(account, generation, ended, times, requests);
        self.service.journal.note(entry);
    }

    /// The call's entry in the log of calls.
    fn entry(
        &mut self,
        account: &Account,
        generation: Option<&Generation>,
        ended: Ended,
        [guest_us, vendor_us, host_us]: [i64; 3],
        requests: Box<RawValue>,
    ) -> LoggedCall {
        LoggedCall {
            id: Uuid::now_v7(),
            integrated_account_id: account.id,
            tenant_id: account.tenant_id.clone(),
            integration: account.integration.clone(),
            generation: generation.map(|generation| generation.id().to_owned()),
            request_id: self.request_id.to_string(),
            method: self.method.into(),
            path: std::mem::take(&mut self.path),
            status: ended.status,
            outcome: ended.outcome.into(),
            guest_us,
            vendor_us,
            host_us,
            requests,
            created_at: self.created_at,
        }
    }

    /// Counts the vendor requests of a call, including those that the policy refused.
    fn count(&self, integration: &Arc<str>, transcript: &Transcript, requests: &[ExchangeSummary]) {
        let metrics = &self.service.metrics;
        requests.iter().for_each(|request| metrics.egress(integration, request.decision.as_str(), 1));
        if transcript.refused() > 0 {
            metrics.egress(integration, Decision::Refused.as_str(), transcript.refused().into());
        }
    }
}

fn micros(time: Duration) -> i64 {
    time.as_micros().try_into().unwrap_or(i64::MAX)
}
