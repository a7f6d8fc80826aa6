//! One unified call: store, limits, deadline, invocation, outcome. Knows nothing of HTTP routes or SQL.

pub mod bindings;
mod host;
mod invoke;
pub mod outcome;
mod sandbox;
mod state;
mod threads;

pub use invoke::{Calls, Completed, Invocation};
pub use outcome::{CallError, Failure, FailureKind};
pub use sandbox::{Prepared, Sandbox};
