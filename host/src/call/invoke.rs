//! Runs one call: admission, instance, deadline, answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mortise_model::Category;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument;
use uuid::Uuid;
use wasmtime::Store;

use super::admission::AdmissionControl;
use super::operation::{Input, Output};
use super::outcome::{CallError, ended};
use super::permit::CallPermit;
use super::sandbox::{Prepared, Sandbox};
use super::state::{Context, Spent, State};
use super::threads::{Long, Unfinished};
use crate::config::Class;
use crate::egress::{Session, whole_seconds};
use crate::observe::{Stopwatch, span};

/// One call, ready to run.
pub struct Invocation {
    /// Admission control of the generation that serves the call, with the integration's name for logs.
    pub admission: Arc<AdmissionControl>,
    /// The account of the call.
    pub account: Uuid,
    /// The linked component of the generation that serves the call.
    pub prepared: Arc<Prepared>,
    /// The category in the route.
    pub category: Category,
    /// The operation with its input.
    pub input: Input,
    /// Unified query parameters, each as JSON text.
    pub parameters: BTreeMap<String, String>,
    /// The account's variables without secrets, with declared defaults.
    pub variables: BTreeMap<String, String>,
    /// Whether the host will use the user in the plugin's answer.
    pub wants_user: bool,
    /// Whether a field that the plugin does not write ends the call.
    pub strict: bool,
    /// What earlier instances of the same call have used.
    pub spent: Spent,
    /// The session for vendor requests.
    pub session: Session,
    /// The request id, for logs.
    pub request_id: Arc<str>,
}

/// The end of a call.
#[derive(Debug)]
pub struct Completed {
    /// The plugin's answer, or why there is none.
    pub result: Result<Output, CallError>,
    /// The permit, which tells the circuit whether the answer was good. `None` if that is settled because the call has
    /// no answer.
    pub permit: Option<CallPermit>,
    /// CPU time of the guest.
    pub guest: Duration,
    /// The fields that the plugin reported as not written.
    pub ignored: Vec<String>,
    /// What all instances of the call have used.
    pub spent: Spent,
}

impl Completed {
    fn failed(error: CallError) -> Self {
        Self::of(Err(error))
    }

    /// The end of a call whose guest did not run to its end.
    fn of(result: Result<Output, CallError>) -> Self {
        Self { result, permit: None, guest: Duration::ZERO, ignored: Vec::new(), spent: Spent::default() }
    }
}

/// Runs calls, at most as many at the same time as the pool has room for.
pub struct Calls {
    sandbox: Arc<Sandbox>,
    all: Arc<Semaphore>,
    interpreters: Arc<Semaphore>,
}

/// The permits that a call holds until it ends: of its integration, of its class, and of all calls.
pub struct Places(
    #[expect(dead_code, reason = "held until the call ends")]
    (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>, OwnedSemaphorePermit),
);

impl Calls {
    /// Makes a runner of calls in this sandbox.
    pub fn new(sandbox: Arc<Sandbox>) -> Self {
        let all = Arc::new(Semaphore::new(sandbox.concurrent_calls()));
        let interpreters = sandbox.bounds(Class::Interpreter).concurrent_calls;
        Self { sandbox, all, interpreters: Arc::new(Semaphore::new(interpreters as usize)) }
    }

    /// Calls that can run at the same time.
    pub fn most(&self) -> usize {
        self.sandbox.concurrent_calls()
    }

    /// Running calls of all integrations.
    pub fn in_flight(&self) -> usize {
        self.most().saturating_sub(self.all.available_permits())
    }

    /// Runs one call in a fresh instance. A panic in a host function ends only this call. Dropping the future cancels
    /// the call.
    pub async fn invoke(&self, invocation: Invocation) -> Completed {
        let permit = match CallPermit::ask(&invocation.admission, invocation.account) {
            Ok(permit) => permit,
            Err(left) => {
                return Completed::failed(CallError::CircuitOpen(whole_seconds(left)));
            }
        };
        let Some(permits) = self.admit(&invocation.admission).await else {
            return Completed::failed(CallError::Full);
        };
        let sandbox = self.sandbox.clone();
        let long = Long::default();
        let call = {
            let long = long.clone();
            async move {
                let completed = run(&sandbox, invocation, long).await;
                drop(permits);
                completed
            }
        };
        let completed = self.sandbox.threads().run(long, call.in_current_span()).await.unwrap_or_else(|error| {
            match error {
                Unfinished::Panicked(_) => tracing::error!(%error, "the host failed inside a call"),
                Unfinished::Cancelled => tracing::info!("a call was cut off, as the host ends"),
            }
            Completed::failed(CallError::trapped("the host failed inside the call"))
        });
        Completed { permit: settle(permit, &completed.result), ..completed }
    }

    /// The permits for one call of an integration. A request without its plugin needs them, too. `None` if they are not
    /// free within [`admission_wait_ms`](crate::config::Limits::admission_wait_ms).
    pub async fn admit(&self, admission: &AdmissionControl) -> Option<Places> {
        let wait = Duration::from_millis(self.sandbox.limits().admission_wait_ms);
        let own = admission.room.clone().acquire_owned();
        let places = async {
            let own = own.await.ok()?;
            // The permit of the class comes before that of all calls, so that calls that wait for an interpreter delay
            // no others.
            let interpreter = match admission.class() {
                Class::Ordinary => None,
                Class::Interpreter => Some(self.interpreters.clone().acquire_owned().await.ok()?),
            };
            Some(Places((own, interpreter, self.all.clone().acquire_owned().await.ok()?)))
        };
        tokio::time::timeout(wait, places).await.ok().flatten()
    }
}

/// Tells the circuit how the call ended. The caller of [`Calls::invoke`] judges an answer.
fn settle(permit: CallPermit, result: &Result<Output, CallError>) -> Option<CallPermit> {
    match result {
        Ok(_) => return Some(permit),
        Err(CallError::Failed(_) | CallError::DryRun | CallError::NotWritten(_)) => permit.ended_well(),
        Err(CallError::Trapped { .. } | CallError::CpuBudget(_)) => permit.broke(),
        // The plugin or the vendor may have caused the deadline.
        Err(CallError::Deadline(_)) => drop(permit),
        // The host caused these.
        Err(CallError::Full | CallError::HostMemory { .. } | CallError::CircuitOpen(_)) => drop(permit),
    }
    None
}

async fn run(sandbox: &Sandbox, invocation: Invocation, long: Long) -> Completed {
    if let Some(native) = invocation.prepared.native() {
        let result = native(invocation).await.map(Output::User);
        return Completed::of(result);
    }
    let Invocation {
        admission,
        account: _,
        prepared,
        category,
        input,
        parameters,
        variables,
        wants_user,
        strict,
        spent,
        session,
        request_id,
    } = invocation;
    let limits = sandbox.limits();
    let deadline = session.deadline();
    let slug = admission.integration().clone();
    let computed = Stopwatch::default();
    let context =
        Context { variables, parameters, wants_user, session: Some(session), slug, request_id, long, strict, spent };
    let mut store = sandbox.store(prepared.class, context);
    let hosted = store.data().hosted.clone();
    let answered = tokio::time::timeout_at(deadline, async {
        let instance = sandbox.instantiate(&prepared, &mut store).await?;
        let called = input.call(instance.mortise_integration_users(), &mut store, category);
        computed.polls(called.instrument(span!("guest"))).await
    })
    .await;
    let result = match answered {
        Ok(Ok(Ok(output))) => output.bounded().map_err(|reason| unbounded(reason, &store)),
        Ok(Ok(Err(failure))) => Err(CallError::Failed(failure.into())),
        Ok(Err(error)) => Err(ended(&error, &store, sandbox.bounds(prepared.class))),
        Err(_) => Err(CallError::Deadline(limits.call_deadline_ms)),
    };
    // Host functions run within the guest's polls, so their time is subtracted.
    let guest = computed.elapsed().saturating_sub(hosted.elapsed());
    let ignored = std::mem::take(&mut store.data_mut().ignored);
    let spent = Spent { computed: spent.computed + guest, log: store.data().log };
    Completed { result, permit: None, guest, ignored, spent }
}

/// The error for an answer beyond the bounds of the contract. The log has the reason, too.
fn unbounded(reason: String, store: &Store<State>) -> CallError {
    let context = &store.data().context;
    tracing::warn!(
        integration = %context.slug,
        request_id = &*context.request_id,
        reason,
        "the integration failed while serving a call"
    );
    CallError::beyond(reason)
}
