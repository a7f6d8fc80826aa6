//! The path of one passthrough request.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument;
use tracing::field::Empty;

use super::parameters::Parameters;
use crate::account::{Account, Caller};
use crate::call::{CallError, Places};
use crate::egress::{
    Answer, Delivery, EgressError, OutboundRequest, RemoteInput, Session, SessionAccount, StreamedAnswer, Transcript,
};
use crate::observe::{Stopwatch, span};
use crate::plugin::Generation;
use crate::unified::account::{account, serves_calls};
use crate::unified::idempotency::{self, Attempt, Key, Keyed, KeyedCall, Render};
use crate::unified::record::CallRecord;
use crate::unified::{AnswerBody, Failure, Failures, Place, Service, UnifiedAnswer, UnifiedError, respond};

/// The header with the vendor's status, which tells an answer of the vendor from one of the host.
const VENDOR_STATUS: HeaderName = HeaderName::from_static("mortise-vendor-status");
/// Prefix of the host's own headers. The host drops a vendor's headers with this prefix.
const OWN_HEADERS: &str = "mortise-";
/// The word in place of a category, for logs and metrics.
pub const CATEGORY: &str = "passthrough";

/// A caller's request as it arrived.
#[derive(Debug)]
pub struct PassthroughRequest {
    /// The method.
    pub method: Method,
    /// The path below the vendor's first origin, unchanged, from its `/` on.
    pub path: String,
    /// The raw query string, without `?`.
    pub query: String,
    /// The headers, unchanged. Those that a plugin could set go to the vendor; the others are for the host.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
    /// Request id, for the records of this call.
    pub request_id: Arc<str>,
    /// The caller's `Idempotency-Key`.
    pub key: Option<Key>,
    /// Record of the call.
    pub record: CallRecord,
}

/// Sends the request to the vendor of its account and returns the vendor's answer. `render` writes an error in the form
/// that the caller gets, for answers that the host keeps.
///
/// Dropping the future cancels the call, with two exceptions: a write with a key runs to its end, and an answer that
/// has begun to stream ends with its vendor, its deadline or its reader.
///
/// # Errors
/// See [`UnifiedError`]. An error of the vendor is an answer.
pub async fn serve(
    service: &Arc<Service>,
    caller: &Caller,
    mut request: PassthroughRequest,
    render: Render,
) -> Result<UnifiedAnswer, UnifiedError> {
    let mut failures = Failures::default();
    let Parameters { account: id, dry_run, query } = Parameters::parse(&request.query, &mut failures);
    let Some(id) = id.filter(|_| failures.is_empty()) else { return Err(UnifiedError::Invalid(failures)) };
    let account = account(service, caller, id, &request.record).await?;
    let key = request.key.take().filter(|_| writes(&request.method) && !dry_run);
    let Some(key) = key else { return plan(service, request, query, account, dry_run)?.run(service, None).await };
    let keyed = Keyed {
        account: account.id,
        method: request.method.as_str(),
        path: [CATEGORY, &request.path],
        query: &request.query,
        body: &request.body,
    };
    let (claim, record) = (keyed.claim(&key, &service.config.limits).await, request.record.clone());
    let planned = async { plan(service, request, query, account, dry_run) };
    idempotency::serve(service, claim, record, planned, render).await
}

/// Whether a request may change something at the vendor.
fn writes(method: &Method) -> bool {
    *method != Method::GET
}

/// Makes all checks of the call that need no opened credentials.
fn plan(
    service: &Service,
    request: PassthroughRequest,
    query: Vec<(String, String)>,
    account: Arc<Account>,
    dry_run: bool,
) -> Result<Ready, UnifiedError> {
    let plugin = service.registry.status(&account.integration);
    let allowed = plugin.as_ref().is_some_and(|plugin| plugin.passthrough);
    let (generation, stale) = plugin.map(|plugin| (plugin.generation, plugin.reason)).unwrap_or_default();
    request.record.note(|known| {
        known.generation.clone_from(&generation);
        known.stale = stale;
    });
    if account.is_sandbox && writes(&request.method) && !dry_run {
        return Err(UnifiedError::Sandbox);
    }
    let generation = generation.ok_or_else(|| UnifiedError::NotLoaded(account.integration.clone()))?;
    if !allowed {
        return Err(UnifiedError::NoPassthrough(account.integration.clone()));
    }
    serves_calls(&account)?;
    Ok(Ready { request, query, account, generation, dry_run })
}

/// A checked request, with the account and the generation that serve it.
struct Ready {
    request: PassthroughRequest,
    query: Vec<(String, String)>,
    account: Arc<Account>,
    generation: Arc<Generation>,
    dry_run: bool,
}

impl KeyedCall for Ready {
    async fn run_once(self, service: &Arc<Service>, attempt: &Attempt) -> Result<UnifiedAnswer, UnifiedError> {
        self.run(service, Some(attempt)).await
    }
}

impl Ready {
    /// Sends the request. `attempt` belongs to a request with a key; the host keeps its answer and therefore does not
    /// stream it.
    async fn run(self, service: &Service, attempt: Option<&Attempt>) -> Result<UnifiedAnswer, UnifiedError> {
        let places = service.calls.admit(&self.generation.admission).await.ok_or(CallError::Full)?;
        let span = span!(
            "call",
            mortise.integration = self.account.integration.as_str(),
            mortise.generation = self.generation.id(),
            mortise.account = %self.account.id,
            mortise.category = CATEGORY,
            mortise.operation = self.request.method.as_str(),
            otel.status_code = Empty,
        );
        let deadline = Instant::now() + service.config.limits.call_deadline();
        let sent = timeout_at(deadline, self.send(service, attempt, places, deadline).instrument(span.clone())).await;
        let late = || Err(CallError::Deadline(service.config.limits.call_deadline_ms).into());
        let answer = sent.unwrap_or_else(|_| late());
        if answer.is_err() {
            span.record("otel.status_code", "error");
        }
        answer
    }

    async fn send(
        self,
        service: &Service,
        attempt: Option<&Attempt>,
        places: Places,
        deadline: Instant,
    ) -> Result<UnifiedAnswer, UnifiedError> {
        let (delivery, started) = match attempt {
            _ if self.dry_run => (Delivery::DryRun, None),
            Some(_) => (Delivery::Buffered, None),
            None => {
                let (begin, started) = oneshot::channel();
                (Delivery::Streamed(begin), Some(started))
            }
        };
        let mut session = self.session(service, delivery, deadline).await?;
        if let Some(attempt) = attempt {
            attempt.watch(&mut session);
        }
        let (transcript, dry_run) = (session.transcript(), self.dry_run);
        let request = self.outbound(&session);
        match session.send(request).await {
            Ok(_) | Err(EgressError::DryRun) if dry_run => shown(&transcript),
            Ok(answer) => answered(answer, started, places).await,
            Err(EgressError::Remote { input, reason }) => Err(refused(input, &reason)),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the session through which the request goes to the vendor.
    async fn session(&self, service: &Service, delivery: Delivery, deadline: Instant) -> Result<Session, UnifiedError> {
        let waited = Stopwatch::default();
        let transcript = Transcript::default();
        let account = SessionAccount {
            id: self.account.id,
            sealed: self.account.sealed.clone(),
            application: self.account.application_id,
            variables: self.generation.capabilities.open_values(&self.account.context),
            method: self.account.authentication_method.clone(),
            is_probe: false,
            request_id: self.request.request_id.clone(),
            waited: waited.clone(),
            transcript: transcript.clone(),
            deadline,
        };
        self.request.record.note(|known| known.vendor = Some(waited));
        let mut session =
            service.egress.session(&self.generation.profile, account, RemoteInput::default(), delivery).await?;
        self.request.record.note(|known| known.transcript = Some(transcript));
        session.pass_through();
        Ok(session)
    }

    /// The request for the vendor.
    fn outbound(self, session: &Session) -> OutboundRequest {
        let PassthroughRequest { method, path, headers, body, .. } = self.request;
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let own = headers.iter().filter(|(name, _)| *name != IDEMPOTENCY_KEY && session.takes_header(name));
        OutboundRequest {
            method,
            target: path,
            query: self.query,
            headers: own.map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: (!body.is_empty()).then(|| body.into()),
            primary: true,
        }
    }
}

/// The host honours the caller's key itself and does not pass it on: the vendor gets the request once.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The error for a request that the policy refuses.
fn refused(part: &str, reason: &str) -> UnifiedError {
    let place = match part {
        "path" => Place::Path,
        "query" => Place::Query,
        "header" => Place::Header,
        _ => Place::Body,
    };
    let path = if place == Place::Path { part } else { "" };
    UnifiedError::Invalid(Failure::new(place, path, format_args!("cannot be sent: {reason}")).into())
}

/// The answer to a dry run: the requests that the host sent, and those that it would have sent.
fn shown(transcript: &Transcript) -> Result<UnifiedAnswer, UnifiedError> {
    let requests = respond::dry_run(&transcript.exchanges()).map_err(anyhow::Error::from)?;
    Ok(UnifiedAnswer::json(StatusCode::OK, requests))
}

/// The vendor's answer for the caller: in pieces if it has begun to stream, else whole.
async fn answered(
    mut answer: Answer,
    started: Option<oneshot::Receiver<StreamedAnswer>>,
    places: Places,
) -> Result<UnifiedAnswer, UnifiedError> {
    let mut headers = (*answer.headers).clone();
    let own: Vec<_> = headers.keys().filter(|name| name.as_str().starts_with(OWN_HEADERS)).cloned().collect();
    own.into_iter().for_each(|name| drop(headers.remove(name)));
    let status = answer.status;
    headers.insert(VENDOR_STATUS, status.as_u16().into());
    let streamed = started.and_then(|mut started| started.try_recv().ok());
    let body = match streamed {
        Some(streamed) => {
            // The call ends with its answer, however long the caller takes to read it.
            tokio::spawn(async move {
                let _ = answer.body().await;
                drop(places);
            });
            AnswerBody::Stream(streamed.body)
        }
        None => AnswerBody::Whole(answer.body().await?),
    };
    Ok(UnifiedAnswer { status, headers, body })
}
