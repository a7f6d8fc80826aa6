//! The way to the vendor and back, and the storing of the account at its end.
//!
//! [`start`] makes a flow: a row in the database, a cookie in the browser, and the address at the vendor. [`callback`]
//! reads the vendor's redirect and redeems its code. [`finish_form`] ends a flow without a sign-in at a vendor, and
//! [`confirm`] one that waited for the application. Each stores the account, marks the link token as used and ends the
//! flow in one transaction.

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
