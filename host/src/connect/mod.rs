//! Connecting accounts: the page that customers see, and the way to the vendor and back (OAuth 2.0, RFC 6749 §4.1).
//!
//! An application makes a link token and opens the connect page with it. There its customer chooses an integration and
//! enters credentials, or consents at the vendor. Both end with an [`Outcome`]. The connect page sends it in a message
//! to the application's own page, or takes it there in a redirect.

pub mod flow;
mod link;
pub(crate) mod opening;
mod outcome;
pub mod page;
pub mod parameters;
mod way;
mod words;

pub use link::{Link, Unavailable};
pub use opening::Opening;
pub use outcome::{ErrorType, Failure, Outcome};
pub use way::{Asked, Known, Lack, Way};
