//! Tells sign-ins apart.

use uuid::Uuid;

/// Identifies a sign-in. With new credentials of the account, another one begins at once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct SignInKey {
    pub(super) account: Uuid,
    pub(super) fingerprint: String,
}
