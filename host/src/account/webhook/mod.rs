//! Webhooks: the endpoints of the operator's application, and the queue of deliveries to them.
//!
//! The queue is rows of the database. [`Outbox`] writes them in the transaction of the change that they report. One
//! host at a time [leases](Webhooks::claim) a row and sends it, however many hosts share the database.

mod delivery;
mod endpoint;
mod event;
mod queue;
mod webhooks;

pub use delivery::{Delivery, DeliveryRecord, DeliveryStatus, NO_DELIVERY, Replay, Replayed, UnknownDeliveryStatus};
pub use endpoint::{Changed, NewWebhook, Webhook, WebhookChange};
pub use event::{EventType, UnknownEvent};
pub(in crate::account) use event::{Outbox, Written};
pub use queue::{Attempted, Backlog, Finished};
pub use webhooks::{MAX_WEBHOOKS, Webhooks};
