//! The condition under which a call may write.

use futures_util::future::BoxFuture;

/// The condition for a call's first request that writes.
pub(super) enum FirstWrite {
    /// There is no condition, or it holds.
    Free,
    /// The host must do this first. If the result is `false`, no request that writes may leave.
    Ask(BoxFuture<'static, bool>),
    /// No request that writes may leave.
    Barred,
}
