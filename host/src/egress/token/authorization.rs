//! The OAuth 2.0 authorization code grant as data: the address where a person consents, so that an account gets its
//! tokens.

use serde::Serialize;

use crate::egress::Template;

/// The authorization code grant (RFC 6749 §4.1) with PKCE (RFC 7636).
#[derive(Debug, Clone, Serialize)]
pub struct Authorization {
    /// The address of the vendor's consent page. Its variables are not secret.
    pub url: Template,
    /// The requested scopes. If empty, the vendor's default.
    pub scopes: Vec<String>,
    /// The text between scopes.
    pub separator: String,
    /// Further query parameters, as name and value.
    pub params: Vec<(String, String)>,
    /// Whether the request has a code challenge.
    pub pkce: Pkce,
    /// Values for the account's variables in the answer or the redirect.
    pub captures: Vec<Capture>,
}

/// Whether an authorization request has a code challenge (RFC 7636). The method is always S256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pkce {
    /// The vendor refuses a request without a challenge.
    Required,
    /// The vendor accepts a challenge.
    On,
    /// The vendor refuses a challenge.
    Off,
}

impl Pkce {
    /// All values.
    pub const ALL: [Self; 3] = [Self::Required, Self::On, Self::Off];

    /// The word in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// A captured value for one of the account's variables.
#[derive(Debug, Clone, Serialize)]
pub struct Capture {
    /// The variable, which is not secret.
    pub variable: String,
    /// The source of the value.
    pub source: CaptureSource,
    /// A JSON pointer into an answer, or the name of a parameter of a redirect.
    pub place: String,
}

/// The source of a captured value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CaptureSource {
    /// The answer to the code.
    Token,
    /// The query of the URL at which the person comes back.
    Redirect,
}

impl CaptureSource {
    /// All sources.
    pub const ALL: [Self; 2] = [Self::Token, Self::Redirect];

    /// The word in the contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Redirect => "redirect",
        }
    }
}
