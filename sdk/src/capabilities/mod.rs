//! The declaration of an integration, written as a table.

mod auth;
mod authorization;
mod declaration;
mod listing;
mod support;
mod variable;

pub use auth::{Auth, Exchange, ExchangeAnswer};
pub use authorization::{Authorization, Capture};
pub use declaration::Capabilities;
pub use listing::{Listing, TIMES};
pub use support::{FieldSupport, Support};
pub use variable::Variable;
