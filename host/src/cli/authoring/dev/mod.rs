//! `mortise dev`: a host that rebuilds and reloads integrations as their sources change.

mod command;
mod components;
mod event;
mod rebuild;

pub(in crate::cli) use command::Dev;
