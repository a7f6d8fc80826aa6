//! Admission, instance, deadline, answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::sync::Cache;
use mortise_model::{Category, Operation};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::{Store, Trap};

use super::bindings::mortise::integration::types::Failure as WitFailure;
use super::host::DryRunEnd;
use super::outcome::{CallError, Failure, FailureKind};
use super::sandbox::{Prepared, Sandbox};
use super::state::{Context, State};
use super::threads::Long;
use crate::config::Limits;
use crate::egress::Session;

/// Longest document that a plugin answers with, in bytes (`wit/integration.wit`).
const ANSWER_BYTES: usize = 4 << 20;
/// Longest message of a plugin that a caller sees, in characters.
const MESSAGE_CHARS: usize = 1_000;
/// Longest field name in a plugin's failure, in characters.
const FIELD_CHARS: usize = 128;

/// One call, ready to run.
pub struct Invocation {
    /// The integration's slug, for admission and logs.
    pub slug: String,
    /// The linked component of the generation that serves the call.
    pub prepared: Arc<Prepared>,
    /// Category of the route.
    pub category: Category,
    /// What to do.
    pub operation: Operation,
    /// The user to update.
    pub id: Option<String>,
    /// The canonical user as JSON text.
    pub user: String,
    /// Unified query parameters, each as JSON text.
    pub parameters: BTreeMap<String, String>,
    /// The account's variables without secrets, defaults filled in.
    pub variables: BTreeMap<String, String>,
    /// Whether the mapped answer will be used.
    pub wants_user: bool,
    /// The way out.
    pub session: Session,
    /// For logs.
    pub request_id: String,
}

/// How a call ended.
#[derive(Debug)]
pub struct Completed {
    /// The canonical user as JSON text, or none where the vendor answers with nothing.
    pub result: Result<Option<String>, CallError>,
    /// Time in the guest and the host's own work.
    pub guest: Duration,
    /// Time from admission to the end.
    pub total: Duration,
}

/// Runs calls: as many at once as the pool has room for.
pub struct Calls {
    sandbox: Arc<Sandbox>,
    all: Arc<Semaphore>,
    each: Cache<String, Arc<Semaphore>>,
}

impl Calls {
    /// Prepares to run calls in this sandbox.
    pub fn new(sandbox: Arc<Sandbox>) -> Self {
        let all = Arc::new(Semaphore::new(sandbox.limits().concurrent_calls as usize));
        Self { sandbox, all, each: Cache::builder().max_capacity(10_000).build() }
    }

    /// Runs one call in a fresh instance, in a task of its own: a panic in a host function ends this call and nothing else.
    /// Dropping the future cancels the call.
    pub async fn invoke(&self, invocation: Invocation) -> Completed {
        let limits = self.sandbox.limits();
        let started = Instant::now();
        let Some(permits) = self.admit(&invocation.slug, limits).await else {
            return Completed { result: Err(CallError::Full), guest: Duration::ZERO, total: started.elapsed() };
        };
        let sandbox = self.sandbox.clone();
        let long = Long::default();
        let call = {
            let long = long.clone();
            async move {
                let completed = run(&sandbox, invocation, started, long).await;
                drop(permits);
                completed
            }
        };
        self.sandbox.threads().run(long, call).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a host function panicked while serving a call");
            let result = Err(CallError::Trapped("the host failed inside the call".into()));
            Completed { result, guest: Duration::ZERO, total: started.elapsed() }
        })
    }

    async fn admit(&self, slug: &str, limits: &Limits) -> Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)> {
        let own = self
            .each
            .get_with_by_ref(slug, || Arc::new(Semaphore::new(limits.concurrent_calls_per_integration as usize)));
        let wait = Duration::from_millis(limits.admission_wait_ms);
        let both = async { Some((own.acquire_owned().await.ok()?, self.all.clone().acquire_owned().await.ok()?)) };
        tokio::time::timeout(wait, both).await.ok().flatten()
    }
}

async fn run(sandbox: &Sandbox, invocation: Invocation, started: Instant, long: Long) -> Completed {
    let Invocation {
        slug,
        prepared,
        category,
        operation,
        id,
        user,
        parameters,
        variables,
        wants_user,
        session,
        request_id,
    } = invocation;
    let limits = sandbox.limits();
    let deadline = session.deadline();
    let context = Context { variables, parameters, wants_user, session: Some(session), slug, request_id, long };
    let mut store = sandbox.store(context);
    let answered = tokio::time::timeout_at(deadline, async {
        let instance = sandbox.instantiate(&prepared, &mut store).await?;
        let users = instance.mortise_integration_users();
        match operation {
            Operation::CreateUser => users.call_create_user(&mut store, category.as_str(), &user).await,
            Operation::UpdateUser => {
                users.call_update_user(&mut store, category.as_str(), id.as_deref().unwrap_or_default(), &user).await
            }
        }
    })
    .await;
    let result = match answered {
        Ok(Ok(Ok(Some(user)))) if user.len() > ANSWER_BYTES => {
            Err(CallError::Trapped(format!("its answer is larger than {ANSWER_BYTES} bytes")))
        }
        Ok(Ok(Ok(user))) => Ok(user),
        Ok(Ok(Err(failure))) => Err(CallError::Failed(failure.into())),
        Ok(Err(error)) => Err(ended(&error, &store, limits)),
        Err(_) => Err(CallError::Deadline(limits.call_deadline_ms)),
    };
    let total = started.elapsed();
    let waited = store.data().context.session.as_ref().map_or(Duration::ZERO, Session::waited);
    Completed { result, guest: total.saturating_sub(waited), total }
}

/// Names the reason why an instance ended without an answer.
pub(super) fn ended(error: &wasmtime::Error, store: &Store<State>, limits: &Limits) -> CallError {
    if error.downcast_ref::<DryRunEnd>().is_some() {
        return CallError::DryRun;
    }
    let state = store.data();
    let trap = error.downcast_ref::<Trap>();
    if trap == Some(&Trap::Interrupt) {
        return CallError::CpuBudget(limits.guest_cpu_ms);
    }
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        return CallError::Full;
    }
    let reason = match (state.limiter.refused, trap) {
        (Some(limit), _) => format!("it reached {limit}"),
        (None, Some(Trap::StackOverflow)) => "its stack overflowed".into(),
        (None, Some(trap)) => trap.to_string(),
        (None, None) => "it broke the contract".into(),
    };
    tracing::warn!(
        integration = state.context.slug,
        request_id = state.context.request_id,
        reason,
        error = format!("{error:#}"),
        stderr = ?state.complaint(),
        "the integration failed while serving a call"
    );
    CallError::Trapped(reason)
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
