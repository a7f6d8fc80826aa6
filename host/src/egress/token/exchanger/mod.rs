//! Carries out sign-ins: once for all calls that wait, in one process at a time, and before the token expires.
//!
//! A sign-in runs in a task of its own, so that it ends even if its caller goes away. The vendor has already changed
//! something, and a rotated refresh token exists nowhere else.

mod brought;
mod database_error;
mod ended;
mod failed;
mod flight;
mod keeping;
mod sign_in_key;
mod sign_ins;
mod signing_in;
mod subject;

pub(in super::super) use brought::Brought;
pub(in super::super) use failed::PAUSE;
pub(in super::super) use sign_ins::Exchanger;
pub(in super::super) use subject::Subject;
