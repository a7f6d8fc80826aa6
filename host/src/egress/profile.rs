//! Where one integration may go and how it signs: what a granted generation hands to every session.

use std::sync::Arc;

use mortise_policy::origin::{Origin, OriginTemplate};
use mortise_policy::target::Endpoint;

use super::{AuthScheme, EgressError, RateLimit};

/// The egress side of one generation.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The integration, for logs.
    pub slug: String,
    /// Granted origins in the order of the declaration.
    pub origins: Vec<OriginTemplate>,
    /// The granted request headers of the vendor's own, in lower case.
    pub headers: Arc<[String]>,
    /// How requests are signed.
    pub auth: Vec<AuthScheme>,
    /// What the vendor takes from one account.
    pub limits: Arc<[RateLimit]>,
    /// The operator's origin in place of all declared ones; exempt from the address rule.
    pub replacement: Option<Origin>,
}

impl Profile {
    /// The origins of an account with these variables, and where its requests really go.
    ///
    /// # Errors
    /// Names the variable that is missing or does not fit.
    pub fn endpoints(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Vec<Endpoint>, EgressError> {
        self.origins
            .iter()
            .map(|template| {
                let declared =
                    template.resolve(&variable).map_err(|error| EgressError::Credentials(error.to_string()))?;
                let actual = self.replacement.clone().unwrap_or_else(|| declared.clone());
                Ok(Endpoint { declared, actual })
            })
            .collect()
    }
}
