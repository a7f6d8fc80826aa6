//! What an operator can see of a host: metrics, times, spans for traces. Every room may use this one; it uses none.
//!
//! Only the process's log and its export of traces are global here, because a process can run several hosts.

pub mod lines;
pub mod log;
pub mod metrics;
mod stopwatch;
pub mod telemetry;

pub use metrics::{CallFacts, Metrics};
pub use stopwatch::{Running, Stopwatch};

/// The target of spans that exist for traces only. Log lines have the `request` span of their own.
pub const SPANS: &str = "mortise::span";

/// A span for traces. It costs almost nothing if no traces are exported.
macro_rules! span {
    ($($arguments:tt)*) => {
        tracing::trace_span!(target: $crate::observe::SPANS, $($arguments)*)
    };
}
pub(crate) use span;
