//! The sign-in of an authentication scheme, as a plugin declares it.

use std::collections::BTreeSet;

use mortise_policy::target::Endpoint;
use serde::Serialize;

use super::super::opened::Credentials;
use super::super::template::Template;
use super::authorization::{Authorization, Capture, CaptureSource};
use super::request::SignIn;

/// A sign-in call as a plugin declares it. Its templates are over the account's variables.
#[derive(Debug, Clone, Serialize)]
pub struct TokenExchange {
    /// By which name an account chooses it.
    pub kind: ExchangeKind,
    /// How it is asked for.
    pub method: ExchangeMethod,
    /// Absolute URL below a declared origin; its variables are not secret.
    pub url: Template,
    /// Where the fields go.
    pub encoding: Encoding,
    /// Name and template, in order.
    pub fields: Vec<(String, Template)>,
    /// User name and password of HTTP Basic authentication.
    pub basic: Option<(Template, Template)>,
    /// Whether they go out as they are, although the kind is one of OAuth 2.0.
    pub plain_basic: bool,
    /// Further headers, as name and template.
    pub headers: Vec<(String, Template)>,
    /// What the answer brings.
    pub answers: Vec<ExchangeAnswer>,
    /// How long that can be used.
    pub lifetime: Lifetime,
    /// How an account comes by what the exchange sends, where a person consents to that at the vendor.
    pub authorization: Option<Authorization>,
}

impl TokenExchange {
    /// Whether it is made in the name of an OAuth client to which a person has consented. The client may be the operator's: what it
    /// alone is worth without that consent, no account gets by it.
    pub fn takes_application(&self) -> bool {
        matches!(self.kind, ExchangeKind::OAuth2Refresh | ExchangeKind::OAuth2AuthorizationCode)
    }

    /// The variables that its templates name; some come more than once.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let fields = self.fields.iter().chain(&self.headers).map(|(_, template)| template);
        let basic = self.basic.iter().flat_map(|(user, password)| [user, password]);
        fields.chain(basic).chain([&self.url]).flat_map(Template::variables)
    }

    /// The variables that a person's consent brings the account, so that nobody is asked for them: what its answers replace, what is
    /// captured, and the redirect URI that later sign-ins repeat. A variable that the way there needs is not among them.
    pub fn brought_by_consent(&self) -> BTreeSet<&str> {
        let Some(authorization) = &self.authorization else { return BTreeSet::new() };
        let before = |capture: &Capture| {
            let in_token_url = capture.source == CaptureSource::Token && names(&self.url, &capture.variable);
            in_token_url || names(&authorization.url, &capture.variable)
        };
        let replaced = self.answers.iter().filter(|answer| answer.replaces).map(|answer| answer.name.as_str());
        let captured = authorization.captures.iter().filter(|capture| !before(capture));
        let captured = captured.map(|capture| capture.variable.as_str());
        replaced.chain(captured).chain(self.redirect_variable()).collect()
    }

    /// The variable that its field `redirect_uri` sends, for vendors that want it with each sign-in.
    pub(super) fn redirect_variable(&self) -> Option<&str> {
        self.fields.iter().find(|(name, _)| name == "redirect_uri").and_then(|(_, template)| template.sole_variable())
    }

    /// Whether user name and password of HTTP Basic authentication are form-encoded first (RFC 6749 §2.3.1).
    pub(super) fn encodes_basic(&self) -> bool {
        self.kind != ExchangeKind::Other && !self.plain_basic
    }

    /// Tells the sign-in of an account from others; `None` if the account does not carry what it takes.
    pub(in super::super) fn fingerprint(&self, endpoints: &[Endpoint], credentials: &Credentials) -> Option<String> {
        SignIn::new(self, endpoints, credentials).ok().map(|sign_in| sign_in.fingerprint)
    }

    /// Whether its answer brings values that the guest reads.
    pub fn tells_the_guest(&self) -> bool {
        self.answers.iter().any(|answer| !answer.secret && !answer.replaces)
    }
}

/// The kinds of [`TokenExchange`]. They are names: what is sent is declared field by field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ExchangeKind {
    /// A refresh token for an access token (RFC 6749 §6).
    #[serde(rename = "oauth2-refresh")]
    OAuth2Refresh,
    /// The client's own credentials for an access token (RFC 6749 §4.4).
    #[serde(rename = "oauth2-client-credentials")]
    OAuth2ClientCredentials,
    /// A user's name and password for an access token (RFC 6749 §4.3).
    #[serde(rename = "oauth2-password")]
    OAuth2Password,
    /// A code for an access token that lasts (RFC 6749 §4.1): the account carries it, and the host never repeats the exchange.
    #[serde(rename = "oauth2-authorization-code")]
    OAuth2AuthorizationCode,
    /// Any other sign-in.
    #[serde(rename = "exchange")]
    Other,
}

impl ExchangeKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::OAuth2Refresh,
        Self::OAuth2ClientCredentials,
        Self::OAuth2Password,
        Self::OAuth2AuthorizationCode,
        Self::Other,
    ];

    /// The contract's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OAuth2Refresh => "oauth2-refresh",
            Self::OAuth2ClientCredentials => "oauth2-client-credentials",
            Self::OAuth2Password => "oauth2-password",
            Self::OAuth2AuthorizationCode => "oauth2-authorization-code",
            Self::Other => "exchange",
        }
    }
}

/// The method of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ExchangeMethod {
    /// GET, with the fields in the query.
    Get,
    /// POST.
    Post,
}

impl ExchangeMethod {
    /// All methods.
    pub const ALL: [Self; 2] = [Self::Get, Self::Post];

    /// The contract's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
        }
    }
}

/// Where the fields of a sign-in go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// A body of `application/x-www-form-urlencoded`.
    Form,
    /// A JSON body; dots in a field's name nest.
    Json,
    /// The URL's query.
    Query,
}

impl Encoding {
    /// All encodings.
    pub const ALL: [Self; 3] = [Self::Form, Self::Json, Self::Query];

    /// The contract's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Json => "json",
            Self::Query => "query",
        }
    }
}

/// One value that a sign-in's answer brings.
#[derive(Debug, Clone, Serialize)]
pub struct ExchangeAnswer {
    /// Its name in templates; one that is not secret reaches the guest under it.
    pub name: String,
    /// Where it stands in the answer: a JSON pointer (RFC 6901).
    pub pointer: String,
    /// Whether it is a credential.
    pub secret: bool,
    /// Whether it takes the place of the account's variable of this name, where the answer has it.
    pub replaces: bool,
}

/// How long what a sign-in brought can be used.
#[derive(Debug, Clone, Serialize)]
pub struct Lifetime {
    /// Where the answer says it: a JSON pointer.
    pub pointer: Option<String>,
    /// What holds where it does not, in seconds.
    pub seconds: u32,
}

fn names(template: &Template, variable: &str) -> bool {
    template.variables().any(|name| name == variable)
}

/// Whether fields of these names make one JSON object: no name twice, none inside another, no empty part.
pub(crate) fn nest(names: &[&str]) -> bool {
    let inside = |name: &str, other: &str| other.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    let clash = |(index, name): (usize, &&str)| {
        names.iter().enumerate().any(|(at, other)| at != index && (other == name || inside(name, other)))
    };
    names.iter().all(|name| name.split('.').all(|part| !part.is_empty())) && !names.iter().enumerate().any(clash)
}
