//! Admission, instance, deadline, answer.

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
    /// Admission control of the generation that serves the call: room, circuit, and the integration's name for logs.
    pub admission: Arc<AdmissionControl>,
    /// The account that the call is for.
    pub account: Uuid,
    /// The linked component of the generation that serves the call.
    pub prepared: Arc<Prepared>,
    /// Category of the route.
    pub category: Category,
    /// What to do.
    pub input: Input,
    /// Unified query parameters, each as JSON text.
    pub parameters: BTreeMap<String, String>,
    /// The account's variables without secrets, defaults filled in.
    pub variables: BTreeMap<String, String>,
    /// Whether the mapped answer will be used.
    pub wants_user: bool,
    /// Whether a field that the plugin does not write ends the call.
    pub strict: bool,
    /// What earlier instances of the same call have used.
    pub spent: Spent,
    /// The way out.
    pub session: Session,
    /// For logs.
    pub request_id: Arc<str>,
}

/// How a call ended.
#[derive(Debug)]
pub struct Completed {
    /// What the plugin answered with.
    pub result: Result<Output, CallError>,
    /// What tells the circuit whether the plugin did its part; none where that is settled: the call had no answer.
    pub permit: Option<CallPermit>,
    /// Time that the guest computed.
    pub guest: Duration,
    /// The fields that the plugin says it did not write.
    pub ignored: Vec<String>,
    /// What all instances of the call have used.
    pub spent: Spent,
}

impl Completed {
    fn failed(error: CallError) -> Self {
        Self::of(Err(error))
    }

    /// The end of a call in which no guest ran to an end.
    fn of(result: Result<Output, CallError>) -> Self {
        Self { result, permit: None, guest: Duration::ZERO, ignored: Vec::new(), spent: Spent::default() }
    }
}

/// Runs calls: as many at once as the pool has room for.
pub struct Calls {
    sandbox: Arc<Sandbox>,
    all: Arc<Semaphore>,
    interpreters: Arc<Semaphore>,
}

/// The places that a call takes up until it ends: of its integration, of its class, and of all calls.
pub struct Places(
    #[expect(dead_code, reason = "held until the call ends")]
    (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>, OwnedSemaphorePermit),
);

impl Calls {
    /// Prepares to run calls in this sandbox.
    pub fn new(sandbox: Arc<Sandbox>) -> Self {
        let all = Arc::new(Semaphore::new(sandbox.concurrent_calls()));
        let interpreters = sandbox.bounds(Class::Interpreter).concurrent_calls;
        Self { sandbox, all, interpreters: Arc::new(Semaphore::new(interpreters as usize)) }
    }

    /// Calls that can be in flight at a time.
    pub fn most(&self) -> usize {
        self.sandbox.concurrent_calls()
    }

    /// Calls in flight over all integrations.
    pub fn in_flight(&self) -> usize {
        self.most().saturating_sub(self.all.available_permits())
    }

    /// Runs one call in a fresh instance: a panic in a host function ends this call and nothing else.
    /// Dropping the future cancels the call.
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

    /// The places for one call of an integration, which also a request without its plugin takes up; none where they do not get free in
    /// [`admission_wait_ms`](crate::config::Limits::admission_wait_ms).
    pub async fn admit(&self, admission: &AdmissionControl) -> Option<Places> {
        let wait = Duration::from_millis(self.sandbox.limits().admission_wait_ms);
        let own = admission.room.clone().acquire_owned();
        let places = async {
            let own = own.await.ok()?;
            // Those of its class before those of all: what waits for an interpreter holds up no one else.
            let interpreter = match admission.class() {
                Class::Ordinary => None,
                Class::Interpreter => Some(self.interpreters.clone().acquire_owned().await.ok()?),
            };
            Some(Places((own, interpreter, self.all.clone().acquire_owned().await.ok()?)))
        };
        tokio::time::timeout(wait, places).await.ok().flatten()
    }
}

/// Tells the circuit how the call ended; an answer is for the caller of [`Calls::invoke`] to judge.
fn settle(permit: CallPermit, result: &Result<Output, CallError>) -> Option<CallPermit> {
    match result {
        Ok(_) => return Some(permit),
        Err(CallError::Failed(_) | CallError::DryRun | CallError::NotWritten(_)) => permit.ended_well(),
        Err(CallError::Trapped { .. } | CallError::CpuBudget(_)) => permit.broke(),
        // Whose fault a deadline is, nobody knows.
        Err(CallError::Deadline(_)) => drop(permit),
        // The host's own want.
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
    // Host functions run within the guest's polls.
    let guest = computed.elapsed().saturating_sub(hosted.elapsed());
    let ignored = std::mem::take(&mut store.data_mut().ignored);
    let spent = Spent { computed: spent.computed + guest, log: store.data().log };
    Completed { result, permit: None, guest, ignored, spent }
}

/// An answer beyond the bounds of the contract. The log has the reason, too.
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
