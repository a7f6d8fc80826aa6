//! How the host signs requests, and how it signs in if the account's own credentials cannot sign.

use mortise_model::{AuthKind, ExchangeEncoding, ExchangeKind, ExchangeMethod};

use super::authorization::Authorization;

/// How the host signs requests. Values are templates: `{name}` stands for the account's variable, or for the answer of
/// the [`Exchange`] with that name. `{name|md5|base64}` transforms the value: `base64` alone, or `md5` in front of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// Where the credentials go.
    pub kind: AuthKind,
    /// Name and template.
    pub params: Vec<(&'static str, &'static str)>,
    /// The sign-in that brings the values that the account does not carry.
    pub exchange: Option<Exchange>,
    /// The declared origins whose requests this scheme alone signs. Empty: the origins that no scheme names.
    pub origins: Vec<&'static str>,
}

impl Auth {
    /// `Authorization: Bearer <token>` (RFC 6750).
    #[must_use]
    pub fn bearer(token: &'static str) -> Self {
        Self::new(AuthKind::Bearer, vec![("token", token)])
    }

    /// `Authorization: Basic …` (RFC 7617); either part may be empty.
    #[must_use]
    pub fn basic(username: &'static str, password: &'static str) -> Self {
        Self::new(AuthKind::Basic, vec![("username", username), ("password", password)])
    }

    /// A header with that value.
    #[must_use]
    pub fn header(name: &'static str, value: &'static str) -> Self {
        Self::new(AuthKind::Header, vec![(name, value)])
    }

    /// A query parameter with that value.
    #[must_use]
    pub fn query(name: &'static str, value: &'static str) -> Self {
        Self::new(AuthKind::Query, vec![(name, value)])
    }

    fn new(kind: AuthKind, params: Vec<(&'static str, &'static str)>) -> Self {
        Self { kind, params, exchange: None, origins: Vec::new() }
    }

    /// One more header or query parameter, for vendors that want a key and a secret.
    #[must_use]
    pub fn and(mut self, name: &'static str, value: &'static str) -> Self {
        self.params.push((name, value));
        self
    }

    /// Signs the requests to this origin, spelled as it is declared, and no others: for a vendor that wants another
    /// credential at another host. The scheme cannot have an exchange then.
    #[must_use]
    pub fn at(mut self, origin: &'static str) -> Self {
        self.origins.push(origin);
        self
    }

    /// Signs in first: the host makes this call, keeps its answers, and repeats it before they expire.
    #[must_use]
    pub fn exchange(mut self, exchange: Exchange) -> Self {
        self.exchange = Some(exchange);
        self
    }
}

/// A sign-in call: the host sends variables of the account to the vendor, and the answer brings values that sign
/// requests. The host makes the call; the integration never sees its secrets.
///
/// ```
/// # use mortise_sdk::{Auth, Exchange};
/// // OAuth 2.0 in one line each: the account carries client_id and client_secret, and refresh_token or username and password.
/// Auth::bearer("{access_token}").exchange(Exchange::client_credentials("https://api.example.com/oauth/token").scope("users"));
/// Auth::bearer("{access_token}").exchange(Exchange::refresh("https://api.example.com/oauth/token").basic());
/// Auth::bearer("{access_token}").exchange(Exchange::password("https://{region}.example.com/oauth/token"));
/// // Anything else is spelled out.
/// Auth::header("x-session", "{session}").exchange(
///     Exchange::new("https://api.example.com/v2/signin")
///         .json()
///         .field("credentials.name", "{username}")
///         .field("credentials.key", "{api_key}")
///         .brings("session", "/credentials/token")
///         .tells("site_id", "/credentials/site/id")
///         .lives(7_200),
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The name by which an account's `authentication_method` chooses the scheme.
    pub kind: ExchangeKind,
    /// The method of the call.
    pub method: ExchangeMethod,
    /// An absolute URL below one of the origins. It may hold variables that are not secret.
    pub url: &'static str,
    /// Where the fields go.
    pub encoding: ExchangeEncoding,
    /// Name and template.
    pub fields: Vec<(&'static str, &'static str)>,
    /// User name and password of HTTP Basic authentication. The host form-encodes both for the OAuth 2.0 kinds (RFC
    /// 6749 §2.3.1).
    pub basic: Option<(&'static str, &'static str)>,
    /// Whether the host sends `basic` without that form-encoding.
    pub plain_basic: bool,
    /// Further headers, as name and template.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The values that the host reads from the answer.
    pub answers: Vec<ExchangeAnswer>,
    /// The place of their lifetime in the answer, as a JSON pointer: seconds, `h:mm:ss`, or a time of RFC 3339.
    pub lifetime: Option<&'static str>,
    /// Their lifetime in seconds if the answer does not say it.
    pub seconds: u32,
    /// How an account obtains the values that the exchange sends, if a person consents to that at the vendor.
    pub authorization: Option<Authorization>,
}

/// One value of a sign-in's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExchangeAnswer {
    /// The name in templates.
    pub name: &'static str,
    /// The place in the answer, as a JSON pointer (RFC 6901).
    pub pointer: &'static str,
    /// Whether the value is a credential. If not, [`Call::variable`](crate::Call::variable) reads it.
    pub secret: bool,
}

impl Exchange {
    /// Exchanges the client's own credentials for an `access_token` (RFC 6749 §4.4): a form with `client_id` and
    /// `client_secret`, which the account carries. The token lives as long as `expires_in` says, otherwise an hour.
    #[must_use]
    pub fn client_credentials(url: &'static str) -> Self {
        Self::oauth2(ExchangeKind::OAuth2ClientCredentials, "client_credentials", url)
    }

    /// Exchanges the account's `refresh_token` for an `access_token` (RFC 6749 §6), with `client_id` and
    /// `client_secret`. A new refresh token in the answer replaces the old one in the account.
    #[must_use]
    pub fn refresh(url: &'static str) -> Self {
        let exchange = Self::oauth2(ExchangeKind::OAuth2Refresh, "refresh_token", url);
        exchange.field("refresh_token", "{refresh_token}").brings("refresh_token", "/refresh_token")
    }

    /// Exchanges a person's consent for an `access_token` that lasts (RFC 6749 §4.1), if the vendor has no refresh
    /// tokens. The host exchanges a code for the token once, with `client_id` and `client_secret`, and the account
    /// carries the token as a secret variable.
    ///
    /// ```
    /// # use mortise_sdk::{Auth, Authorization, Capabilities, Exchange};
    /// let consent = Authorization::new("https://accounts.example.com/authorize");
    /// let declared = Capabilities::new("example", "Example")
    ///     .oauth(Exchange::authorization_code("https://api.example.com/oauth/token", consent));
    /// let required: Vec<_> = declared.variables.iter().filter(|v| v.required).map(|v| v.name).collect();
    /// assert_eq!(required, ["access_token"]);
    /// ```
    #[must_use]
    pub fn authorization_code(url: &'static str, authorization: Authorization) -> Self {
        Self::oauth2(ExchangeKind::OAuth2AuthorizationCode, "authorization_code", url).authorization(authorization)
    }

    /// Whether the account carries the answers, so that the host does not repeat the exchange.
    pub(crate) fn lasts(&self) -> bool {
        self.kind == ExchangeKind::OAuth2AuthorizationCode
    }

    /// Exchanges the account's `username` and `password` for an `access_token` (RFC 6749 §4.3), with `client_id` and
    /// `client_secret`.
    #[must_use]
    pub fn password(url: &'static str) -> Self {
        let exchange = Self::oauth2(ExchangeKind::OAuth2Password, "password", url);
        exchange.field("username", "{username}").field("password", "{password}")
    }

    /// Any other sign-in: a POST of a form. It has no fields and no answers yet, and its answers live for an hour.
    #[must_use]
    pub fn new(url: &'static str) -> Self {
        Self {
            kind: ExchangeKind::Other,
            method: ExchangeMethod::Post,
            url,
            encoding: ExchangeEncoding::Form,
            fields: Vec::new(),
            basic: None,
            plain_basic: false,
            headers: Vec::new(),
            answers: Vec::new(),
            lifetime: None,
            seconds: 3_600,
            authorization: None,
        }
    }

    fn oauth2(kind: ExchangeKind, grant_type: &'static str, url: &'static str) -> Self {
        Self { kind, ..Self::new(url) }
            .field("grant_type", grant_type)
            .field("client_id", "{client_id}")
            .field("client_secret", "{client_secret}")
            .brings("access_token", "/access_token")
            .lifetime("/expires_in")
    }

    /// Sends the fields as a JSON body; dots in their names nest.
    #[must_use]
    pub fn json(mut self) -> Self {
        self.encoding = ExchangeEncoding::Json;
        self
    }

    /// Sends a GET with the fields in its query.
    #[must_use]
    pub fn get(mut self) -> Self {
        (self.method, self.encoding) = (ExchangeMethod::Get, ExchangeEncoding::Query);
        self
    }

    /// Identifies the client by HTTP Basic authentication, as RFC 6749 §2.3.1 prefers, in place of the fields
    /// `client_id` and `client_secret`. The host form-encodes both.
    #[must_use]
    pub fn basic(mut self) -> Self {
        self.fields.retain(|(name, _)| !matches!(*name, "client_id" | "client_secret"));
        self.basic = Some(("{client_id}", "{client_secret}"));
        self
    }

    /// [`basic`](Self::basic) for a vendor that does not decode the form-encoding. The difference shows in characters
    /// other than letters, digits and `-._*`.
    #[must_use]
    pub fn plain_basic(self) -> Self {
        Self { plain_basic: true, ..self.basic() }
    }

    /// Sets a field. It replaces a field of the same name.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: &'static str) -> Self {
        match self.fields.iter_mut().find(|(known, _)| *known == name) {
            Some(field) => field.1 = value,
            None => self.fields.push((name, value)),
        }
        self
    }

    /// Sets the field `scope`.
    #[must_use]
    pub fn scope(self, scope: &'static str) -> Self {
        self.field("scope", scope)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Takes a credential from the answer, for the templates of [`Auth`]. If `name` is that of a secret variable that a
    /// field sends, the credential replaces that variable in the account whenever the answer has it.
    #[must_use]
    pub fn brings(self, name: &'static str, pointer: &'static str) -> Self {
        self.answer(ExchangeAnswer { name, pointer, secret: true })
    }

    /// Takes a value that is not secret from the answer, such as the id of a site.
    /// [`Call::variable`](crate::Call::variable) reads it.
    #[must_use]
    pub fn tells(self, name: &'static str, pointer: &'static str) -> Self {
        self.answer(ExchangeAnswer { name, pointer, secret: false })
    }

    fn answer(mut self, answer: ExchangeAnswer) -> Self {
        self.answers.push(answer);
        self
    }

    /// Sets the place of the lifetime in the answer, as a JSON pointer.
    #[must_use]
    pub fn lifetime(mut self, pointer: &'static str) -> Self {
        self.lifetime = Some(pointer);
        self
    }

    /// Sets the lifetime in seconds for an answer that does not say it.
    #[must_use]
    pub fn lives(mut self, seconds: u32) -> Self {
        self.seconds = seconds;
        self
    }

    /// Whether a field or the client's Basic authentication sends this variable as it is.
    pub(crate) fn sends(&self, variable: &str) -> bool {
        let template = format!("{{{variable}}}");
        let basic = self.basic.into_iter().flat_map(|(id, secret)| [id, secret]);
        self.fields.iter().map(|(_, value)| *value).chain(basic).any(|value| value == template)
    }

    /// Says how an account obtains the values that the exchange sends: a person consents at the vendor.
    #[must_use]
    pub fn authorization(mut self, authorization: Authorization) -> Self {
        self.authorization = Some(authorization);
        self
    }
}
