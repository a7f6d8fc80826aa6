//! Where a person consents at a vendor, so that an account comes by its tokens.

/// The OAuth 2.0 authorization code grant (RFC 6749 §4.1): a person is sent to the vendor, consents, and comes back with a code, which
/// the host trades at the URL of the [`Exchange`](crate::Exchange) for the first tokens.
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
    /// Where the person is sent: an `https` URL without query; may hold variables that are not secret.
    pub url: &'static str,
    /// The scopes that are asked for. Empty: the vendor's own default.
    pub scopes: Vec<&'static str>,
    /// What stands between scopes.
    pub separator: &'static str,
    /// Further query parameters of the URL, as name and value.
    pub params: Vec<(&'static str, &'static str)>,
    /// `required`, `on` or `off`.
    pub pkce: &'static str,
    /// What the answer or the redirect brings for the account's variables.
    pub captures: Vec<Capture>,
}

/// A value for one of the account's variables, of which the vendor tells only when a person has consented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capture {
    /// The variable.
    pub variable: &'static str,
    /// `token` or `redirect`.
    pub source: &'static str,
    /// A JSON pointer into the answer to the code, or the name of a parameter of the redirect.
    pub place: &'static str,
}

impl Authorization {
    /// People are sent to this URL, with a code challenge (RFC 7636) and without scopes, between which a blank would stand.
    #[must_use]
    pub fn new(url: &'static str) -> Self {
        Self { url, scopes: Vec::new(), separator: " ", params: Vec::new(), pkce: "on", captures: Vec::new() }
    }

    /// The scopes that are asked for.
    #[must_use]
    pub fn scopes<const N: usize>(mut self, scopes: [&'static str; N]) -> Self {
        self.scopes.extend(scopes);
        self
    }

    /// What the vendor wants between scopes in place of a blank.
    #[must_use]
    pub fn separator(self, separator: &'static str) -> Self {
        Self { separator, ..self }
    }

    /// A further query parameter of the URL. Those of RFC 6749 and RFC 7636 are the host's to set.
    #[must_use]
    pub fn param(mut self, name: &'static str, value: &'static str) -> Self {
        self.params.push((name, value));
        self
    }

    /// The vendor refuses a request without a code challenge.
    #[must_use]
    pub fn needs_pkce(self) -> Self {
        Self { pkce: "required", ..self }
    }

    /// The vendor takes no code challenge.
    #[must_use]
    pub fn without_pkce(self) -> Self {
        Self { pkce: "off", ..self }
    }

    /// The answer to the code brings a variable of the account, at this JSON pointer. A URL there stands for what its host has in the
    /// variable's place in an origin: `acme` for `https://acme.example.com/` and `https://{site}.example.com`.
    #[must_use]
    pub fn captures(mut self, variable: &'static str, pointer: &'static str) -> Self {
        self.captures.push(Capture { variable, source: "token", place: pointer });
        self
    }

    /// The redirect brings a variable of the account, as this query parameter. With it the URL of the exchange must still be below an
    /// origin: the code is not sent elsewhere.
    #[must_use]
    pub fn captures_from_redirect(mut self, variable: &'static str, parameter: &'static str) -> Self {
        self.captures.push(Capture { variable, source: "redirect", place: parameter });
        self
    }
}
