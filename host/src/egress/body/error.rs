//! Errors of a vendor's body.

use super::bounds::Size;
use super::gzip;

/// Why a body is not usable.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BodyError {
    /// The body is larger than its bound, before or after decompression.
    #[error("the vendor's answer is larger than {0}")]
    TooLarge(Size),
    /// With this body, the answers of the call are larger than their common bound.
    #[error("the vendor's answers in this call are together larger than {0}")]
    TooLargeTogether(Size),
    /// Nothing arrived for `limits.vendor_idle_ms`.
    #[error("the vendor stopped in the middle of its answer")]
    Idle,
    /// A streamed body did not end before `limits.call_deadline_ms`.
    #[error("the vendor's answer did not end in the time of a call")]
    Late,
    /// The connection ended early, or the compressed text is damaged.
    #[error("the vendor's answer is incomplete or damaged")]
    Broken,
    /// More than [`gzip::MEMBERS`] gzip files in one.
    #[error("the vendor's answer is in more than {} gzip members", gzip::MEMBERS)]
    Members,
    /// The encoding is not `identity` or `gzip`, the only ones that the host asks for.
    #[error(
        "the vendor's answer has a content encoding that this host does not unpack; the host asked for gzip or no encoding"
    )]
    Encoding,
}
