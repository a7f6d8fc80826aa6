//! The commands for authors of integrations.

mod build;
mod cassettes;
mod check;
mod command;
mod demo;
mod dev;
mod docs;
mod local;
mod new;
mod package;
mod pull;
mod push;
mod record;
mod sdk;
mod test;
mod vendor;

pub(super) use command::{AuthoringCommand, is_build, is_configuration};
