//! Which token a route needs.

/// The token that a route needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// No token.
    Open,
    /// Any valid API token.
    Token,
    /// Any valid API token, or a token for the account of the call.
    AccountToken,
    /// A token of scope `admin`.
    Admin,
    /// A token of scope `admin` that is not restricted to a tenant.
    Operator,
}

impl Access {
    /// Words for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "no token",
            Self::Token => "any token",
            Self::AccountToken => "any token, also one for the account",
            Self::Admin => "an admin token",
            Self::Operator => "an admin token without a tenant",
        }
    }
}
