//! `mortise call`: one unified call to a host that serves, or the pages of one list.

mod command;
mod create;
mod delete;
mod document;
mod get;
mod key;
mod list;
mod target;
mod update;

pub(super) use command::Call;
#[cfg(feature = "authoring")]
pub(super) use document::body;
