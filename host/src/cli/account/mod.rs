//! `mortise account`: integrated accounts, in the database of the host.

mod check;
mod command;
mod delete;
mod find;
mod list;
mod print;
mod show;
mod write;

pub(super) use command::AccountCommand;
#[cfg(feature = "authoring")]
pub(in crate::cli) use write::Variables;
pub(in crate::cli) use write::{loaded, refused};
