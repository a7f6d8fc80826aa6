//! The declared probe: one request of the host to the vendor of an account, without the plugin. A session of
//! [`egress`](crate::egress) sends it, like a plugin's request.

use std::sync::Arc;

use http::{Method, StatusCode};
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;
use tracing::field::Empty;

use super::error::{UnifiedError, VendorError};
use super::probe::Probed;
use super::record::CallRecord;
use super::service::Service;
use super::vendor;
use crate::account::Account;
use crate::call::CallError;
use crate::egress::{Delivery, EgressError, OutboundRequest, RemoteInput, Session, SessionAccount, Transcript};
use crate::observe::{Stopwatch, span};
use crate::plugin::Generation;
use crate::plugin::probe::ProbeTarget;
use crate::work;

/// The request for one account.
pub(super) struct ProbeRequest<'a> {
    pub(super) service: &'a Service,
    pub(super) account: &'a Account,
    pub(super) generation: &'a Generation,
    pub(super) target: &'a ProbeTarget,
    pub(super) request_id: Arc<str>,
    pub(super) record: &'a CallRecord,
}

impl ProbeRequest<'_> {
    /// Sends the request and reads the vendor's status. With a status of success the vendor takes the account, whatever
    /// the body says.
    pub(super) async fn send(&self) -> Probed {
        let span = span!(
            "call",
            mortise.integration = self.account.integration.as_str(),
            mortise.generation = self.generation.id(),
            mortise.account = %self.account.id,
            mortise.category = "probe",
            mortise.operation = Method::GET.as_str(),
            otel.status_code = Empty,
        );
        let limits = &self.service.config.limits;
        let deadline = Instant::now() + limits.call_deadline();
        let transcript = Transcript::default();
        let asked = timeout_at(deadline, self.ask(&transcript, deadline).instrument(span.clone())).await;
        let outcome = asked.unwrap_or_else(|_| Err(CallError::Deadline(limits.call_deadline_ms).into()));
        if outcome.is_err() {
            span.record("otel.status_code", "error");
        }
        let tried = transcript.credentials().unwrap_or_else(|| self.account.sealed.clone());
        Probed { tried, outcome }
    }

    async fn ask(&self, transcript: &Transcript, deadline: Instant) -> Result<(), UnifiedError> {
        let _places = self.service.calls.admit(&self.generation.admission).await.ok_or(CallError::Full)?;
        let request = self.outbound()?;
        let mut session = self.session(transcript, deadline).await?;
        let status = session.send(request).await?.status;
        if status.is_success() {
            return Ok(());
        }
        let error = work::on(transcript.bytes(), || self.not_taken(status, transcript)).await?;
        if error.status == StatusCode::UNAUTHORIZED {
            self.mark_needs_reauth(&error, transcript).await;
        }
        Err(UnifiedError::Vendor(Box::new(error)))
    }

    /// The request before the policy.
    fn outbound(&self) -> Result<OutboundRequest, EgressError> {
        let variables = self.generation.capabilities.open_values(&self.account.context);
        let filled = self.target.fill(|name| variables.get(name).cloned());
        let (target, query) = filled.ok_or_else(|| {
            EgressError::Credentials(format!(
                "the account lacks a variable of the integration's probe, {}",
                self.target
            ))
        })?;
        let (headers, body) = (Vec::new(), None);
        Ok(OutboundRequest { method: Method::GET, target, query, headers, body, primary: true })
    }

    /// The session for the request.
    async fn session(&self, transcript: &Transcript, deadline: Instant) -> Result<Session, EgressError> {
        let waited = Stopwatch::default();
        self.record.note(|known| {
            known.vendor = Some(waited.clone());
            known.transcript = Some(transcript.clone());
        });
        let account = SessionAccount {
            id: self.account.id,
            sealed: self.account.sealed.clone(),
            application: self.account.application_id,
            variables: self.generation.capabilities.open_values(&self.account.context),
            method: self.account.authentication_method.clone(),
            is_probe: true,
            request_id: self.request_id.clone(),
            waited,
            transcript: transcript.clone(),
            deadline,
        };
        self.service.egress.session(&self.generation.profile, account, RemoteInput::default(), Delivery::Buffered).await
    }

    /// The meaning of an answer without success. A redirect says nothing about the account: vendors redirect browsers
    /// to a sign-in or another host.
    fn not_taken(&self, status: StatusCode, transcript: &Transcript) -> anyhow::Result<VendorError> {
        let (status, message) = match status.is_redirection() {
            true => {
                (StatusCode::BAD_GATEWAY, format!("the vendor answered the probe with a redirect, {}", status.as_u16()))
            }
            false => (status, String::new()),
        };
        let answer = transcript.last().and_then(|exchange| exchange.answer);
        Ok(vendor::vendor_error(status, message, answer, &self.generation.capabilities.error_messages)?)
    }

    /// Stores a refusal of the credentials with the account, as a call does.
    async fn mark_needs_reauth(&self, error: &VendorError, transcript: &Transcript) {
        let tried = transcript.credentials().unwrap_or_else(|| self.account.sealed.clone());
        let marked = self.service.accounts.mark_needs_reauth(self.account.id, &tried, error.kept()).await;
        if let Err(error) = marked {
            tracing::error!(account = %self.account.id, "the account could not be updated: {:#}", anyhow::Error::from(error));
        }
    }
}
