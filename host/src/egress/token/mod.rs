//! Sign-ins: requests that get a token, for schemes that do not sign with the account's own credentials.
//!
//! A plugin declares a [`TokenExchange`], and the `Exchanger` carries it out. It stores the token encrypted in the
//! database, and lets only one process at a time sign in for an account. A sign-in belongs to no call, and appears in
//! no transcript.

mod answer;
mod authorization;
mod brought;
mod capture;
mod code;
mod consent;
mod credential_name;
mod document;
mod endpoint;
mod exchanger;
mod pointer;
mod redeem;
mod refusal;
mod request;
mod sentence;
mod token_exchange;
mod told;

pub use authorization::{Authorization, Capture};
pub use code::Rejected;
pub use consent::Consent;
pub(crate) use consent::is_page;
pub(crate) use credential_name::names_credential;
pub(super) use exchanger::{Brought, Exchanger, PAUSE, Subject};
pub(crate) use pointer::is_pointer;
pub(super) use redeem::token_endpoint;
pub use redeem::{Code, Redeemed, Redeems};
pub use refusal::CredentialRefusal;
pub(crate) use token_exchange::nest;
pub use token_exchange::{ExchangeAnswer, Lifetime, TokenExchange};
