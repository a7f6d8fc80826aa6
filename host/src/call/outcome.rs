//! The ends of a call without an answer.

use std::fmt;

use mortise_model::FailureKind;
use mortise_policy::characters::is_hidden;
use wasmtime::{Store, Trap};

use super::bindings::mortise::integration::types::Failure as WitFailure;
use super::host::{DryRunEnd, IgnoredEnd};
use super::state::{State, is_out_of_memory};
use crate::config::Bounds;

/// Longest message of a plugin for a caller, in characters.
const MESSAGE_CHARS: usize = 1_000;
/// Longest field name in a plugin's failure, in characters.
const FIELD_CHARS: usize = 128;
/// The text for callers when a plugin breaks.
const BROKEN: &str = "the integration failed while serving the call";

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The plugin returned a failure.
    #[error("{0}")]
    Failed(Failure),
    /// The plugin trapped, or exceeded a bound on memory, tables or bytes.
    #[error("{BROKEN}: {reason}{}{stderr}", if stderr.is_empty() { "" } else { "\n" })]
    Trapped {
        /// The reason.
        reason: String,
        /// Whether the reason is a bound of the contract or of the host's settings. Callers may see such a reason.
        is_bound: bool,
        /// The plugin's text on standard error, such as a panic's message, for its author. At most 4 KiB, may be empty.
        stderr: String,
    },
    /// The guest used up its CPU budget.
    #[error("the integration used more than {0} ms of CPU time")]
    CpuBudget(u64),
    /// The deadline over guest and vendor time passed.
    #[error("the call did not finish within {0} ms")]
    Deadline(u64),
    /// The integration failed in its last calls. The value is the time until the host admits the next call, in seconds.
    #[error("the integration failed in its last calls, so the host pauses its calls: try again in {0} s")]
    CircuitOpen(u64),
    /// The host has no room for another call now.
    #[error("the host serves as many calls as it may (limits.concurrent_calls): try again in 1 s")]
    Full,
    /// This machine has no memory or address space left for the guest. The operator must act.
    #[error(
        "the host has no memory left for the call{}",
        if *.wrote { ", and the vendor may have carried it out: look there before you send it again" } else { "" }
    )]
    HostMemory {
        /// Whether the vendor may have changed something before that.
        wrote: bool,
    },
    /// The plugin does not write a field, and the call is strict. The host wrote nothing.
    #[error("{0} is not written by this integration")]
    NotWritten(String),
    /// A dry run reached its first write, which is in the transcript.
    #[error("dry run")]
    DryRun,
}

impl CallError {
    /// A failure of the host while it served the plugin.
    pub(super) fn trapped(reason: impl Into<String>) -> Self {
        Self::Trapped { reason: reason.into(), is_bound: false, stderr: String::new() }
    }

    /// The plugin's answer exceeds a bound.
    pub(super) fn beyond(reason: impl Into<String>) -> Self {
        Self::Trapped { reason: reason.into(), is_bound: true, stderr: String::new() }
    }

    /// The text for callers. If a plugin broke, it names only a bound that it exceeded. The log has the rest.
    pub fn told(&self) -> String {
        match self {
            Self::Trapped { reason, is_bound: true, .. } => format!("{BROKEN}: {reason}"),
            Self::Trapped { .. } => BROKEN.to_owned(),
            told => told.to_string(),
        }
    }

    /// The kind of end as one word, for metrics and logs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Failed(failure) => failure.kind.as_str(),
            Self::Trapped { .. } => "trapped",
            Self::CpuBudget(_) => "cpu-budget",
            Self::Deadline(_) => "deadline",
            Self::CircuitOpen(_) => "circuit-open",
            Self::Full => "full",
            Self::HostMemory { .. } => "host-memory",
            Self::NotWritten(_) => "invalid",
            Self::DryRun => "dry-run",
        }
    }
}

/// A plugin's typed failure.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Who must act. [`FailureKind::Internal`] if the contract does not have the plugin's word.
    pub kind: FailureKind,
    /// The message for the caller, at most 1,000 characters, without control and format characters. May be empty for
    /// [`FailureKind::Vendor`] and [`FailureKind::Refused`].
    pub message: String,
    /// The unified field that caused the failure.
    pub field: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.as_str(), self.message)
    }
}

impl From<WitFailure> for Failure {
    fn from(failure: WitFailure) -> Self {
        let clean = |text: &str, chars: usize| text.chars().filter(|c| !is_hidden(*c)).take(chars).collect();
        Self {
            kind: FailureKind::named(&failure.kind).unwrap_or(FailureKind::Internal),
            message: clean(&failure.message, MESSAGE_CHARS),
            field: failure.field.map(|field| clean(&field, FIELD_CHARS)),
        }
    }
}

/// The reason why an instance ended without an answer.
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

/// Whether the guest passed more than `limits.guest_hostcall_bytes`. wasmtime has a text for it, and no public type.
fn is_out_of_fuel(error: &wasmtime::Error) -> bool {
    error.root_cause().to_string().ends_with("fuel allocated for hostcalls has been exhausted")
}
