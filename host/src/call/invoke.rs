//! Admission, instance, deadline, answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use mortise_model::Category;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument;
use uuid::Uuid;
use wasmtime::{Store, Trap};

use super::bindings::mortise::integration::types::Failure as WitFailure;
use super::circuit::Pass;
use super::host::{DryRunEnd, IgnoredEnd};
use super::lane::Lane;
use super::operation::{Input, Output};
use super::outcome::{CallError, Failure, FailureKind};
use super::sandbox::{Prepared, Sandbox};
use super::state::{Context, Spent, State, is_out_of_memory};
use super::threads::{Long, Unfinished};
use crate::config::{Bounds, Class};
use crate::egress::{Session, whole_seconds};
use crate::observe::{Stopwatch, span};

/// Longest message of a plugin that a caller sees, in characters.
const MESSAGE_CHARS: usize = 1_000;
/// Longest field name in a plugin's failure, in characters.
const FIELD_CHARS: usize = 128;

/// One call, ready to run.
pub struct Invocation {
    /// The lane of the generation that serves the call: admission, circuit, and the integration's name for logs.
    pub lane: Arc<Lane>,
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
    pub pass: Option<Pass>,
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
        Self { result, pass: None, guest: Duration::ZERO, ignored: Vec::new(), spent: Spent::default() }
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
        let pass = match Pass::ask(&invocation.lane, invocation.account) {
            Ok(pass) => pass,
            Err(left) => {
                return Completed::failed(CallError::CircuitOpen(whole_seconds(left)));
            }
        };
        let Some(permits) = self.admit(&invocation.lane).await else {
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
        Completed { pass: settle(pass, &completed.result), ..completed }
    }

    /// The places for one call of an integration, which also a request without its plugin takes up; none where they do not get free in
    /// [`admission_wait_ms`](crate::config::Limits::admission_wait_ms).
    pub async fn admit(&self, lane: &Lane) -> Option<Places> {
        let wait = Duration::from_millis(self.sandbox.limits().admission_wait_ms);
        let own = lane.room.clone().acquire_owned();
        let places = async {
            let own = own.await.ok()?;
            // Those of its class before those of all: what waits for an interpreter holds up no one else.
            let interpreter = match lane.class() {
                Class::Ordinary => None,
                Class::Interpreter => Some(self.interpreters.clone().acquire_owned().await.ok()?),
            };
            Some(Places((own, interpreter, self.all.clone().acquire_owned().await.ok()?)))
        };
        tokio::time::timeout(wait, places).await.ok().flatten()
    }
}

/// Tells the circuit how the call ended; an answer is for the caller of [`Calls::invoke`] to judge.
fn settle(pass: Pass, result: &Result<Output, CallError>) -> Option<Pass> {
    match result {
        Ok(_) => return Some(pass),
        Err(CallError::Failed(_) | CallError::DryRun | CallError::NotWritten(_)) => pass.ended_well(),
        Err(CallError::Trapped { .. } | CallError::CpuBudget(_)) => pass.broke(),
        // Whose fault a deadline is, nobody knows.
        Err(CallError::Deadline(_)) => drop(pass),
        // The host's own want.
        Err(CallError::Full | CallError::HostMemory { .. } | CallError::CircuitOpen(_)) => drop(pass),
    }
    None
}

async fn run(sandbox: &Sandbox, invocation: Invocation, long: Long) -> Completed {
    if let Some(native) = invocation.prepared.native() {
        let result = native(invocation).await.map(Output::User);
        return Completed::of(result);
    }
    let Invocation {
        lane,
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
    let slug = lane.integration().clone();
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
    Completed { result, pass: None, guest, ignored, spent }
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

/// Names the reason why an instance ended without an answer.
pub(super) fn ended(error: &wasmtime::Error, store: &Store<State>, bounds: &Bounds) -> CallError {
    if error.downcast_ref::<DryRunEnd>().is_some() {
        return CallError::DryRun;
    }
    if let Some(IgnoredEnd(field)) = error.downcast_ref::<IgnoredEnd>() {
        return CallError::NotWritten(field.clone());
    }
    let state = store.data();
    let trap = error.downcast_ref::<Trap>();
    if trap == Some(&Trap::Interrupt) {
        return CallError::CpuBudget(bounds.guest_cpu_ms);
    }
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        return CallError::Full;
    }
    if state.limiter.out_of_memory || is_out_of_memory(error) {
        tracing::error!(
            integration = %state.context.slug,
            request_id = &*state.context.request_id,
            error = format!("{error:#}"),
            "no memory for a guest: raise ulimit -v or the container's limit, or lower limits.concurrent_calls"
        );
        let session = state.context.session.as_ref();
        return CallError::HostMemory { wrote: session.is_some_and(|session| session.transcript().may_have_written()) };
    }
    let (reason, is_bound) = match (state.limiter.refused, trap) {
        (Some((what, limit)), _) => (format!("it reached {what} ({})", bounds.class.setting(limit)), true),
        (None, Some(Trap::StackOverflow)) => ("its stack overflowed".into(), false),
        (None, Some(trap)) => (trap.to_string(), false),
        (None, None) if is_out_of_fuel(error) => {
            ("it passed too many bytes at once (limits.guest_hostcall_bytes)".into(), true)
        }
        (None, None) => ("it broke the contract".into(), false),
    };
    let stderr = state.complaint();
    tracing::warn!(
        integration = %state.context.slug,
        request_id = &*state.context.request_id,
        reason,
        error = format!("{error:#}"),
        ?stderr,
        "the integration failed while serving a call"
    );
    CallError::Trapped { reason, is_bound, stderr }
}

/// Whether the guest handed over more than `limits.guest_hostcall_bytes`; wasmtime has a text for that, and no public type.
fn is_out_of_fuel(error: &wasmtime::Error) -> bool {
    error.root_cause().to_string().ends_with("fuel allocated for hostcalls has been exhausted")
}

impl From<WitFailure> for Failure {
    fn from(failure: WitFailure) -> Self {
        let clean = |text: &str, chars: usize| text.chars().filter(|c| !c.is_control()).take(chars).collect();
        Self {
            kind: FailureKind::parse(&failure.kind),
            message: clean(&failure.message, MESSAGE_CHARS),
            field: failure.field.map(|field| clean(&field, FIELD_CHARS)),
        }
    }
}
