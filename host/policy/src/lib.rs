//! Mortise's egress policy: the destinations of a plugin's requests, their content, the content of answers, and the
//! operator's consent.
//!
//! Everything here is a pure function of its arguments: no I/O, no clock, no state. So each rule can be tested against
//! an independent oracle (`tests/oracle/`), by example, by property and by fuzzing (`tests/fuzz/`).
//!
//! | module | question |
//! | --- | --- |
//! | [`origin`] | which API bases may be declared, and what do they become for one account? |
//! | [`path`] | which paths mean the same to every server that reads them? |
//! | [`target`] | which URL does a plugin's request go to? |
//! | [`address`] | may a connection be opened to this address? |
//! | [`headers`] | which headers may travel in each direction? |
//! | [`characters`] | which characters does text for people not have? |
//! | [`credential`] | what may an account carry as a credential, and what of it does a vendor read? |
//! | [`redact`] | what of an answer is a credential, and must not be seen? |
//! | [`slug`] | what may an integration be called? |
//! | [`grant`] | did the operator agree to this plugin, its origins and its headers? |
//!
//! Every function refuses what it does not know. Every refusal is a value that says who must change what.

#![cfg_attr(not(test), warn(clippy::too_many_lines))]

pub mod address;
pub mod characters;
pub mod credential;
pub mod grant;
pub mod headers;
pub mod origin;
pub mod path;
pub mod redact;
pub mod slug;
pub mod target;
