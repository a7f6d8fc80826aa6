//! The origins, signing and limits of one integration. A granted generation passes its profile to every session.

use std::collections::BTreeMap;
use std::sync::Arc;

use mortise_policy::origin::{Origin, OriginTemplate};
use mortise_policy::target::Endpoint;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::opened::Credentials;
use super::{AuthScheme, EgressError, RateLimit};
use crate::account::{Authentication, Client, Secrets};

/// The egress side of one generation.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The integration, for logs.
    pub slug: Arc<str>,
    /// Granted origins in the order of the declaration.
    pub origins: Vec<OriginTemplate>,
    /// The granted request headers of the vendor's own, in lower case.
    pub headers: Arc<[String]>,
    /// The schemes that sign requests.
    pub auth: Vec<AuthScheme>,
    /// Where the vendor's error answers have the sentence for people, as JSON pointers.
    pub messages: Arc<[String]>,
    /// The vendor's rate limits for each account.
    pub limits: Arc<[RateLimit]>,
    /// The operator's origin in place of all declared ones; exempt from the address rule.
    pub replacement: Option<Origin>,
}

impl Profile {
    /// The origins of an account with these variables, and the addresses to which its requests go.
    ///
    /// # Errors
    /// Names the variable that is missing or does not fit.
    pub fn endpoints(&self, variable: impl Fn(&str) -> Option<String>) -> Result<Vec<Endpoint>, EgressError> {
        self.origins.iter().map(|origin| self.endpoint(origin, &variable)).collect()
    }

    /// The endpoints whose variables are not `pending`. The values of pending variables come later.
    pub(super) fn endpoints_without(
        &self,
        pending: impl Fn(&str) -> bool,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Vec<Endpoint>, EgressError> {
        let is_known = |origin: &&OriginTemplate| !origin.variables().iter().any(|(name, _)| pending(name));
        self.origins.iter().filter(is_known).map(|origin| self.endpoint(origin, &variable)).collect()
    }

    fn endpoint(
        &self,
        origin: &OriginTemplate,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Endpoint, EgressError> {
        let declared = origin.resolve(variable).map_err(|error| EgressError::Credentials(error.to_string()))?;
        let actual = self.replacement.clone().unwrap_or_else(|| declared.clone());
        Ok(Endpoint { declared, actual })
    }

    /// How an account with these values authenticates, with the OAuth application of this id. Without the values that
    /// the scheme needs, it does not authenticate.
    pub fn authentication(
        &self,
        method: Option<&str>,
        secrets: &Secrets,
        variables: BTreeMap<String, String>,
        application: Option<Uuid>,
    ) -> Authentication {
        // Digests are compared with each other only: the id tells one application from another as well as its client does.
        let client = application.map(|id| Client { id: id.to_string(), secret: Some(id.to_string().into()) });
        let mut credentials = Credentials { secrets: secrets.clone(), variables, client };
        let Ok(endpoints) = self.endpoints(|name| credentials.variables.get(name).cloned()) else {
            return Authentication::default();
        };
        let Ok(scheme) = AuthScheme::choose(&self.auth, method, &mut credentials) else {
            return Authentication::default();
        };
        let exchange = scheme.and_then(AuthScheme::sign_in);
        let mut digest = Sha256::new();
        let mut add = |part: &str| {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        };
        endpoints.iter().for_each(|endpoint| add(&endpoint.actual.to_string()));
        for scheme in scheme.into_iter().chain(self.auth.iter().filter(|scheme| !scheme.is_general())) {
            scheme.origins.iter().for_each(|origin| add(origin));
            add(scheme.method());
            add(scheme.kind.as_str());
            for (name, template) in &scheme.params {
                add(name);
                add(&template.to_string());
                template.variables().for_each(|variable| add(credentials.value(variable).unwrap_or_default()));
            }
        }
        Authentication {
            sign_in: exchange.and_then(|exchange| exchange.fingerprint(&endpoints, &credentials)),
            requests: Some(hex::encode(digest.finalize())),
        }
    }
}

#[cfg(test)]
mod tests {
    use mortise_model::AuthKind;
    use secrecy::SecretString;

    use super::super::Template;
    use super::*;

    /// The digest for a scheme with one parameter.
    fn digest(kind: AuthKind, name: &str, template: &str) -> Option<String> {
        let params = vec![(name.to_owned(), Template::parse(template).unwrap())];
        let profile = Profile {
            slug: "vendor".into(),
            origins: Vec::new(),
            headers: Arc::default(),
            auth: vec![AuthScheme { kind, params, exchange: None, origins: Vec::new() }],
            messages: Arc::default(),
            limits: Arc::default(),
            replacement: None,
        };
        let secrets = ["a", "b"].map(|name| (name.to_owned(), SecretString::from("the-value")));
        profile.authentication(None, &secrets.into(), BTreeMap::new(), None).requests
    }

    #[test]
    fn requests_that_are_signed_in_another_way_have_another_digest() {
        let digests = [
            (AuthKind::Header, "x-api-key", "{a}"),
            (AuthKind::Header, "x-api-token", "{a}"),
            (AuthKind::Header, "x-api-key", "Token {a}"),
            (AuthKind::Header, "x-api-key", "{a|base64}"),
            (AuthKind::Header, "token", "{a}"),
            (AuthKind::Query, "token", "{a}"),
            (AuthKind::Bearer, "token", "{a}"),
        ]
        .map(|(kind, name, template)| digest(kind, name, template).expect("a digest"));
        for (at, digest) in digests.iter().enumerate() {
            assert!(!digests[..at].contains(digest), "{at}");
        }
        assert_eq!(digest(AuthKind::Bearer, "token", "{a}").as_ref(), digests.last());
    }
}
