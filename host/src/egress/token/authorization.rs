//! Where a person consents at a vendor, so that an account comes by its tokens: the OAuth 2.0 authorization code grant as data.

use serde::Serialize;

use crate::egress::Template;

/// The authorization code grant (RFC 6749 §4.1) with PKCE (RFC 7636).
#[derive(Debug, Clone, Serialize)]
pub struct Authorization {
    /// Where the person is sent; its variables are not secret.
    pub url: Template,
    /// The scopes that are asked for. Empty: the vendor's default.
    pub scopes: Vec<String>,
    /// What stands between scopes.
    pub separator: String,
    /// Further query parameters, as name and value.
    pub params: Vec<(String, String)>,
    /// Whether the request has a code challenge.
    pub pkce: Pkce,
    /// What the answer or the redirect brings for the account's variables.
    pub captures: Vec<Capture>,
}

/// Whether an authorization request has a code challenge (RFC 7636), always by S256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pkce {
    /// The vendor refuses a request without one.
    Required,
    /// The vendor takes one.
    On,
    /// The vendor refuses one.
    Off,
}

impl Pkce {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Required, Self::On, Self::Off];

    /// The contract's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// A value for one of the account's variables.
#[derive(Debug, Clone, Serialize)]
pub struct Capture {
    /// The variable; it is not secret.
    pub variable: String,
    /// Where the value comes from.
    pub source: CaptureSource,
    /// A JSON pointer into an answer, or the name of a parameter of a redirect.
    pub place: String,
}

/// Where a captured value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CaptureSource {
    /// The answer to the code.
    Token,
    /// The query of the URL at which the person comes back.
    Redirect,
}

impl CaptureSource {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Token, Self::Redirect];

    /// The contract's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Redirect => "redirect",
        }
    }
}
