//! One unified call: store, limits, deadline, invocation, outcome. Knows nothing of HTTP routes or SQL.

pub mod bindings;
mod circuit;
mod host;
mod invoke;
mod lane;
mod native;
pub mod operation;
pub mod outcome;
mod sandbox;
mod state;
mod threads;

pub use circuit::{Circuit, CircuitState, Pass};
pub use invoke::{Calls, Completed, Invocation, Places};
pub use lane::Lane;
pub use native::Native;
pub use operation::{Input, Output};
pub use outcome::{CallError, Failure, FailureKind};
pub use sandbox::{Prepared, Sandbox};
pub use state::Spent;
