//! The model through its public surface.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

mod documents;
mod field;
#[cfg(feature = "schema")]
mod page;
mod requests;
mod round_trip;
#[cfg(feature = "schema")]
mod schema;
mod user;
