//! The choice of auth schemes that get accounts.

/// For which auth schemes an integration gets an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli::authoring) enum Schemes {
    /// The first that its cassettes use.
    First,
    /// Each one that its cassettes use.
    Each,
}
