//! A host on loopback for the person at the terminal: the common part of `demo` and `dev`.

mod accounts;
mod cassettes;
mod introduction;
mod local_args;
mod loopback_host;
mod schemes;
mod script;

pub(super) use cassettes::Cassettes;
pub(super) use local_args::LocalArgs;
pub(super) use loopback_host::Local;
pub(super) use schemes::Schemes;
