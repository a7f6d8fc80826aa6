//! One unified call: store, limits, deadline, invocation, outcome. Knows nothing of HTTP routes or SQL.

pub mod outcome;

pub use outcome::{CallError, Failure, FailureKind};
