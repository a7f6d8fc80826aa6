//! Connecting accounts, from a customer's click to an account that works: in a real browser, with a real authorization
//! server, and with the published browser SDKs.

pub(super) mod accessibility;
pub(super) mod account;
pub(super) mod documentation;
pub(super) mod frame;
pub(super) mod link;
mod outcome;
mod person;
pub(super) mod sdk;
mod stage;
pub(super) mod window;
