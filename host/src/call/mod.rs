//! One unified call: store, limits, deadline, invocation, outcome. This room knows nothing of HTTP routes or SQL.

mod admission;
pub mod bindings;
mod circuit;
mod host;
mod invoke;
mod native;
pub mod operation;
pub mod outcome;
mod permit;
mod sandbox;
mod state;
mod threads;

pub use admission::AdmissionControl;
pub use circuit::{Circuit, CircuitState};
pub use invoke::{Calls, Completed, Invocation, Places};
pub use native::Native;
pub use operation::{Input, Output};
pub use outcome::{CallError, Failure};
pub use permit::CallPermit;
pub use sandbox::{Prepared, Sandbox};
pub use state::Spent;
