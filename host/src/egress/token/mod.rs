//! Sign-in calls: what brings a token where the account's own credentials do not sign requests themselves.
//!
//! A plugin declares a [`TokenExchange`]; the `Exchanger` carries it out, keeps what it brings encrypted in the database and
//! sees to it that one process at a time signs in for an account. Sign-ins belong to no call: none appears in a transcript.

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

pub use authorization::{Authorization, Capture, CaptureSource, Pkce};
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
pub use token_exchange::{Encoding, ExchangeAnswer, ExchangeKind, ExchangeMethod, Lifetime, TokenExchange};
