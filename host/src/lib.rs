//! The Mortise host: one users API over many vendors, each integration a sandboxed WebAssembly component.
//!
//! A call runs through the rooms in one direction: [`api`] → [`unified`] → [`account`] → [`call`] → *plugin* →
//! [`egress`] → *plugin* → [`unified`] → [`api`]. `docs/architecture.md` is the map.

#![cfg_attr(not(test), warn(clippy::too_many_lines))]

pub mod account;
pub mod api;
pub mod app;
pub mod assets;
pub mod call;
#[cfg(feature = "authoring")]
pub mod cassette;
pub mod cli;
pub mod config;
pub mod connect;
pub mod descriptors;
pub mod dumps;
pub mod egress;
pub mod engine;
pub mod observe;
pub mod onboarding;
#[cfg(feature = "authoring")]
pub mod package;
pub mod passthrough;
pub mod plugin;
pub mod preflight;
pub mod quota;
pub mod reference;
pub mod self_check;
pub mod unified;
pub mod validation;
pub mod webhook;
pub mod work;
