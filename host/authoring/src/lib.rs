//! The authors' tools that need no host: what an integration's folder is, how one begins and is built, and what its
//! cassettes and its vendor's document say.
//!
//! A host that is built without the feature `authoring` does not contain this crate. Playing and recording cassettes needs the host itself: `host/src/cassette`.

#![cfg_attr(not(test), warn(clippy::too_many_lines))]

pub mod build;
pub mod cassette;
pub mod draft;
pub mod pointer;
pub mod project;
pub mod scaffold;
pub mod spec;
pub mod watch;
