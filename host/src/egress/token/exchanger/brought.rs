//! The token of a sign-in, for one call.

use std::collections::BTreeMap;

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::account::Sealed;

/// The token of a sign-in, opened for one call.
pub(in super::super::super) struct Brought {
    /// The sealed token, to tell it from others.
    pub(in super::super::super) token: Sealed,
    pub(in super::super::super) secrets: BTreeMap<String, SecretString>,
    pub(in super::super::super) open: BTreeMap<String, String>,
    /// The account's credentials with which the host signed in. `None` unless the call has waited for a sign-in. They
    /// differ from those at the start of the call if the sign-in replaced some.
    pub(in super::super::super) credentials: Option<Sealed>,
    /// Every credential of request and answer, which must not leave the host.
    pub(in super::super::super) sensitive: Vec<Zeroizing<String>>,
}
