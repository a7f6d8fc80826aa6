//! Why the host does not send a request of a plugin, or of a caller of passthrough.

use mortise_policy::address::Refused;
use mortise_policy::headers::HeaderError;
use mortise_policy::target::TargetError;

use super::resolve::ForbiddenAddress;

/// The rule of the policy or the limit of the call that a request breaks. The sentence is for the integration's author.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Denial {
    /// The call has sent its last vendor request.
    #[error("a call may send at most {0} vendor requests (limits.vendor_requests)")]
    Requests(usize),
    /// A deletion has sent its one request that is not a `GET`.
    #[error("a deletion may send only one request that is not a `GET`")]
    SecondWrite,
    /// An earlier request of the call is the primary one.
    #[error("the integration marked a second request as primary")]
    SecondPrimary,
    /// The body is longer than this many bytes.
    #[error("a vendor request's body may have at most {0} bytes (limits.request_body_bytes)")]
    Body(usize),
    /// The policy refuses the URL or the query.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The policy refuses a header.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The host of the URL is not in the public internet.
    #[error(transparent)]
    Host(#[from] Refused),
    /// The host's name resolves to an address that no vendor has.
    #[error(transparent)]
    Address(#[from] ForbiddenAddress),
    /// The refused request is a sign-in.
    #[error("signing in: {0}")]
    SignIn(Box<Denial>),
}
