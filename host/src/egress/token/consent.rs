//! The address where a person consents: the authorization request of RFC 6749 §4.1.1, with the challenge of RFC 7636
//! §4.3.

use std::collections::BTreeMap;

use mortise_policy::address::public_host;
use mortise_policy::path::ALL_BUT_UNRESERVED;
use percent_encoding::utf8_percent_encode;
use url::{Position, Url};

use super::super::{AuthScheme, EgressError};
use super::request::spelled;
use super::{Authorization, TokenExchange};

/// A request for a person's consent.
#[derive(Debug, Clone, Copy)]
pub struct Consent<'a> {
    /// The scheme that declares the consent.
    pub scheme: &'a AuthScheme,
    /// The client's identifier at the vendor.
    pub client_id: &'a str,
    /// The account's variables, with declared defaults.
    pub variables: &'a BTreeMap<String, String>,
    /// The requested scopes. If empty, the declared ones.
    pub scopes: &'a [String],
    /// The address to which the vendor sends the person back.
    pub redirect_uri: &'a str,
    /// The value that the redirect must bring back.
    pub state: &'a str,
    /// The S256 challenge of PKCE. `None` if the vendor accepts none.
    pub challenge: Option<&'a str>,
}

impl Consent<'_> {
    /// The URL of the vendor's consent page for the person. Its query is percent-encoded, with blanks as `%20`, which
    /// vendors read correctly whether they decode a form or a URL.
    ///
    /// # Errors
    /// [`EgressError::Credentials`] if the scheme declares no consent, or a variable of the URL is missing or does not fit there.
    pub fn url(&self) -> Result<Url, EgressError> {
        let (_, authorization) = declared(self.scheme)?;
        let mut url = page(authorization, self.variables)?;
        let scopes = if self.scopes.is_empty() { &authorization.scopes } else { self.scopes };
        let scope = scopes.join(&authorization.separator);
        let method = self.challenge.map(|_| "S256");
        let own = [
            ("response_type", Some("code")),
            ("client_id", Some(self.client_id)),
            ("redirect_uri", Some(self.redirect_uri)),
            ("scope", Some(scope.as_str()).filter(|scope| !scope.is_empty())),
            ("state", Some(self.state)),
            ("code_challenge", self.challenge),
            ("code_challenge_method", method),
        ];
        let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let further = authorization.params.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let encoded = |text| utf8_percent_encode(text, ALL_BUT_UNRESERVED);
        let pairs = own.chain(further).map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        url.set_query(Some(&pairs.collect::<Vec<_>>().join("&")));
        Ok(url)
    }
}

/// The exchange of a scheme that declares a consent, and that consent.
pub(super) fn declared(scheme: &AuthScheme) -> Result<(&TokenExchange, &Authorization), EgressError> {
    let exchange = scheme.exchange.as_ref();
    exchange.and_then(|exchange| Some((exchange, exchange.authorization.as_ref()?))).ok_or_else(|| {
        EgressError::Credentials("the integration does not declare where people consent, for this way to sign".into())
    })
}

/// The declared consent page with the account's variables.
fn page(authorization: &Authorization, variables: &BTreeMap<String, String>) -> Result<Url, EgressError> {
    let text = spelled(&authorization.url, variables).ok_or_else(|| {
        let missing = authorization.url.variables().find(|name| variables.get(*name).is_none_or(String::is_empty));
        let missing = missing.unwrap_or_default();
        EgressError::Credentials(format!(
            "the account needs a value for `{missing}`, which is part of the address of the vendor's consent page"
        ))
    })?;
    let url = Url::parse(&text).ok().filter(|url| is_page(url, &text));
    url.filter(|url| url.host().is_some_and(|host| public_host(&host).is_ok())).ok_or_else(|| {
        let names: Vec<_> = authorization.url.variables().map(|name| format!("`{name}`")).collect();
        EgressError::Credentials(format!(
            "the value of {} does not fit into the address of the vendor's consent page",
            names.join(" or ")
        ))
    })
}

/// Whether `url`, parsed from `text`, is an `https` URL without user, query and fragment whose host and path equal
/// those of the text. A value that ends the host, or climbs out of the path, makes them differ.
pub(crate) fn is_page(url: &Url, text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let authority = authority.strip_suffix(":443").unwrap_or(authority);
    let read = &url[Position::BeforeUsername..Position::AfterPort];
    !authority.contains('@')
        && read.eq_ignore_ascii_case(authority)
        && url.path() == if path.is_empty() { "/" } else { path }
        && url.query().is_none()
        && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use mortise_model::{AuthKind, ExchangeEncoding, ExchangeKind, ExchangeMethod, Pkce};

    use super::super::super::Template;
    use super::super::Lifetime;
    use super::*;

    fn scheme(url: &str, scopes: &[&str], separator: &str, params: &[(&str, &str)]) -> AuthScheme {
        let owned = |text: &&str| (*text).to_owned();
        let authorization = Authorization {
            url: Template::parse(url).unwrap(),
            scopes: scopes.iter().map(owned).collect(),
            separator: separator.to_owned(),
            params: params.iter().map(|(name, value)| (owned(name), owned(value))).collect(),
            pkce: Pkce::On,
            captures: Vec::new(),
        };
        let exchange = TokenExchange {
            kind: ExchangeKind::OAuth2Refresh,
            method: ExchangeMethod::Post,
            url: Template::parse("https://api.example.com/token").unwrap(),
            encoding: ExchangeEncoding::Form,
            fields: Vec::new(),
            basic: None,
            plain_basic: false,
            headers: Vec::new(),
            answers: Vec::new(),
            lifetime: Lifetime { pointer: None, seconds: 3_600 },
            authorization: Some(authorization),
        };
        AuthScheme { kind: AuthKind::Bearer, params: Vec::new(), exchange: Some(exchange), origins: Vec::new() }
    }

    fn at(url: &str, site: &str) -> Result<String, EgressError> {
        let variables = BTreeMap::from([("site".to_owned(), site.to_owned())]);
        let consent = Consent {
            scheme: &scheme(url, &[], " ", &[]),
            client_id: "c",
            variables: &variables,
            scopes: &[],
            redirect_uri: "https://host.example/back",
            state: "s",
            challenge: None,
        };
        let url = consent.url()?;
        Ok(url[..Position::AfterPath].to_owned())
    }

    #[test]
    fn the_request_has_every_parameter_in_the_encoding_that_each_vendor_reads() {
        let scheme = scheme(
            "https://accounts.example.com/authorize",
            &["users.read", "users:write"],
            " ",
            &[("access_type", "offline"), ("a&b", "c=d+e")],
        );
        let consent = Consent {
            scheme: &scheme,
            client_id: "id+/:=%&ü",
            variables: &BTreeMap::new(),
            scopes: &[],
            redirect_uri: "https://host.example/connect-account/callback/vendor",
            state: "the-state",
            challenge: Some("the_challenge"),
        };
        let start = "https://accounts.example.com/authorize?response_type=code&client_id=id%2B%2F%3A%3D%25%26%C3%BC\
            &redirect_uri=https%3A%2F%2Fhost.example%2Fconnect-account%2Fcallback%2Fvendor";
        let end = "&access_type=offline&a%26b=c%3Dd%2Be";
        let challenge = "&code_challenge=the_challenge&code_challenge_method=S256";
        let expected = format!("{start}&scope=users.read%20users%3Awrite&state=the-state{challenge}{end}");
        assert_eq!(consent.url().unwrap().as_str(), expected);
        let scopes = ["other".to_owned()];
        let other = Consent { scopes: &scopes, challenge: None, ..consent };
        assert_eq!(other.url().unwrap().as_str(), format!("{start}&scope=other&state=the-state{end}"));
    }

    #[test]
    fn scopes_are_joined_as_declared_and_left_out_if_there_are_none() {
        for (scopes, separator, expected) in [
            (&["a", "b"][..], ",", Some("a,b")),
            (&["a", "b"], " ", Some("a b")),
            (&["a"], ",", Some("a")),
            (&[], " ", None),
        ] {
            let scheme = scheme("https://accounts.example.com", scopes, separator, &[]);
            let consent = Consent {
                scheme: &scheme,
                client_id: "c",
                variables: &BTreeMap::new(),
                scopes: &[],
                redirect_uri: "https://host.example/back",
                state: "s",
                challenge: None,
            };
            let url = consent.url().unwrap();
            let scope = url.query_pairs().find(|(name, _)| name == "scope").map(|(_, value)| value.into_owned());
            assert_eq!(scope.as_deref(), expected);
        }
    }

    #[test]
    fn a_variable_cannot_lead_elsewhere() {
        let host = "https://{site}.example.com/authorize";
        assert_eq!(at(host, "Acme").unwrap(), "https://acme.example.com/authorize");
        assert_eq!(at(host, "acme.eu").unwrap(), "https://acme.eu.example.com/authorize");
        for site in [
            "",
            "evil.net/",
            "evil.net#",
            "evil.net?",
            "evil.net\\",
            "user@evil.net",
            "evil.net:1",
            "evil。net",
            "a..b",
        ] {
            assert!(matches!(at(host, site), Err(EgressError::Credentials(_))), "{site}");
        }
        let path = "https://login.example.com/{site}/authorize";
        assert_eq!(at(path, "a b/ü").unwrap(), "https://login.example.com/a%20b%2F%C3%BC/authorize");
        assert_eq!(at(path, "%2e%2e").unwrap(), "https://login.example.com/%252e%252e/authorize");
        assert!(matches!(at(path, ".."), Err(EgressError::Credentials(_))));
        assert!(matches!(at(path, "."), Err(EgressError::Credentials(_))));
        let whole = "https://{site}/authorize";
        assert_eq!(at(whole, "app.example.eu").unwrap(), "https://app.example.eu/authorize");
        for site in ["localhost", "127.0.0.1", "2130706433", "10.0.0.1", "[::1]", "evil.net/x?", "user@evil.net"] {
            assert!(matches!(at(whole, site), Err(EgressError::Credentials(_))), "{site}");
        }
    }
}
