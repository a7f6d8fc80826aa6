//! Passthrough: one request of the caller's own to the vendor of an account, without the plugin. The session of [`egress`](crate::egress)
//! sends it, as it sends a plugin's: the same policy of paths, headers and addresses, signing, scrubbing, limits and repetitions. The vendor's
//! answer is the caller's, whatever its status.

mod parameters;
mod serve;

pub use serve::{CATEGORY, PassthroughRequest, serve};
