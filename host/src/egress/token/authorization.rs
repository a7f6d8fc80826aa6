//! The OAuth 2.0 authorization code grant as data: the address where a person consents, so that an account gets its
//! tokens.

use mortise_model::{CaptureSource, Pkce};
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
