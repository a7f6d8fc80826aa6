//! What the connect page is opened with.

use secrecy::SecretString;

/// The parameters of the connect page, as the browser SDK of the API that this one follows sends them. They travel from page to page in
/// hidden fields.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The link token.
    pub link_token: SecretString,
    /// The integration that is chosen already.
    pub integration: Option<String>,
    /// The integrations among which the page lets people choose; empty: those that the link token allows.
    pub integrations: Vec<String>,
    /// Whether there is no way back from an integration's page to the choice.
    pub no_back: bool,
    /// The way to authenticate that is chosen already.
    pub auth_format: Option<String>,
    /// Whether the page is shown in a frame.
    pub iframe: bool,
}
