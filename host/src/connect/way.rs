//! The ways to connect an account of an integration, and what each asks people for.

use crate::account::{Account, OAuthApplication, Secrets};
use crate::egress::AuthScheme;
use crate::egress::token::{Authorization, ExchangeKind};
use crate::plugin::Capabilities;
use crate::plugin::capabilities::{Variable, is_client};

/// The variable that some vendors' sign-ins repeat: the callback of the OAuth application. The host knows it when it sends a person to the
/// vendor.
const REDIRECT_URI: &str = "redirect_uri";

/// A way to connect an account: one of the integration's schemes that an account chooses among.
#[derive(Debug, Clone, Copy)]
pub struct Way<'g> {
    capabilities: &'g Capabilities,
    /// `None` if the integration's requests are not signed.
    scheme: Option<&'g AuthScheme>,
    /// The number of earlier schemes with the same method.
    earlier: usize,
}

/// What is known without asking.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Variables that the link token brings.
    pub context: &'a Secrets,
    /// The operator's OAuth application.
    pub application: Option<&'a OAuthApplication>,
    /// The account to connect again, if it keeps the variables that it has.
    pub kept: Option<&'a Account>,
}

/// A variable that people are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'g> {
    /// Its declaration.
    pub variable: &'g Variable,
    /// Whether the account cannot be connected without it.
    pub is_needed: bool,
    /// Whether an empty field leaves the account's value as it is.
    pub is_kept: bool,
}

impl<'g> Way<'g> {
    /// The ways of an integration in the declared order; never none.
    pub fn all(capabilities: &'g Capabilities) -> Vec<Self> {
        let general: Vec<_> = capabilities.auth.iter().filter(|scheme| scheme.is_general()).collect();
        let way = |(index, scheme): (usize, &&'g AuthScheme)| {
            let earlier = general.iter().take(index).filter(|other| other.method() == scheme.method()).count();
            Self { capabilities, scheme: Some(scheme), earlier }
        };
        match general.is_empty() {
            true => vec![Self { capabilities, scheme: None, earlier: 0 }],
            false => general.iter().enumerate().map(way).collect(),
        }
    }

    /// The way that `auth_format` names, by a [format](Self::format) or by one of Truto's words.
    pub fn named(ways: &[Self], auth_format: &str) -> Option<Self> {
        let kind = |way: &&Self| way.scheme.map(|scheme| scheme.exchange.as_ref().map(|exchange| exchange.kind));
        let of_truto = |way: &&Self| {
            matches!(
                (auth_format, kind(way)),
                ("api_key", Some(None | Some(ExchangeKind::Other)))
                    | ("oauth2", Some(Some(ExchangeKind::OAuth2Refresh | ExchangeKind::OAuth2AuthorizationCode)))
                    | ("oauth2_client_credentials", Some(Some(ExchangeKind::OAuth2ClientCredentials)))
            )
        };
        ways.iter().find(|way| way.format() == auth_format).or_else(|| ways.iter().find(of_truto)).copied()
    }

    /// The way that a page shows if nobody has chosen: that of the account to connect again; else consent at the vendor if the operator
    /// has an application there, else the first that asks for credentials.
    pub fn preferred(
        capabilities: &'g Capabilities,
        account: Option<&Account>,
        application: Option<&OAuthApplication>,
    ) -> Self {
        let ways = Self::all(capabilities);
        let own = account.and_then(|account| account.authentication_method.as_deref());
        let own = ways.iter().find(|way| own.is_some() && way.method() == own);
        let consents = ways.iter().find(|way| way.authorization().is_some() && application.is_some());
        let asks = ways.iter().find(|way| way.authorization().is_none());
        let first = Self { capabilities, scheme: ways.first().and_then(|way| way.scheme), earlier: 0 };
        own.or(consents).or(asks).copied().unwrap_or(first)
    }

    /// The value of `auth_format` for it: the method, with a number behind the second and further ones.
    pub fn format(&self) -> String {
        match (self.method(), self.earlier) {
            (None, _) => String::new(),
            (Some(method), 0) => method.to_owned(),
            (Some(method), earlier) => format!("{method}-{}", earlier + 1),
        }
    }

    /// The account's `authentication_method`; `None` if there is nothing to choose.
    pub fn method(&self) -> Option<&'static str> {
        self.scheme.map(AuthScheme::method)
    }

    /// The scheme itself.
    pub fn scheme(&self) -> Option<&'g AuthScheme> {
        self.scheme
    }

    /// How a person consents at the vendor, if that is this way.
    pub fn authorization(&self) -> Option<&'g Authorization> {
        self.scheme?.exchange.as_ref()?.authorization.as_ref()
    }

    /// The scopes that a person is asked to consent to: those of the link token, of the application, or the declared ones.
    pub fn scopes<'a>(&self, token: &'a [String], application: Option<&'a OAuthApplication>) -> &'a [String]
    where
        'g: 'a,
    {
        let declared = self.authorization().map_or([].as_slice(), |authorization| &authorization.scopes);
        let own = application.map_or([].as_slice(), |application| &application.scopes);
        [token, own].into_iter().find(|scopes| !scopes.is_empty()).unwrap_or(declared)
    }

    /// Whether the vendor tells the variable when a person has consented.
    pub fn captures(&self, name: &str) -> bool {
        let mut captures = self.authorization().into_iter().flat_map(|authorization| &authorization.captures);
        captures.any(|capture| capture.variable == name)
    }

    /// Its name for people.
    pub fn title(&self) -> String {
        if self.authorization().is_some() {
            return format!("Sign in to {}", self.capabilities.label);
        }
        let names = |variable: &&Variable| variable.secret && self.names(&variable.name);
        let secrets: Vec<_> = self.capabilities.variables.iter().filter(names).map(|v| v.label.as_str()).collect();
        match secrets.is_empty() {
            true => "Enter the details".to_owned(),
            false => format!("Enter: {}", secrets.join(", ")),
        }
    }

    /// The variables that people are asked for, in the declared order.
    pub fn asks(&self, known: Known<'_>) -> Vec<Asked<'g>> {
        let is_asked = |variable: &&Variable| {
            !known.context.contains_key(&variable.name) && self.takes(variable) && !self.lends(variable, known)
        };
        let asked = |variable: &'g Variable| {
            let is_kept =
                known.kept.is_some_and(|account| variable.secret || account.context.contains_key(&variable.name));
            let is_needed = (variable.required || self.names(&variable.name)) && variable.default.is_none() && !is_kept;
            Asked { variable, is_needed, is_kept }
        };
        self.capabilities.variables.iter().filter(is_asked).map(asked).collect()
    }

    /// Whether the operator's application stands in for the variable.
    fn lends(&self, variable: &Variable, known: Known<'_>) -> bool {
        let takes = self.scheme.is_some_and(AuthScheme::takes_application);
        takes && known.application.is_some() && is_client(&variable.name)
    }

    /// Whether a person has to do with the variable in this way: what the vendor brings, and what only other ways need, nobody types.
    fn takes(&self, variable: &Variable) -> bool {
        let name = variable.name.as_str();
        let is_brought = || self.captures(name) || name == REDIRECT_URI || variable.secret && !is_client(name);
        if self.authorization().is_some() && is_brought() {
            return false;
        }
        let of_others = || Self::all(self.capabilities).iter().any(|way| way.names(name));
        variable.required || self.names(name) || !of_others()
    }

    /// Whether its scheme names the variable.
    fn names(&self, name: &str) -> bool {
        let Some(scheme) = self.scheme else { return false };
        let mut consent = self.authorization().into_iter().flat_map(|authorization| authorization.url.variables());
        // A code is exchanged at the address of the exchange, by the client that it names.
        let mut exchange = scheme.exchange.iter().flat_map(|exchange| exchange.variables());
        scheme.variables().any(|own| own == name)
            || self.authorization().is_some() && (consent.any(|own| own == name) || exchange.any(|own| own == name))
    }
}
