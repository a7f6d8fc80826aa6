//! The parameters with which an application opens the connect page.

use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded;

/// The parameters of the connect page, as the browser SDK of the API that this one follows sends them. They travel from
/// page to page in hidden fields.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The link token.
    pub link_token: SecretString,
    /// The integration, if the application has chosen it.
    pub integration: Option<String>,
    /// The integrations among which the page lets people choose; empty: those that the link token allows.
    pub integrations: Vec<String>,
    /// Whether an integration's page has no link back to the choice.
    pub no_back: bool,
    /// The way to authenticate, if the application has chosen it.
    pub auth_format: Option<String>,
    /// Whether the page is shown in a frame.
    pub iframe: bool,
    /// Whether that frame is one of our own package `@mortise/link`, which accepts messages of this host. Other SDKs
    /// accept only messages of their own hosts from a frame.
    pub is_heard: bool,
}

/// The page's path.
pub(crate) const PATH: &str = "/connect-account";

impl Opening {
    /// The page's address for this integration, or for the choice among integrations with `None`.
    pub fn path_of(&self, integration: Option<&str>) -> String {
        Self { integration: integration.map(str::to_owned), auth_format: None, ..self.clone() }.path()
    }

    /// The page's address with another way to authenticate.
    pub fn path_by(&self, integration: &str, auth_format: &str) -> String {
        let (integration, auth_format) = (Some(integration.to_owned()), Some(auth_format.to_owned()));
        Self { integration, auth_format, ..self.clone() }.path()
    }

    /// The page's address outside of the frame.
    pub fn path_unframed(&self) -> String {
        Self { iframe: false, ..self.clone() }.path()
    }

    /// Path and query of the page with these parameters. Contains the link token, like every address of the page.
    pub fn path(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.fields());
        format!("{PATH}?{}", query.finish())
    }

    /// Names and values of the parameters that are set, in a fixed order.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let yes = |is: bool| is.then(|| "true".to_owned());
        let list = (!self.integrations.is_empty()).then(|| self.integrations.join(","));
        let fields = [
            ("link_token", Some(self.link_token.expose_secret().to_owned())),
            ("integration", self.integration.clone()),
            ("integrations", list),
            ("auth_format", self.auth_format.clone()),
            ("no_back", yes(self.no_back)),
            ("iframe", yes(self.iframe)),
            ("mortise_link", self.is_heard.then(|| "1".to_owned())),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}
