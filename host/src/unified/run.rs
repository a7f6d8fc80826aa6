//! Runs a planned call: its session, the plugin, and the meaning of its end for the caller and the account.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};
use mortise_model::{Category, Operation, User};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;
use tracing::field::Empty;

use super::error::{UnifiedError, VendorError};
use super::failure::{Failure, Place};
use super::idempotency::{Attempt, KeyedCall};
use super::parameters::{Format, Parameters};
use super::plan::{Planned, Ready, Task};
use super::record::CallRecord;
use super::respond::{self, UnifiedAnswer};
use super::service::Service;
use super::used::Used;
use super::validate::NOT_WRITTEN;
use super::{list, vendor};
use crate::account::{Account, Sealed};
use crate::call::{CallError, CallPermit, Completed, Input, Invocation, Output, Spent};
use crate::egress::{Delivery, RemoteInput, Session, SessionAccount, StreamedAnswer, Transcript};
use crate::observe::{Stopwatch, span};
use crate::plugin::Generation;
use crate::plugin::capabilities::{OperationSupport, Response};
use crate::work;

/// The header with the names of the fields that were left out.
const IGNORED_FIELDS: HeaderName = HeaderName::from_static("mortise-ignored-fields");
/// The header with the effect of a deletion on the user.
const DELETES: HeaderName = HeaderName::from_static("mortise-deletes");

/// One call, with the state that its invocations share.
pub(super) struct Run {
    pub(super) service: Arc<Service>,
    pub(super) account: Arc<Account>,
    pub(super) category: Category,
    pub(super) parameters: Parameters,
    pub(super) transcript: Transcript,
    pub(super) record: CallRecord,
    generation: Arc<Generation>,
    operation: Operation,
    id: Option<String>,
    /// Whether the call asks if the vendor takes the account.
    is_probe: bool,
    request_id: Arc<str>,
    query: BTreeMap<String, String>,
    remote: RemoteInput,
    waited: Stopwatch,
    deadline: Instant,
    /// The fields of the body that the plugin does not write, with the caller's names.
    ignored: Mutex<Vec<String>>,
    /// The part of their limits that the guests have used.
    spent: Mutex<Spent>,
}

/// The next state of a call that may stream.
pub(super) enum Streamed<T> {
    /// The vendor's body is arriving, and the call runs on in a task.
    Begun(StreamedAnswer),
    /// The call ended without a body to stream.
    Ended(Result<T, UnifiedError>),
}

/// The result of a call about one user.
enum Answered {
    /// The caller does not want a mapped user.
    Unwanted,
    /// The user, with the bytes of its text.
    User(Box<User>, usize),
    /// The user with this identifier is deleted.
    Deleted(String),
}

impl Ready {
    /// Invokes the plugin and writes the answer in the requested format. `attempt` watches a call with a key.
    pub(super) async fn run(
        self,
        service: &Arc<Service>,
        attempt: Option<&Attempt>,
    ) -> Result<UnifiedAnswer, UnifiedError> {
        let (run, task) = self.begin(service, false);
        let mut answer = match task {
            Task::One(input) => one(&run, input, attempt).await?,
            Task::List(list) => list::run(&run, *list).await?,
        };
        answer.headers.extend(respond::ignored_header(&run.ignored()).map(|names| (IGNORED_FIELDS, names)));
        let effect = run.support().and_then(|support| support.effect);
        answer.headers.extend(effect.map(|effect| (DELETES, HeaderValue::from_static(effect.as_str()))));
        Ok(answer)
    }

    /// The call of this request, and its work.
    pub(super) fn begin(self, service: &Arc<Service>, is_probe: bool) -> (Arc<Run>, Task) {
        let Self { request, parameters, account, generation, planned } = self;
        let Planned { task, query, remote, ignored } = planned;
        let (transcript, waited) = (Transcript::default(), Stopwatch::default());
        let run = Arc::new(Run {
            service: service.clone(),
            account,
            category: request.category,
            parameters,
            transcript,
            record: request.record,
            generation,
            operation: request.operation,
            id: request.id,
            is_probe,
            request_id: request.request_id,
            query,
            remote,
            waited,
            deadline: Instant::now() + service.config.limits.call_deadline(),
            ignored: Mutex::new(ignored),
            spent: Mutex::default(),
        });
        run.record.note(|known| known.vendor = Some(run.waited.clone()));
        (run, task)
    }
}

impl KeyedCall for Ready {
    async fn run_once(self, service: &Arc<Service>, attempt: &Attempt) -> Result<UnifiedAnswer, UnifiedError> {
        self.run(service, Some(attempt)).await
    }
}

/// Serves an operation on one user.
async fn one(run: &Arc<Run>, input: Input, attempt: Option<&Attempt>) -> Result<UnifiedAnswer, UnifiedError> {
    match run.start(input, attempt, Run::read).await? {
        Streamed::Begun(answer) => Ok(UnifiedAnswer::stream(run.status(), answer)),
        Streamed::Ended(outcome) => {
            let mapped = if let Ok(Answered::User(_, bytes)) = &outcome { *bytes } else { 0 };
            work::on(run.transcript.bytes() + mapped, || run.write(outcome)).await
        }
    }
}

impl Run {
    /// Whether the caller wants the mapped answer.
    pub(super) fn wants_user(&self) -> bool {
        self.parameters.format.wants_user() && !self.parameters.dry_run
    }

    fn status(&self) -> StatusCode {
        respond::success(self.operation)
    }

    fn support(&self) -> Option<&OperationSupport> {
        self.generation.capabilities.operation(self.category, self.operation)
    }

    /// Whether a row has fewer fields than a single read, and the fields of a row.
    pub(super) fn row_fields(&self) -> (bool, Response) {
        let Some(support) = self.support() else { return (false, Response::default()) };
        let partial = support.listing.as_ref().map_or(&[][..], |listing| &listing.partial);
        let fields = support.response.iter().filter(|field| !partial.contains(field)).cloned();
        (!partial.is_empty(), fields.collect::<Vec<_>>().into())
    }

    /// Invokes the plugin once. If the caller wants a stream, returns the vendor's body while it arrives.
    pub(super) async fn start<T: Send + 'static>(
        self: &Arc<Self>,
        input: Input,
        attempt: Option<&Attempt>,
        read: fn(&Self, Output) -> Result<T, UnifiedError>,
    ) -> Result<Streamed<T>, UnifiedError> {
        let (delivery, started) = match self.parameters.format {
            _ if self.parameters.dry_run => (Delivery::DryRun, None),
            Format::Stream => {
                let (begin, started) = oneshot::channel();
                (Delivery::Streamed(begin), Some(started))
            }
            _ => (Delivery::Buffered, None),
        };
        let (mut session, variables) = self.session(delivery).await?;
        if let Some(attempt) = attempt {
            attempt.watch(&mut session);
        }
        if self.operation == Operation::DeleteUser {
            session.write_once();
        }
        let invocation = self.invocation(input, session, variables);
        let Some(started) = started else { return Ok(Streamed::Ended(self.finish(invocation, read).await)) };
        // Waits for the vendor's body to begin or for the call to end.
        let run = self.clone();
        let call = async move { run.finish(invocation, read).await };
        let mut running = AbortOnDropHandle::new(tokio::spawn(call.in_current_span()));
        Ok(tokio::select! {
            biased;
            Ok(answer) = started => {
                drop(running.detach());
                Streamed::Begun(answer)
            }
            ended = &mut running => Streamed::Ended(ended.unwrap_or_else(|error| Err(anyhow::Error::from(error).into()))),
        })
    }

    /// Invokes the plugin once, for an answer that is mapped.
    pub(super) async fn mapped<T>(
        &self,
        input: Input,
        read: fn(&Self, Output) -> Result<T, UnifiedError>,
    ) -> Result<T, UnifiedError> {
        let (session, variables) = self.session(Delivery::Buffered).await?;
        self.finish(self.invocation(input, session, variables), read).await
    }

    /// Ends the part of the call that the latest session was for, such as an empty page. Its use of the call's limits
    /// still counts.
    pub(super) fn end_session(&self) {
        self.transcript.end_session(self.parameters.format == Format::Debug || self.record.has_bodies());
    }

    /// The part of the call's limits that is used.
    pub(super) fn used(&self) -> Used {
        let left = self.deadline.saturating_duration_since(Instant::now());
        Used {
            requests: self.transcript.requests(),
            bytes: self.transcript.received(),
            computed: self.spent().computed,
            time: self.service.config.limits.call_deadline().saturating_sub(left),
        }
    }

    /// The limits of a call.
    pub(super) fn limits(&self) -> Used {
        let limits = &self.service.config.limits;
        Used {
            requests: limits.vendor_requests,
            bytes: limits.vendor_total_bytes,
            computed: Duration::from_millis(self.generation.admission.class().bounds(limits).guest_cpu_ms),
            time: limits.call_deadline(),
        }
    }

    /// The session, and the variables that the plugin sees.
    async fn session(&self, delivery: Delivery) -> Result<(Session, BTreeMap<String, String>), UnifiedError> {
        let mut variables = self.generation.capabilities.open_values(&self.account.context);
        let account = SessionAccount {
            id: self.account.id,
            sealed: self.account.sealed.clone(),
            application: self.account.application_id,
            variables: variables.clone(),
            method: self.account.authentication_method.clone(),
            is_probe: self.is_probe,
            request_id: self.request_id.clone(),
            waited: self.waited.clone(),
            transcript: self.transcript.clone(),
            deadline: self.deadline,
        };
        let mut session =
            self.service.egress.session(&self.generation.profile, account, self.remote.clone(), delivery).await?;
        if self.operation == Operation::ListUsers {
            session.expect_list();
        }
        if !self.operation.writes() {
            session.only_read();
        }
        self.record.note(|known| known.transcript = Some(self.transcript.clone()));
        variables.extend(session.brought().clone());
        Ok((session, variables))
    }

    fn invocation(&self, input: Input, session: Session, variables: BTreeMap<String, String>) -> Invocation {
        Invocation {
            admission: self.generation.admission.clone(),
            account: self.account.id,
            prepared: self.generation.prepared.clone(),
            category: self.category,
            input,
            parameters: self.query.clone(),
            variables,
            // Only the mapped answer shows whether the user exists. Some vendors send a success without a user if it
            // does not.
            wants_user: self.parameters.format.wants_user() || self.operation == Operation::GetUser,
            strict: self.parameters.strict,
            spent: *self.spent(),
            session,
            request_id: self.request_id.clone(),
        }
    }

    /// Runs an invocation to its end, and reads its answer.
    async fn finish<T>(
        &self,
        invocation: Invocation,
        read: fn(&Self, Output) -> Result<T, UnifiedError>,
    ) -> Result<T, UnifiedError> {
        let span = span!(
            "call",
            mortise.integration = self.account.integration.as_str(),
            mortise.generation = self.generation.id(),
            mortise.account = %self.account.id,
            mortise.category = self.category.as_str(),
            mortise.operation = self.operation.as_str(),
            otel.status_code = Empty,
        );
        let Completed { result, permit, guest, ignored, spent } =
            self.service.calls.invoke(invocation).instrument(span.clone()).await;
        if !matches!(result, Err(CallError::Full | CallError::HostMemory { .. } | CallError::CircuitOpen(_))) {
            self.record.note(|known| known.guest = Some(known.guest.unwrap_or_default() + guest));
        }
        *self.spent() = spent;
        self.ignored().extend(ignored.into_iter().map(|field| self.category.name_for_caller(&field)));
        let outcome = match result {
            Ok(output) => self.answered(output, permit, read).await,
            Err(error) => match self.not_answered(error).await {
                Some(error) => Err(error),
                None => read(self, Output::Deleted),
            },
        };
        if outcome.is_err() && !self.is_dry(&outcome) {
            span.record("otel.status_code", "error");
        }
        outcome
    }

    /// Reads the plugin's answer, and tells the circuit whether it is good.
    async fn answered<T>(
        &self,
        output: Output,
        permit: Option<CallPermit>,
        read: fn(&Self, Output) -> Result<T, UnifiedError>,
    ) -> Result<T, UnifiedError> {
        self.clear_forbidden().await;
        // A plugin that maps nothing does not read the body for the caller.
        let failure = self.transcript.primary_failure().filter(|_| !self.parameters.dry_run);
        let answered = match failure {
            Some(failure) => Err(failure.into()),
            None => work::on(output.bytes(), || read(self, output)).await,
        };
        match (permit, &answered) {
            (Some(permit), Err(UnifiedError::Nonsense(_) | UnifiedError::Page(_))) => permit.broke(),
            (Some(permit), _) => permit.ended_well(),
            (None, _) => {}
        }
        answered
    }

    /// The meaning of a call without an answer for the caller. `None` if the call has deleted the user all the same.
    async fn not_answered(&self, error: CallError) -> Option<UnifiedError> {
        let failure = match error {
            CallError::Failed(failure) => failure,
            CallError::NotWritten(field) => {
                let field = self.category.name_for_caller(&field);
                return Some(UnifiedError::Invalid(Failure::new(Place::Body, field, NOT_WRITTEN).into()));
            }
            error => return Some(error.into()),
        };
        let messages = &self.generation.capabilities.error_messages;
        let failed = || vendor::failed(failure, self.category, messages, &self.transcript);
        let error = match work::on(self.transcript.bytes(), failed).await {
            Ok(error) => vendor::gone(error, self.operation),
            Err(error) => return Some(anyhow::Error::from(error).into()),
        };
        if self.has_deleted(&error) {
            self.clear_forbidden().await;
            // The vendor's error about a missing user does not belong to a deletion that succeeded.
            self.end_session();
            return None;
        }
        if let UnifiedError::Vendor(error) = &error {
            self.remember(error).await;
        }
        Some(error)
    }

    fn spent(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The names of the fields that the plugin does not write.
    fn ignored(&self) -> MutexGuard<'_, Vec<String>> {
        self.ignored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plugin's answer, if the caller wants it. A user without an identifier gets the one of the request.
    fn read(&self, output: Output) -> Result<Answered, UnifiedError> {
        let is_get = self.operation == Operation::GetUser;
        match output {
            Output::User(None) if is_get && !self.parameters.dry_run => Err(vendor::no_such_user()),
            _ if !self.wants_user() => Ok(Answered::Unwanted),
            Output::Deleted => Ok(Answered::Deleted(self.id.clone().unwrap_or_default())),
            Output::User(text) => {
                let mut user = respond::canonical(text.as_deref())?;
                if let (None, Some(id)) = (user.id.value(), &self.id) {
                    user.id = id.clone().into();
                }
                Ok(Answered::User(Box::new(user), text.map_or(0, |text| text.len())))
            }
            Output::Page(_) => Err(anyhow::anyhow!("an operation on one user was answered with a page").into()),
        }
    }

    fn write(&self, outcome: Result<Answered, UnifiedError>) -> Result<UnifiedAnswer, UnifiedError> {
        if self.is_dry(&outcome) {
            return self.dry_run();
        }
        let answered = outcome.map_err(|error| self.failed(error))?;
        let primary = self.transcript.primary();
        let mut answer = match answered {
            Answered::Unwanted => self.raw(self.status()),
            Answered::Deleted(id) => self.json(&json!({ "id": id }))?,
            Answered::User(user, _) => {
                let remote_data = respond::remote_data(primary.as_ref(), &self.parameters).map_err(broken)?;
                let none = Response::default();
                let declared = self.support().map_or(&none, |support| &support.response);
                let document = respond::document(self.category, *user, declared, remote_data, &self.parameters);
                let mut document = document.map_err(broken)?;
                self.record.note(|known| known.undeclared = std::mem::take(&mut document.undeclared));
                self.json(&document)?
            }
        };
        answer.headers.extend(primary.map(|answer| vendor::rate_headers(&answer.headers)).unwrap_or_default());
        Ok(answer)
    }

    /// A JSON answer of the host, in the format `debug` with the vendor requests.
    pub(super) fn json(&self, document: &impl serde::Serialize) -> Result<UnifiedAnswer, UnifiedError> {
        let body = match self.parameters.format {
            Format::Debug => respond::debug(document, &self.transcript.exchanges()),
            _ => serde_json::to_vec(document),
        };
        Ok(UnifiedAnswer::json(self.status(), body.map_err(broken)?))
    }

    /// The vendor's own answer.
    pub(super) fn raw(&self, status: StatusCode) -> UnifiedAnswer {
        UnifiedAnswer::raw(status, self.transcript.primary())
    }

    /// Whether a call ended as a dry run.
    pub(super) fn is_dry<T>(&self, outcome: &Result<T, UnifiedError>) -> bool {
        self.parameters.dry_run && matches!(outcome, Ok(_) | Err(UnifiedError::Broken(CallError::DryRun)))
    }

    /// The requests that the host would have sent.
    pub(super) fn dry_run(&self) -> Result<UnifiedAnswer, UnifiedError> {
        let requests = respond::dry_run(&self.transcript.exchanges()).map_err(broken)?;
        Ok(UnifiedAnswer::json(StatusCode::OK, requests))
    }

    /// An error, in the format `debug` with the vendor requests.
    pub(super) fn failed(&self, error: UnifiedError) -> UnifiedError {
        if self.parameters.format != Format::Debug {
            return error;
        }
        match respond::requests(&self.transcript.exchanges()) {
            Ok(requests) => UnifiedError::Debugged { source: Box::new(error), requests },
            Err(error) => broken(error),
        }
    }

    /// Whether a deletion failed because its user is gone, after the host had repeated the request. An earlier attempt
    /// has then deleted the user.
    fn has_deleted(&self, error: &UnifiedError) -> bool {
        let is_gone = matches!(error, UnifiedError::Vendor(error) if error.status == StatusCode::NOT_FOUND);
        is_gone && self.operation == Operation::DeleteUser && self.transcript.may_repeat_a_write()
    }

    /// Removes a stored refusal, because the vendor has accepted the account.
    async fn clear_forbidden(&self) {
        if !self.parameters.dry_run && self.account.last_forbidden_error.is_some() {
            self.note("clear_forbidden", self.service.accounts.clear_forbidden(self.account.id).await);
        }
    }

    /// The account's credentials that the vendor has seen: those that a sign-in of this call has stored, if there was
    /// one.
    pub(super) fn tried(&self) -> Sealed {
        self.transcript.credentials().unwrap_or_else(|| self.account.sealed.clone())
    }

    /// Stores a refusal of the vendor with the account.
    async fn remember(&self, error: &VendorError) {
        match error.status {
            StatusCode::UNAUTHORIZED => {
                let (id, refused, record) = (self.account.id, self.tried(), error.kept());
                self.note("mark_needs_reauth", self.service.accounts.mark_needs_reauth(id, &refused, record).await);
            }
            StatusCode::FORBIDDEN => {
                let record = json!({
                    "resource": "users",
                    "method": self.operation.verb(),
                    "missing_scopes": [],
                    "occurred_at": jiff::Timestamp::now().to_string(),
                });
                self.note("record_forbidden", self.service.accounts.record_forbidden(self.account.id, record).await);
            }
            _ => {}
        }
    }

    /// Logs a failure to update the account. It is for the operator, because the caller's answer does not depend on it.
    fn note<T, E: Into<anyhow::Error>>(&self, what: &str, result: Result<T, E>) {
        if let Err(error) = result {
            let error: anyhow::Error = error.into();
            tracing::error!(account = %self.account.id, what, "the account could not be updated: {error:#}");
        }
    }
}

fn broken(error: serde_json::Error) -> UnifiedError {
    UnifiedError::Internal(error.into())
}
