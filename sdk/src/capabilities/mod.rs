//! The declaration of an integration, written as a table.

mod auth;
mod authorization;
mod declaration;
mod evidence;
mod listing;
mod support;
mod variable;

pub use auth::{Auth, Exchange, ExchangeAnswer};
pub use authorization::{Authorization, Capture};
pub use declaration::Capabilities;
pub use evidence::Evidence;
pub use listing::{Effect, End, Listing, Order, TIMES};
pub use support::{FieldSupport, Support};
pub use variable::Variable;
