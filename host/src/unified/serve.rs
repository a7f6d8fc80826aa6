//! One unified call from the caller's request to the caller's answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use mortise_model::{Category, Operation, User};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;
use tracing::field::Empty;

use super::body::{self, Body, BodyError};
use super::error::{UnifiedError, VendorError};
use super::failure::{Failure, Failures, Place};
use super::idempotency::{self, Attempt, Key, Render};
use super::parameters::{Format, Parameters};
use super::record::CallRecord;
use super::respond::{self, UnifiedAnswer};
use super::{addresses, blank, schema, validate, vendor};
use crate::account::{Account, Caller, Status};
use crate::app::App;
use crate::call::{CallError, Completed, Invocation};
use crate::egress::{Delivery, RemoteInput, SessionAccount, StreamedAnswer, Transcript};
use crate::observe::{Stopwatch, span};
use crate::plugin::{Capabilities, Generation};
use crate::work;

/// Bytes of a vendor's body that are kept with an account's `last_error`.
const MAX_KEPT_RESPONSE: usize = 16 << 10;
/// Names the fields that were left out.
const IGNORED_FIELDS: HeaderName = HeaderName::from_static("mortise-ignored-fields");

/// A caller's request, read from the wire and not yet understood.
#[derive(Debug)]
pub struct UnifiedRequest {
    /// The route's category.
    pub category: Category,
    /// What the route and its method stand for.
    pub operation: Operation,
    /// The record to update, percent-decoded.
    pub id: Option<String>,
    /// The raw query string, without `?`.
    pub query: String,
    /// The value of `content-type`.
    pub content_type: Option<String>,
    /// The whole body.
    pub body: Bytes,
    /// For the records of this call.
    pub request_id: String,
    /// The caller's `Idempotency-Key`.
    pub key: Option<Key>,
    /// What becomes known of it.
    pub record: CallRecord,
}

/// Serves one unified call. `render` writes an error as the caller gets it, for answers that are kept.
///
/// All violations of the request are found before anything is sent. Dropping the future cancels the call, save for a call with
/// a key, which runs to its end, and a stream that has begun: that one ends with its vendor, its deadline or its reader.
///
/// # Errors
///
/// See [`UnifiedError`].
pub async fn serve(
    app: &Arc<App>,
    caller: &Caller,
    mut request: UnifiedRequest,
    render: Render,
) -> Result<UnifiedAnswer, UnifiedError> {
    let mut failures = Failures::default();
    let mut parameters = Parameters::parse(&request.query, &mut failures);
    let body = work::on(request.body.len(), || read_body(&request, &mut failures)).await?;
    let Some(id) = parameters.account else { return Err(UnifiedError::Invalid(failures)) };

    let account = app.accounts.recent(id, caller.tenant_id.as_deref()).await.map_err(anyhow::Error::from)?;
    let account = account.ok_or(UnifiedError::UnknownAccount)?;
    request.record.note(|known| known.account = Some(account.clone()));
    app.quotas.account(account.id)?;
    match request.key.take().filter(|_| !parameters.dry_run) {
        Some(key) => {
            parameters.buffer();
            let asked = Asked { request, parameters, body, failures, account };
            idempotency::serve(app, &key, asked, render).await
        }
        None => Asked { request, parameters, body, failures, account }.plan(app).await?.run(app, None).await,
    }
}

/// A request that was read, for an account that its caller may use.
pub(super) struct Asked {
    pub(super) request: UnifiedRequest,
    parameters: Parameters,
    body: Option<Body>,
    failures: Failures,
    pub(super) account: Arc<Account>,
}

/// A request without a fault, for an account and an integration that can serve it.
pub(super) struct Ready {
    request: UnifiedRequest,
    parameters: Parameters,
    account: Arc<Account>,
    generation: Arc<Generation>,
    planned: Planned,
}

impl Asked {
    /// Finds everything that speaks against the call.
    pub(super) async fn plan(self, app: &App) -> Result<Ready, UnifiedError> {
        let Self { request, parameters, body, failures, account } = self;
        let (generation, stale) = app.registry.serving(&account.integration);
        request.record.note(|known| {
            known.generation.clone_from(&generation);
            known.stale = stale;
        });
        if account.is_sandbox && !parameters.dry_run {
            return Err(UnifiedError::Sandbox);
        }
        if account.status == Status::NeedsReauth {
            return Err(UnifiedError::NeedsReauth(account.last_error.clone()));
        }
        let generation = generation.ok_or_else(|| UnifiedError::NotLoaded(account.integration.clone()))?;
        let planned = || plan(&request, &parameters, body, &generation.capabilities, failures);
        let planned = work::on(request.body.len(), planned).await?;
        Ok(Ready { request, parameters, account, generation, planned })
    }
}

/// A body that cannot be read is a failure among others, so that the caller learns of all at once.
fn read_body(request: &UnifiedRequest, failures: &mut Failures) -> Result<Option<Body>, UnifiedError> {
    match body::read(request.content_type.as_deref(), &request.body) {
        Err(BodyError::MediaType) => Err(UnifiedError::MediaType),
        Err(BodyError::Invalid(found)) => {
            failures.append(found);
            Ok(None)
        }
        Ok(mut body) => {
            let document = Value::Object(std::mem::take(&mut body.document));
            schema::check(request.category, &document, failures).map_err(anyhow::Error::from)?;
            if let Value::Object(document) = document {
                body.document = document;
            }
            blank::refuse(&body.document, failures);
            addresses::unite(&mut body.document, failures);
            Ok(Some(body))
        }
    }
}

/// What goes into the plugin, once nothing is left to object to.
struct Planned {
    user: String,
    query: BTreeMap<String, String>,
    remote: RemoteInput,
    /// The value of `mortise-ignored-fields`.
    ignored: Option<HeaderValue>,
    shape: Shape,
}

/// What the answer looks like.
struct Shape {
    category: Category,
    operation: Operation,
}

impl Shape {
    fn status(&self) -> StatusCode {
        respond::success(self.operation)
    }

    /// The fields that the integration declares for its answers.
    fn declared<'a>(&self, capabilities: &'a Capabilities) -> &'a [String] {
        capabilities.operation(self.category, self.operation).map_or(&[], |support| &support.response)
    }
}

fn plan(
    request: &UnifiedRequest,
    parameters: &Parameters,
    body: Option<Body>,
    capabilities: &Capabilities,
    mut failures: Failures,
) -> Result<Planned, UnifiedError> {
    let (category, operation) = (request.category, request.operation);
    let not_offered = || UnifiedError::NotOffered { slug: capabilities.slug.clone(), operation, category };
    let support = capabilities.operation(category, operation).ok_or_else(not_offered)?;
    let query = parameters.declared(&support.query, &mut failures);
    let Some(mut body) = body else { return Err(UnifiedError::Invalid(failures)) };
    validate::check(&body.document, support, &mut failures);
    let ignored = validate::take_ignored(&mut body.document, support, parameters.strict, &mut failures);
    if !failures.is_empty() {
        return Err(UnifiedError::Invalid(failures));
    }
    let user = category.to_canonical(body.document).map_err(|error| {
        UnifiedError::Invalid(Failure::new(Place::Body, error.path, format_args!("must be {}", error.expected)).into())
    })?;
    let user = serde_json::to_string(&user).map_err(anyhow::Error::from)?;
    let remote = RemoteInput { query: parameters.remote_query().to_vec(), data: body.remote_data };
    let shape = Shape { category, operation };
    Ok(Planned { user, query, remote, ignored: respond::ignored_header(&ignored), shape })
}

impl Ready {
    /// Invokes the plugin and writes the answer in the format asked for. `attempt` watches a call with a key.
    pub(super) async fn run(self, app: &Arc<App>, attempt: Option<&Attempt>) -> Result<UnifiedAnswer, UnifiedError> {
        let Self { request, parameters, account, generation, planned } = self;
        let mut variables = generation.capabilities.open_values(&account.context);
        let shape = planned.shape;
        let (delivery, started) = delivery(&parameters);
        let session_account = SessionAccount {
            id: account.id,
            sealed: account.sealed.clone(),
            variables: variables.clone(),
            method: account.authentication_method.clone(),
            request_id: request.request_id.clone(),
            waited: Stopwatch::default(),
        };
        request.record.note(|known| known.vendor = session_account.waited.clone());
        let mut session = app.egress.session(&generation.profile, session_account, planned.remote, delivery).await?;
        variables.extend(session.brought().clone());
        if let Some(attempt) = attempt {
            attempt.watch(&mut session);
        }
        let transcript = session.transcript();
        request.record.note(|known| known.transcript = Some(transcript.clone()));
        let invocation = Invocation {
            lane: generation.lane.clone(),
            account: account.id,
            prepared: generation.prepared.clone(),
            category: shape.category,
            operation: request.operation,
            id: request.id,
            user: planned.user,
            parameters: planned.query,
            variables,
            wants_user: parameters.format.wants_user(),
            session,
            request_id: request.request_id,
        };
        let record = request.record.clone();
        let call = Call {
            app: app.clone(),
            account,
            generation: generation.clone(),
            transcript: transcript.clone(),
            dry_run: parameters.dry_run,
            record: request.record,
        };
        let outcome = match started {
            None => Streamed::Ended(call.finish(invocation).await),
            Some(started) => stream(started, call, invocation).await,
        };
        let mut answer = match outcome {
            Streamed::Begun(answer) => UnifiedAnswer::stream(shape.status(), answer),
            Streamed::Ended(outcome) => {
                let bytes =
                    transcript.bytes() + outcome.as_ref().map_or(0, |user| user.as_ref().map_or(0, |user| user.bytes));
                let declared = shape.declared(&generation.capabilities);
                work::on(bytes, || write(outcome, &shape, declared, &parameters, &transcript, &record)).await?
            }
        };
        answer.headers.extend(planned.ignored.map(|names| (IGNORED_FIELDS, names)));
        Ok(answer)
    }
}

fn delivery(parameters: &Parameters) -> (Delivery, Option<oneshot::Receiver<StreamedAnswer>>) {
    match parameters.format {
        _ if parameters.dry_run => (Delivery::DryRun, None),
        Format::Stream => {
            let (begin, started) = oneshot::channel();
            (Delivery::Streamed(begin), Some(started))
        }
        _ => (Delivery::Buffered, None),
    }
}

fn write(
    outcome: Result<Option<Answered>, UnifiedError>,
    shape: &Shape,
    declared: &[String],
    parameters: &Parameters,
    transcript: &Transcript,
    record: &CallRecord,
) -> Result<UnifiedAnswer, UnifiedError> {
    let broken = |error: serde_json::Error| UnifiedError::Internal(error.into());
    if let (true, Ok(_) | Err(UnifiedError::Broken(CallError::DryRun))) = (parameters.dry_run, &outcome) {
        return Ok(UnifiedAnswer::json(StatusCode::OK, respond::dry_run(&transcript.exchanges()).map_err(broken)?));
    }
    let user = match outcome {
        Err(source) if parameters.format == Format::Debug => {
            let requests = respond::requests(&transcript.exchanges()).map_err(broken)?;
            return Err(UnifiedError::Debugged { source: Box::new(source), requests });
        }
        outcome => outcome?,
    };
    let primary = transcript.primary();
    let rates = primary.as_ref().map(|answer| vendor::rate_headers(&answer.headers)).unwrap_or_default();
    let mut answer = match user {
        None => UnifiedAnswer::raw(shape.status(), primary),
        Some(user) => {
            let mut document = respond::document(shape.category, *user.user, declared, primary.as_ref(), parameters)
                .map_err(broken)?;
            record.note(|known| known.undeclared = std::mem::take(&mut document.undeclared));
            let body = match parameters.format {
                Format::Debug => respond::debug(document, &transcript.exchanges()),
                _ => serde_json::to_vec(&document),
            };
            UnifiedAnswer::json(shape.status(), body.map_err(broken)?)
        }
    };
    answer.headers.extend(rates);
    Ok(answer)
}

/// What the plugin answered with.
struct Answered {
    user: Box<User>,
    /// Of its text.
    bytes: usize,
}

/// How a streamed call goes on.
enum Streamed {
    /// The vendor's body is arriving; the call runs on by itself.
    Begun(StreamedAnswer),
    /// The call ended without a body to pipe.
    Ended(Result<Option<Answered>, UnifiedError>),
}

/// Waits for the vendor's body to begin or for the call to end, whichever is first.
async fn stream(started: oneshot::Receiver<StreamedAnswer>, call: Call, invocation: Invocation) -> Streamed {
    let mut running = AbortOnDropHandle::new(tokio::spawn(call.finish(invocation).in_current_span()));
    tokio::select! {
        biased;
        Ok(answer) = started => {
            drop(running.detach());
            Streamed::Begun(answer)
        }
        ended = &mut running => Streamed::Ended(ended.unwrap_or_else(|error| Err(anyhow::Error::from(error).into()))),
    }
}

/// A call and what its end means to the account.
struct Call {
    app: Arc<App>,
    account: Arc<Account>,
    generation: Arc<Generation>,
    transcript: Transcript,
    dry_run: bool,
    record: CallRecord,
}

impl Call {
    async fn finish(self, invocation: Invocation) -> Result<Option<Answered>, UnifiedError> {
        let (category, operation) = (invocation.category, invocation.operation);
        let wants_user = invocation.wants_user && !self.dry_run;
        let id = invocation.id.clone();
        let span = span!(
            "call",
            mortise.integration = self.account.integration.as_str(),
            mortise.generation = self.generation.id(),
            mortise.account = %self.account.id,
            mortise.category = category.as_str(),
            mortise.operation = operation.as_str(),
            otel.status_code = Empty,
        );
        let Completed { result, pass, guest } = self.app.calls.invoke(invocation).instrument(span.clone()).await;
        if !matches!(result, Err(CallError::Full | CallError::HostMemory { .. } | CallError::CircuitOpen(_))) {
            self.record.note(|known| known.guest = Some(guest));
        }
        if result.is_err() {
            span.record("otel.status_code", "error");
        }
        match result {
            Ok(user) => {
                if !self.dry_run && self.account.last_forbidden_error.is_some() {
                    self.note("clear_forbidden", self.app.accounts.clear_forbidden(self.account.id).await);
                }
                let bytes = user.as_ref().map_or(0, String::len);
                let user = work::on(bytes, || self.read(user.as_deref(), wants_user, id)).await;
                match (pass, &user) {
                    (Some(pass), Err(UnifiedError::Nonsense(_))) => pass.broke(),
                    (Some(pass), _) => pass.ended_well(),
                    (None, _) => {}
                }
                user
            }
            Err(CallError::Failed(failure)) => {
                let declared = &self.generation.capabilities.error_messages;
                let failed = || vendor::failed(failure, category, declared, &self.transcript);
                let error = work::on(self.transcript.bytes(), failed).await.map_err(anyhow::Error::from)?;
                if let UnifiedError::Vendor(error) = &error {
                    self.remember(operation, error).await;
                }
                Err(error)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The user that the plugin answered with, if the caller wants one. An update has the caller's id if the vendor's answer has none.
    fn read(&self, text: Option<&str>, wanted: bool, id: Option<String>) -> Result<Option<Answered>, UnifiedError> {
        if self.dry_run {
            return Ok(None);
        }
        // A plugin that maps nothing does not look at the body that the caller is to get.
        if let Some(failure) = self.transcript.primary_failure() {
            return Err(failure.into());
        }
        if !wanted {
            return Ok(None);
        }
        let mut user = respond::canonical(text)?;
        if let (None, Some(id)) = (user.id.value(), id) {
            user.id = id.into();
        }
        Ok(Some(Answered { user: Box::new(user), bytes: text.map_or(0, str::len) }))
    }

    /// Keeps a refusal of the vendor with the account.
    async fn remember(&self, operation: Operation, error: &VendorError) {
        let occurred_at = jiff::Timestamp::now().to_string();
        match error.status {
            StatusCode::UNAUTHORIZED => {
                let raw = error.raw_response.as_ref().filter(|raw| raw.get().len() <= MAX_KEPT_RESPONSE);
                let record = json!({
                    "status": error.status.as_u16(),
                    "message": error.message,
                    "raw_response": raw,
                    "occurred_at": occurred_at,
                });
                let Account { id, sealed, .. } = &*self.account;
                let signed_in = self.transcript.credentials();
                let refused = signed_in.as_ref().unwrap_or(sealed);
                self.note("mark_needs_reauth", self.app.accounts.mark_needs_reauth(*id, refused, record).await);
            }
            StatusCode::FORBIDDEN => {
                let method = match operation {
                    Operation::CreateUser => "create",
                    Operation::UpdateUser => "update",
                };
                let record = json!({
                    "resource": "users",
                    "method": method,
                    "missing_scopes": [],
                    "occurred_at": occurred_at,
                });
                self.note("record_forbidden", self.app.accounts.record_forbidden(self.account.id, record).await);
            }
            _ => {}
        }
    }

    /// The caller's answer does not depend on the account's notes: a failure to keep one is the operator's to know.
    fn note<T, E: Into<anyhow::Error>>(&self, what: &str, result: Result<T, E>) {
        if let Err(error) = result {
            let error: anyhow::Error = error.into();
            tracing::error!(account = %self.account.id, what, "the account could not be updated: {error:#}");
        }
    }
}
