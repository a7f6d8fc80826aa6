//! Webhooks: sending the deliveries in the database's queue to the operator's application.
//!
//! `account/webhook` decides which deliveries are due, and which of several hosts sends them. This room [signs](sign)
//! them, [sends](Courier) them through the same transport as vendor requests, and repeats them by a
//! [schedule](Schedule).

mod courier;
mod schedule;
mod sender;
mod signature;

pub use courier::{Courier, Refused};
pub use schedule::Schedule;
pub use sender::Sender;
pub use signature::{Signatures, sign};
