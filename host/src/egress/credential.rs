//! Signs requests: adds the account's secrets after all parts from guest and caller are in place.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use mortise_model::{AuthKind, ExchangeKind};
use serde::Serialize;
use url::Url;
use zeroize::Zeroizing;

use super::EgressError;
use super::opened::Credentials;
use super::template::Template;
use super::token::TokenExchange;

/// A scheme that signs vendor requests. Its values are templates over the account's variables and the answer of its
/// sign-in.
#[derive(Debug, Clone, Serialize)]
pub struct AuthScheme {
    /// How the host applies the parameters.
    pub kind: AuthKind,
    /// Name and template, such as `token` and `{api_token}`.
    pub params: Vec<(String, Template)>,
    /// The sign-in that gets values which the account does not have.
    pub exchange: Option<TokenExchange>,
    /// The declared origins whose requests only this scheme signs. If empty, the scheme signs requests to origins that
    /// no other scheme names.
    pub origins: Vec<String>,
}

impl AuthScheme {
    /// The name by which an account's `authentication_method` chooses it.
    pub fn method(&self) -> &'static str {
        self.exchange.as_ref().map_or(self.kind.as_str(), |exchange| exchange.kind.as_str())
    }

    /// The sign-in that the host makes before it signs. `None` if the account has all values, perhaps since a person's
    /// consent.
    pub fn sign_in(&self) -> Option<&TokenExchange> {
        self.exchange.as_ref().filter(|exchange| exchange.kind != ExchangeKind::OAuth2AuthorizationCode)
    }

    /// Whether the scheme has no origins of its own. An account chooses among these schemes.
    pub fn is_general(&self) -> bool {
        self.origins.is_empty()
    }

    /// The names of the headers that the scheme sets.
    pub fn headers(&self) -> impl Iterator<Item = &str> {
        let (authorization, own) = match self.kind {
            AuthKind::Bearer | AuthKind::Basic => (Some("authorization"), [].as_slice()),
            AuthKind::Header => (None, self.params.as_slice()),
            AuthKind::Query => (None, [].as_slice()),
        };
        authorization.into_iter().chain(own.iter().map(|(name, _)| name.as_str()))
    }

    /// The variables that an account needs for the scheme. Some come more than once.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let brought = |name: &&str| self.sign_in().is_some_and(|e| e.answers.iter().any(|a| a.name == **name));
        let signing = self.params.iter().flat_map(|(_, template)| template.variables());
        let sent = self.sign_in().into_iter().flat_map(TokenExchange::variables);
        signing.filter(move |name| !brought(name)).chain(sent)
    }

    /// Whether the scheme puts a variable's value into a header without a transform, in a request or in the sign-in.
    pub fn puts_in_header(&self, variable: &str) -> bool {
        let signs = matches!(self.kind, AuthKind::Bearer | AuthKind::Header);
        let signing = self.params.iter().filter(|_| signs);
        let signing_in = self.exchange.iter().flat_map(|exchange| &exchange.headers);
        signing.chain(signing_in).any(|(_, template)| template.plain_variables().any(|name| name == variable))
    }

    /// Whether an account without a client of its own may use the operator's OAuth application.
    pub fn takes_application(&self) -> bool {
        self.exchange.as_ref().is_some_and(TokenExchange::takes_application)
    }

    /// Whether these credentials have all values that the scheme needs.
    pub(super) fn suits(&self, credentials: &Credentials) -> bool {
        let has = |name| match self.takes_application() {
            true => credentials.value(name).is_some(),
            false => credentials.own(name).is_some(),
        };
        self.variables().all(has)
    }

    /// The scheme of an account: the one that `method` names, else the first that the credentials suit. `None` if the
    /// integration's requests are not signed. The client of an OAuth application stays in the credentials only if the
    /// scheme takes one.
    pub(super) fn choose<'s>(
        schemes: &'s [Self],
        method: Option<&str>,
        credentials: &mut Credentials,
    ) -> Result<Option<&'s Self>, EgressError> {
        let general = || schemes.iter().filter(|scheme| scheme.is_general());
        if general().next().is_none() {
            credentials.client = None;
            return Ok(None);
        }
        let mut candidates = general().filter(|s| method.is_none_or(|m| m == s.method())).peekable();
        if candidates.peek().is_none() {
            return Err(EgressError::Credentials(
                "the account's authentication_method is not one that the integration declares".into(),
            ));
        }
        match candidates.find(|scheme| scheme.suits(credentials)) {
            Some(scheme) => {
                credentials.client.take_if(|_| !scheme.takes_application());
                Ok(Some(scheme))
            }
            None => Err(EgressError::Credentials(
                "the account lacks the credentials that the integration signs with".into(),
            )),
        }
    }
}

/// A scheme with the values of one call, and the credentials that the scrubber must remove from answers.
pub(super) struct Signer {
    headers: Vec<(HeaderName, HeaderValue)>,
    query: Vec<(String, Zeroizing<String>)>,
    reserved_query: Vec<String>,
    /// Every secret and every derived credential, for the scrubber.
    pub(super) sensitive: Vec<Zeroizing<String>>,
}

impl Signer {
    /// Fills the account's scheme. `credentials` also hold the values of the sign-in's answer.
    pub(super) fn new(scheme: Option<&AuthScheme>, credentials: &Credentials) -> Result<Self, EgressError> {
        let mut signer =
            Self { headers: Vec::new(), query: Vec::new(), reserved_query: Vec::new(), sensitive: Vec::new() };
        signer.sensitive.extend(credentials.sensitive());
        let Some(scheme) = scheme else { return Ok(signer) };
        let mut params = Vec::with_capacity(scheme.params.len());
        for (name, template) in &scheme.params {
            let value = template.fill(credentials, &mut signer.sensitive).ok_or_else(|| {
                EgressError::Credentials(format!("there is no value for the `{name}` that the integration signs with"))
            })?;
            params.push((name, value));
        }
        signer.apply(scheme.kind, params)?;
        Ok(signer)
    }

    /// A signer for a scheme before its sign-in. It reserves the scheme's headers and parameters, and does not sign.
    pub(super) fn reserving(scheme: &AuthScheme, credentials: &Credentials) -> Result<Self, EgressError> {
        let mut signer = Self::new(None, credentials)?;
        signer.apply(scheme.kind, scheme.params.iter().map(|(name, _)| (name, Zeroizing::default())).collect())?;
        Ok(signer)
    }

    fn apply(&mut self, kind: AuthKind, params: Vec<(&String, Zeroizing<String>)>) -> Result<(), EgressError> {
        let value = |name: &str| params.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v.as_str());
        match kind {
            AuthKind::Bearer => {
                let credential = Zeroizing::new(format!("Bearer {}", value("token")));
                self.header(AUTHORIZATION, &credential)?;
            }
            AuthKind::Basic => {
                let pair = Zeroizing::new(format!("{}:{}", value("username"), value("password")));
                let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
                self.header(AUTHORIZATION, &Zeroizing::new(format!("Basic {}", *encoded)))?;
                self.sensitive.extend([pair, encoded]);
            }
            AuthKind::Header => {
                for (name, value) in &params {
                    let name = HeaderName::try_from(name.as_str())
                        .map_err(|_| EgressError::Credentials(format!("`{name}` is not a header name")))?;
                    self.header(name, value)?;
                }
            }
            AuthKind::Query => {
                self.reserved_query = params.iter().map(|(name, _)| (*name).clone()).collect();
                self.query = params.into_iter().map(|(name, value)| (name.clone(), value)).collect();
            }
        }
        Ok(())
    }

    fn header(&mut self, name: HeaderName, value: &str) -> Result<(), EgressError> {
        let mut value = HeaderValue::from_str(value).map_err(|_| {
            EgressError::Credentials(
                "a credential of the account contains characters that a header cannot have: enter it again".into(),
            )
        })?;
        value.set_sensitive(true);
        self.headers.push((name, value));
        Ok(())
    }

    /// The headers that only the signer may set.
    pub(super) fn reserved_headers(&self) -> impl Iterator<Item = &HeaderName> {
        self.headers.iter().map(|(name, _)| name)
    }

    /// The query parameters that only the signer may set.
    pub(super) fn reserved_query(&self) -> &[String] {
        &self.reserved_query
    }

    /// Adds the credentials. The signed URL and headers go to the vendor and nowhere else.
    pub(super) fn sign(&self, url: &mut Url, headers: &mut HeaderMap) {
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(self.query.iter().map(|(name, value)| (name, value.as_str())));
        }
    }
}
