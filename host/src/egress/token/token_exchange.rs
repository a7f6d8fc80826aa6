//! The sign-in of an authentication scheme, as a plugin declares it.

use std::collections::BTreeSet;

use mortise_model::{CaptureSource, ExchangeEncoding, ExchangeKind, ExchangeMethod};
use mortise_policy::target::Endpoint;
use serde::Serialize;

use super::super::opened::Credentials;
use super::super::template::Template;
use super::authorization::{Authorization, Capture};
use super::request::SignIn;

/// A sign-in as a plugin declares it. Its templates are over the account's variables.
#[derive(Debug, Clone, Serialize)]
pub struct TokenExchange {
    /// The kind, whose word an account uses as its `authentication_method`.
    pub kind: ExchangeKind,
    /// The HTTP method of the request.
    pub method: ExchangeMethod,
    /// Absolute URL below a declared origin. Its variables are not secret.
    pub url: Template,
    /// The place of the fields in the request.
    pub encoding: ExchangeEncoding,
    /// Name and template, in order.
    pub fields: Vec<(String, Template)>,
    /// User name and password of HTTP Basic authentication.
    pub basic: Option<(Template, Template)>,
    /// Whether user name and password are not form-encoded, although the kind is one of OAuth 2.0.
    pub plain_basic: bool,
    /// Further headers, as name and template.
    pub headers: Vec<(String, Template)>,
    /// The values that the host reads in the answer.
    pub answers: Vec<ExchangeAnswer>,
    /// How long these values are valid.
    pub lifetime: Lifetime,
    /// The consent of a person at the vendor that gives the account its credentials for the exchange. `None` if there
    /// is no such way.
    pub authorization: Option<Authorization>,
}

impl TokenExchange {
    /// Whether an OAuth client makes the exchange after a person's consent. The client may be the operator's, because
    /// an account gets nothing from it without that consent.
    pub fn takes_application(&self) -> bool {
        matches!(self.kind, ExchangeKind::OAuth2Refresh | ExchangeKind::OAuth2AuthorizationCode)
    }

    /// The variables in its templates. Some come more than once.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let fields = self.fields.iter().chain(&self.headers).map(|(_, template)| template);
        let basic = self.basic.iter().flat_map(|(user, password)| [user, password]);
        fields.chain(basic).chain([&self.url]).flat_map(Template::variables)
    }

    /// The variables that a person's consent brings, so that no form asks for them: those that its answers replace,
    /// captured ones, and the redirect URI that later sign-ins repeat. A variable that the consent itself needs is not
    /// among them.
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

    /// The variable of its field `redirect_uri`, for vendors that want it with each sign-in.
    pub(super) fn redirect_variable(&self) -> Option<&str> {
        self.fields.iter().find(|(name, _)| name == "redirect_uri").and_then(|(_, template)| template.sole_variable())
    }

    /// Whether user name and password of HTTP Basic authentication are form-encoded first (RFC 6749 §2.3.1).
    pub(super) fn encodes_basic(&self) -> bool {
        self.kind != ExchangeKind::Other && !self.plain_basic
    }

    /// Identifies the sign-in of an account. `None` if the account lacks credentials for it.
    pub(in super::super) fn fingerprint(&self, endpoints: &[Endpoint], credentials: &Credentials) -> Option<String> {
        SignIn::new(self, endpoints, credentials).ok().map(|sign_in| sign_in.fingerprint)
    }

    /// Whether its answer has values that the guest reads.
    pub fn tells_the_guest(&self) -> bool {
        self.answers.iter().any(|answer| !answer.secret && !answer.replaces)
    }
}

/// One value in a sign-in's answer.
#[derive(Debug, Clone, Serialize)]
pub struct ExchangeAnswer {
    /// Its name in templates. If it is not secret, the guest gets it under this name.
    pub name: String,
    /// Its place in the answer: a JSON pointer (RFC 6901).
    pub pointer: String,
    /// Whether it is a credential.
    pub secret: bool,
    /// Whether it replaces the account's variable of this name, if the answer has it.
    pub replaces: bool,
}

/// How long the values of a sign-in are valid.
#[derive(Debug, Clone, Serialize)]
pub struct Lifetime {
    /// The place of the lifetime in the answer: a JSON pointer.
    pub pointer: Option<String>,
    /// The lifetime in seconds, if the answer has none.
    pub seconds: u32,
}

fn names(template: &Template, variable: &str) -> bool {
    template.variables().any(|name| name == variable)
}

/// Whether fields with these names make one JSON object: no name comes twice, none is inside another, and no part is
/// empty.
pub(crate) fn nest(names: &[&str]) -> bool {
    let inside = |name: &str, other: &str| other.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    let clash = |(index, name): (usize, &&str)| {
        names.iter().enumerate().any(|(at, other)| at != index && (other == name || inside(name, other)))
    };
    names.iter().all(|name| name.split('.').all(|part| !part.is_empty())) && !names.iter().enumerate().any(clash)
}
