//! The ways to connect an account of an integration, and the variables that each asks for.

use std::collections::BTreeSet;

use mortise_model::ExchangeKind;

use crate::account::{Account, CLIENT_ID, OAuthApplication, Secrets};
use crate::egress::AuthScheme;
use crate::egress::token::{Authorization, TokenExchange};
use crate::plugin::Capabilities;
use crate::plugin::capabilities::{Variable, is_client};

/// A way to connect an account: one of the integration's schemes among which an account chooses.
#[derive(Debug, Clone, Copy)]
pub struct Way<'g> {
    capabilities: &'g Capabilities,
    /// `None` if the integration's requests are not signed.
    scheme: Option<&'g AuthScheme>,
    /// The number of earlier schemes with the same method.
    earlier: usize,
}

/// Facts that are known without asking people.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Variables that the link token brings.
    pub context: &'a Secrets,
    /// The operator's OAuth application, if there is one.
    pub application: Option<&'a OAuthApplication>,
    /// The names of the variables that the account to connect again has and keeps; empty if it keeps none.
    pub kept: &'a BTreeSet<String>,
    /// Whether vendors can send people back to this host.
    pub has_callback: bool,
}

/// A setting that the operator must make before people can sign in at a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// An OAuth application.
    Application,
    /// `connect.public_url`.
    PublicUrl,
}

/// A variable that the form asks for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'g> {
    /// Its declaration.
    pub variable: &'g Variable,
    /// Whether the account needs it.
    pub is_needed: bool,
    /// Whether an empty field leaves the account's value as it is.
    pub is_kept: bool,
}

impl<'g> Way<'g> {
    /// The ways of an integration in the declared order; at least one.
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

    /// The ways that people can take, in the declared order. Empty if all lead to the vendor and the operator has not
    /// set them up.
    pub fn offered(capabilities: &'g Capabilities, known: Known<'_>) -> Vec<Self> {
        Self::all(capabilities).into_iter().filter(|way| way.lacks(known).is_none()).collect()
    }

    /// The way among these that a page shows if nobody has chosen: that of the account to connect again, which has
    /// these variables; else consent at the vendor, else the first.
    pub fn preferred(ways: &[Self], account: Option<&Account>, has: &BTreeSet<String>) -> Option<Self> {
        let method = account.and_then(|account| account.authentication_method.as_deref());
        let is_named = |way: &&Self| method.is_some() && way.method() == method;
        // An account without a method signs by the first way whose variables it has.
        let is_own = |way: &&Self| account.is_some() && (method.is_none() || is_named(way));
        let own = ways.iter().filter(is_own).find(|way| way.suits(has)).or_else(|| ways.iter().find(is_named));
        let consents = || ways.iter().find(|way| way.authorization().is_some());
        own.or_else(consents).or_else(|| ways.first()).copied()
    }

    /// The setting that this way lacks, if it leads to the vendor.
    pub fn lacks(&self, known: Known<'_>) -> Option<Lack> {
        self.authorization()?;
        let has_client = known.context.contains_key(CLIENT_ID) || known.kept.contains(CLIENT_ID);
        match has_client || known.application.is_some() {
            false => Some(Lack::Application),
            true => (!known.has_callback).then_some(Lack::PublicUrl),
        }
    }

    /// Its value of `auth_format`: the method, with a number after it for the second and further schemes with the same
    /// method.
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

    /// The declaration of the consent at the vendor, if this way has one.
    pub fn authorization(&self) -> Option<&'g Authorization> {
        self.scheme?.exchange.as_ref()?.authorization.as_ref()
    }

    /// The scopes of the consent: those of the link token, of the application, or the declared ones.
    pub fn scopes<'a>(&self, token: &'a [String], application: Option<&'a OAuthApplication>) -> &'a [String]
    where
        'g: 'a,
    {
        let declared = self.authorization().map_or([].as_slice(), |authorization| &authorization.scopes);
        let own = application.map_or([].as_slice(), |application| &application.scopes);
        [token, own].into_iter().find(|scopes| !scopes.is_empty()).unwrap_or(declared)
    }

    /// Whether the vendor's redirect brings the variable after the consent.
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

    /// The variables that the form asks for, in the declared order.
    pub fn asks(&self, known: Known<'_>) -> Vec<Asked<'g>> {
        let is_asked = |variable: &&Variable| {
            !known.context.contains_key(&variable.name) && self.takes(variable) && !self.lends(variable, known)
        };
        let asked = |variable: &'g Variable| {
            let is_kept = known.kept.contains(&variable.name);
            let is_needed = (variable.required || self.names(&variable.name)) && variable.default.is_none() && !is_kept;
            Asked { variable, is_needed, is_kept }
        };
        self.capabilities.variables.iter().filter(is_asked).map(asked).collect()
    }

    /// Whether the variable belongs to the client, and the operator's application or the account's own client has its
    /// value.
    fn lends(&self, variable: &Variable, known: Known<'_>) -> bool {
        let takes = self.scheme.is_some_and(AuthScheme::takes_application);
        let has_own = self.authorization().is_some() && known.kept.contains(&variable.name);
        is_client(&variable.name) && (takes && known.application.is_some() || has_own)
    }

    /// Whether an account with these variables could authenticate by this way.
    fn suits(&self, has: &BTreeSet<String>) -> bool {
        let lends = |name: &str| is_client(name) && self.scheme.is_some_and(AuthScheme::takes_application);
        let has_default = |name: &str| self.capabilities.variable(name).is_some_and(|v| v.default.is_some());
        let mut needed = self.scheme.into_iter().flat_map(AuthScheme::variables);
        needed.all(|name| has.contains(name) || has_default(name) || lends(name))
    }

    /// Whether a person enters the variable in this way. Nobody enters a variable that the vendor brings, or that only
    /// other ways need.
    fn takes(&self, variable: &Variable) -> bool {
        let name = variable.name.as_str();
        let exchange = self.authorization().and(self.scheme).and_then(|scheme| scheme.exchange.as_ref());
        if exchange.is_some_and(|exchange| exchange.brought_by_consent().contains(name)) {
            return false;
        }
        let of_others = || Self::all(self.capabilities).iter().any(|way| way.names(name));
        variable.required || self.names(name) || !variable.secret && self.addresses(name) || !of_others()
    }

    /// Whether requests of any way go to an address with this variable. Either the variable is in an origin that is not
    /// only for sign-ins. Or it is in no origin and chooses the one for sign-ins; the plugin then chooses by it as
    /// well.
    fn addresses(&self, name: &str) -> bool {
        let part = [format!("{{{name}}}"), format!("{{{name}*}}")];
        let with_it = |origin: &&String| part.iter().any(|part| origin.contains(part));
        let origins = &self.capabilities.origins;
        let exchanges = || self.capabilities.auth.iter().filter_map(|scheme| scheme.exchange.as_ref());
        let of_sign_ins =
            |origin: &str| exchanges().any(|exchange| exchange.url.to_string().starts_with(&origin.replace("*}", "}")));
        if !origins.iter().any(|origin| with_it(&origin)) {
            return exchanges().any(|exchange| exchange.url.variables().any(|own| own == name));
        }
        // Relative targets are below the first origin.
        origins.iter().enumerate().any(|(index, origin)| with_it(&origin) && (index == 0 || !of_sign_ins(origin)))
    }

    /// Whether this way's scheme names the variable.
    fn names(&self, name: &str) -> bool {
        let Some(scheme) = self.scheme else { return false };
        let mut consent = self.authorization().into_iter().flat_map(|authorization| authorization.url.variables());
        // The host exchanges a code at the address of the exchange, with the client in it.
        let mut exchange = scheme.exchange.iter().flat_map(TokenExchange::variables);
        scheme.variables().any(|own| own == name)
            || self.authorization().is_some() && (consent.any(|own| own == name) || exchange.any(|own| own == name))
    }
}
