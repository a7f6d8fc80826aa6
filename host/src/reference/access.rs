//! Which token a route needs.

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Open,
    /// Any valid API token.
    Token,
    /// Any valid API token, or a token for the account that is meant.
    AccountToken,
    /// A token of scope `admin`.
    Admin,
    /// A token of scope `admin` that is confined to no tenant.
    Operator,
}

impl Access {
    /// For people.
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
