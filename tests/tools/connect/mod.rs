//! Connecting accounts, from a customer's click to an account that works: in a real browser, with a real authorization
//! server, and with the published browser SDKs.

pub(crate) mod accessibility;
pub(crate) mod account;
pub(crate) mod documentation;
pub(crate) mod frame;
pub(crate) mod link;
mod outcome;
mod person;
pub(crate) mod sdk;
mod stage;
pub(crate) mod window;
