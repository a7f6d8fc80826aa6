//! Why the host does not send a request that a plugin, or a caller of passthrough, asked for.

use mortise_policy::address::Refused;
use mortise_policy::headers::HeaderError;
use mortise_policy::target::TargetError;

use super::resolve::ForbiddenAddress;

/// What the policy refuses, or the limit of the call that a request goes beyond. The sentence is for the integration's author.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Denial {
    /// The call has sent as many requests as it may.
    #[error("a call may send at most {0} vendor requests (limits.vendor_requests)")]
    Requests(usize),
    /// A deletion has sent its one request that is no `GET`.
    #[error("a deletion may send only one request that is not a `GET`")]
    SecondWrite,
    /// A request before this one carries the call.
    #[error("the integration marked a second request as primary")]
    SecondPrimary,
    /// The body is longer than this many bytes.
    #[error("a vendor request's body may have at most {0} bytes (limits.request_body_bytes)")]
    Body(usize),
    /// The URL or the query is refused.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A header is refused.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The host is not one of the public internet.
    #[error(transparent)]
    Host(#[from] Refused),
    /// The host's name leads to an address that no vendor has.
    #[error(transparent)]
    Address(#[from] ForbiddenAddress),
    /// The request that was refused is one by which the host signs in.
    #[error("signing in: {0}")]
    SignIn(Box<Denial>),
}
