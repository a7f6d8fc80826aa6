//! Signing: the account's secrets meet the request here, after everything that the guest and the caller gave is in place.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::Url;
use zeroize::Zeroizing;

use super::EgressError;

/// One way to sign a vendor request; the values are templates over the account's variables.
#[derive(Debug, Clone)]
pub struct AuthScheme {
    /// How the parameters are applied.
    pub kind: AuthKind,
    /// Name and template, such as `token` and `{api_token}`.
    pub params: Vec<(String, Template)>,
}

/// The kinds of [`AuthScheme`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthKind {
    /// `Authorization: Bearer <token>` (RFC 6750).
    Bearer,
    /// `Authorization: Basic …` (RFC 7617).
    Basic,
    /// Every parameter is a header.
    Header,
    /// Every parameter is a query parameter.
    Query,
}

impl AuthKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Bearer, Self::Basic, Self::Header, Self::Query];

    /// The contract's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "bearer",
            Self::Basic => "basic",
            Self::Header => "header",
            Self::Query => "query",
        }
    }

    /// The parameters that the kind takes, or `None` where they are free names.
    pub fn parameters(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Bearer => Some(&["token"]),
            Self::Basic => Some(&["username", "password"]),
            Self::Header | Self::Query => None,
        }
    }
}

/// Text with `{variables}`: `Token {api_token}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

impl std::fmt::Display for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Text(text) => f.write_str(text),
            Piece::Variable(name) => write!(f, "{{{name}}}"),
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Variable(String),
}

impl Template {
    /// Reads a template. Braces are only used around variable names.
    ///
    /// # Errors
    /// The reason, if a brace has no partner or a name is empty.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or_else(|| format!("`{text}` has a `{{` without `}}`"))?;
            if name.is_empty() || name.contains('{') || before.contains('}') {
                return Err(format!("`{text}` has misplaced braces"));
            }
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Variable(name.to_owned()));
            rest = after;
        }
        if rest.contains('}') {
            return Err(format!("`{text}` has a `}}` without `{{`"));
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// The variables it names.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    fn fill(&self, credentials: &Credentials) -> Option<Zeroizing<String>> {
        let mut filled = Zeroizing::new(String::new());
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Variable(name) => filled.push_str(credentials.value(name)?),
            }
        }
        Some(filled)
    }
}

/// What one account carries, opened for one call.
pub(super) struct Credentials {
    pub(super) secrets: BTreeMap<String, SecretString>,
    pub(super) variables: BTreeMap<String, String>,
}

impl Credentials {
    /// The variable's value. An empty one is none.
    fn value(&self, name: &str) -> Option<&str> {
        let secret = self.secrets.get(name).map(ExposeSecret::expose_secret);
        secret.or_else(|| self.variables.get(name).map(String::as_str)).filter(|value| !value.is_empty())
    }
}

/// The filled scheme of one call, and what must never come back out.
pub(super) struct Signer {
    headers: Vec<(HeaderName, HeaderValue)>,
    query: Vec<(String, Zeroizing<String>)>,
    reserved_query: Vec<String>,
    /// Every secret and every derived credential, for the scrubber.
    pub(super) sensitive: Vec<Zeroizing<String>>,
}

impl Signer {
    /// Picks the account's scheme and fills it: the one that `method` names, else the first whose variables are all there.
    pub(super) fn new(
        schemes: &[AuthScheme],
        method: Option<&str>,
        credentials: &Credentials,
    ) -> Result<Self, EgressError> {
        let mut signer =
            Self { headers: Vec::new(), query: Vec::new(), reserved_query: Vec::new(), sensitive: Vec::new() };
        signer.sensitive.extend(credentials.secrets.values().map(|s| Zeroizing::new(s.expose_secret().to_owned())));
        let mut candidates = schemes.iter().filter(|s| method.is_none_or(|m| m == s.kind.as_str())).peekable();
        if schemes.is_empty() {
            return Ok(signer);
        }
        if candidates.peek().is_none() {
            return Err(EgressError::Credentials(
                "the account's authentication_method is not one that the integration declares".into(),
            ));
        }
        let filled = candidates.find_map(|scheme| {
            let params = scheme.params.iter().map(|(name, template)| Some((name, template.fill(credentials)?)));
            Some((scheme.kind, params.collect::<Option<Vec<_>>>()?))
        });
        let Some((kind, params)) = filled else {
            return Err(EgressError::Credentials(
                "the account does not carry the credentials that the integration signs with".into(),
            ));
        };
        signer.apply(kind, params)?;
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
                "a credential of the account holds characters that no header can carry: enter it again".into(),
            )
        })?;
        value.set_sensitive(true);
        self.headers.push((name, value));
        Ok(())
    }

    /// The headers that only the signer may set.
    pub(super) fn reserved_headers(&self) -> Vec<HeaderName> {
        self.headers.iter().map(|(name, _)| name.clone()).collect()
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
