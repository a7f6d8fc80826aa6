//! What a sign-in leaves to the calls that wait for it.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::account::{ExchangedToken, Sealed};

/// The end of a sign-in.
#[derive(Clone)]
pub(super) enum Ended {
    Token(Arc<Signed>),
    /// Another process signs in, and the present token is still valid.
    LeftToOthers,
}

/// A token and the credentials that belong to it.
pub(super) struct Signed {
    pub(super) token: Arc<ExchangedToken>,
    /// The account's credentials with which the host signed in.
    pub(super) credentials: Sealed,
    /// Every credential of request and answer.
    pub(super) sensitive: Vec<Zeroizing<String>>,
}
