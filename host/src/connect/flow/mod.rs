//! The way to the vendor and back, and how an account is stored in the end.
//!
//! [`start`] makes a flow: a row in the database, a cookie in the browser, and the address at the vendor. [`callback`] takes what the vendor
//! sends the browser back with, and has the code redeemed. [`finish_form`] ends a flow that no vendor is part of, and [`confirm`] one that
//! waited for the application. Each stores the account, spends the link token and ends the flow in one transaction.

mod callback;
mod consent;
mod finish;
mod identity;
mod refused;
mod rejected;
mod report;
mod scopes;
mod start;
mod variables;

pub use callback::{Arrived, Landed, POSTED_AGAIN, callback};
pub use finish::{Confirmed, Filled, confirm, finish_form, resume, sent_before};
pub use refused::Refused;
pub use report::{Report, report};
pub use start::{Started, cookie_name, start};
