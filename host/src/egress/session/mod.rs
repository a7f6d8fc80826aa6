//! The vendor requests of one call. A session ends with its call, and so do the opened credentials.

mod attempt;
mod egress_session;
mod first_write;
mod outbound_request;
mod prepare;
mod signing;
mod stream;

pub use egress_session::Session;
pub use outbound_request::OutboundRequest;
