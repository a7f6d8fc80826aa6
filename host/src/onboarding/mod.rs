//! Requests for integrated accounts, OAuth applications, link tokens, API tokens and webhooks: their members, checked
//! against what the integration declares or the operator allows.
//!
//! The API and the command line give the same members and get the same answer: a
//! [`NewAccount`](crate::account::NewAccount), an [`AccountChange`](crate::account::AccountChange), a
//! [`NewApplication`](crate::account::NewApplication) or the like, which the database may hold, or everything that is
//! wrong with the request.

mod account;
mod application;
mod change_refusal;
mod context;
mod fields;
mod link_token;
mod tenant;
mod token;
mod webhook;

pub use account::{before_consent, change, named, new_account};
pub(crate) use application::{CLIENT_TEXT, MAX_CLIENT_TEXT, MAX_SCOPE, MAX_SCOPES, SCOPE};
pub use application::{NO_APPLICATION, in_use, new_application};
pub use change_refusal::ChangeRefusal;
pub(crate) use link_token::MAX_INTEGRATIONS;
pub use link_token::{AskedLink, Confirmation, Connects, confirmation, link_token, prefilled_again};
pub use tenant::check_tenant;
pub use token::{MAX_LIFETIME, NewToken, new_token, token_account};
pub use webhook::{new_webhook, replay, tested_webhook, webhook_change};
