//! Passthrough: one request of the caller's own to the vendor of an account, without the plugin. The session of
//! [`egress`](crate::egress) sends it like a plugin's request, with the same policy of paths, headers and addresses,
//! and the same signing, scrubbing, limits and repetitions. The caller gets the vendor's answer, whatever its status.

mod parameters;
mod serve;

pub use serve::{CATEGORY, PassthroughRequest, serve};
