//! Webhooks: sending what the queue of the database holds to the operator's application.
//!
//! `account/webhook` decides what is sent, and which of several hosts sends it. Here it is [signed](sign), [sent](Courier) through the
//! same transport as vendors' requests, and sent again by a [schedule](Schedule).

mod courier;
mod schedule;
mod sender;
mod signature;

pub use courier::{Courier, Refused};
pub use schedule::Schedule;
pub use sender::Sender;
pub use signature::{Signatures, sign};
