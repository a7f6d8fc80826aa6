//! How a person consents at a vendor, so that an account obtains its tokens.

use mortise_model::{CaptureSource, Pkce};

/// The OAuth 2.0 authorization code grant (RFC 6749 §4.1). The host sends a person to the vendor. The person consents,
/// and comes back with a code. The host exchanges the code for the first tokens at the URL of the
/// [`Exchange`](crate::Exchange).
///
/// ```
/// # use mortise_sdk::{Auth, Authorization, Exchange};
/// let consent = Authorization::new("https://accounts.example.com/authorize")
///     .scopes(["users.read", "users.write"])
///     .param("access_type", "offline")
///     .captures("site", "/instance_url");
/// Auth::bearer("{access_token}").exchange(Exchange::refresh("https://api.example.com/oauth/token").authorization(consent));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    /// Where the host sends the person: an `https` URL without query. It may hold variables that are not secret.
    pub url: &'static str,
    /// The scopes to ask for. Empty: the vendor's own default.
    pub scopes: Vec<&'static str>,
    /// The text between scopes.
    pub separator: &'static str,
    /// Further query parameters of the URL, as name and value.
    pub params: Vec<(&'static str, &'static str)>,
    /// Whether the vendor takes a code challenge.
    pub pkce: Pkce,
    /// Values of the answer or the redirect that go into the account's variables.
    pub captures: Vec<Capture>,
}

/// A value for one of the account's variables that the vendor tells only after a person has consented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    /// The variable.
    pub variable: &'static str,
    /// Where the value comes from.
    pub source: CaptureSource,
    /// A JSON pointer into the answer to the code, or the name of a parameter of the redirect.
    pub place: &'static str,
}

impl Authorization {
    /// Sends people to this URL, with a code challenge (RFC 7636), without scopes, and with a blank between scopes.
    #[must_use]
    pub fn new(url: &'static str) -> Self {
        Self { url, scopes: Vec::new(), separator: " ", params: Vec::new(), pkce: Pkce::On, captures: Vec::new() }
    }

    /// Sets the scopes to ask for.
    #[must_use]
    pub fn scopes<const N: usize>(mut self, scopes: [&'static str; N]) -> Self {
        self.scopes.extend(scopes);
        self
    }

    /// Sets the text that the vendor wants between scopes in place of a blank.
    #[must_use]
    pub fn separator(self, separator: &'static str) -> Self {
        Self { separator, ..self }
    }

    /// Adds a query parameter of the URL. The host alone sets those of RFC 6749 and RFC 7636.
    #[must_use]
    pub fn param(mut self, name: &'static str, value: &'static str) -> Self {
        self.params.push((name, value));
        self
    }

    /// Says that the vendor refuses a request without a code challenge.
    #[must_use]
    pub fn needs_pkce(self) -> Self {
        Self { pkce: Pkce::Required, ..self }
    }

    /// Says that the vendor takes no code challenge.
    #[must_use]
    pub fn without_pkce(self) -> Self {
        Self { pkce: Pkce::Off, ..self }
    }

    /// Takes a variable of the account from the answer to the code, at this JSON pointer. A URL there stands for the
    /// part of its host that the variable has in an origin: `acme` for `https://acme.example.com/` and
    /// `https://{site}.example.com`.
    #[must_use]
    pub fn captures(mut self, variable: &'static str, pointer: &'static str) -> Self {
        self.captures.push(Capture { variable, source: CaptureSource::Token, place: pointer });
        self
    }

    /// Takes a variable of the account from this query parameter of the redirect. The URL of the exchange must be below
    /// an origin with it, or the host does not send the code.
    #[must_use]
    pub fn captures_from_redirect(mut self, variable: &'static str, parameter: &'static str) -> Self {
        self.captures.push(Capture { variable, source: CaptureSource::Redirect, place: parameter });
        self
    }
}
