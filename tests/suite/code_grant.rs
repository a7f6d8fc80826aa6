//! The exchange of a consent's code for tokens by the host: the vendor's request, the result, and the secrets that no
//! message shows.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mortise::account::{Client, Secrets};
use mortise::egress::token::{Authorization, Capture, ExchangeAnswer, Lifetime};
use mortise::egress::{AuthScheme, Code, Consent, EgressError, Profile, Redeemed, Redeems, Template, TokenExchange};
use mortise_model::{AuthKind, CaptureSource, ExchangeEncoding, ExchangeKind, ExchangeMethod, Pkce};
use mortise_policy::origin::{Origin, OriginTemplate};
use mortise_tests::host::{Host, Setup};
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::form_urlencoded;

const CODE: &str = "SplxlOBeZQQYbYS6WxSbIA";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const SECRET: &str = "a+b/c:d=e%f g";
const BACK: &str = "https://host.example/connect-account/callback/vendor?x=1";

/// One consent: the declaration, and the values that the host has when the person comes back.
struct Grant {
    profile: Profile,
    exchange: TokenExchange,
    client_secret: Option<SecretString>,
    variables: BTreeMap<String, String>,
    redirect: BTreeMap<String, String>,
    verifier: Option<SecretString>,
}

fn template(text: &str) -> Template {
    Template::parse(text).expect("a template")
}

fn templates(fields: &[(&str, &str)]) -> Vec<(String, Template)> {
    fields.iter().map(|(name, text)| ((*name).to_owned(), template(text))).collect()
}

fn answer(name: &str, replaces: bool) -> ExchangeAnswer {
    ExchangeAnswer { name: name.to_owned(), pointer: format!("/{name}"), secret: true, replaces }
}

fn capture(variable: &str, source: CaptureSource, place: &str) -> Capture {
    Capture { variable: variable.to_owned(), source, place: place.to_owned() }
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The exchange that the SDK declares for a refresh token, with a consent.
fn refresh(url: &str) -> TokenExchange {
    TokenExchange {
        kind: ExchangeKind::OAuth2Refresh,
        method: ExchangeMethod::Post,
        url: template(url),
        encoding: ExchangeEncoding::Form,
        fields: templates(&[
            ("grant_type", "refresh_token"),
            ("client_id", "{client_id}"),
            ("client_secret", "{client_secret}"),
            ("refresh_token", "{refresh_token}"),
        ]),
        basic: None,
        plain_basic: false,
        headers: templates(&[("x-version", "2")]),
        answers: vec![answer("access_token", false), answer("refresh_token", true)],
        lifetime: Lifetime { pointer: Some("/expires_in".to_owned()), seconds: 3_600 },
        authorization: Some(Authorization {
            url: template("https://accounts.example.com/authorize"),
            scopes: Vec::new(),
            separator: " ".to_owned(),
            params: Vec::new(),
            pkce: Pkce::On,
            captures: Vec::new(),
        }),
    }
}

impl Grant {
    /// A consent at a vendor whose declared origins lead to this server.
    fn at(vendor: &Vendor, origins: &[&str]) -> Self {
        let profile = Profile {
            slug: "vendor".into(),
            origins: origins.iter().map(|origin| OriginTemplate::parse(origin).expect("an origin")).collect(),
            headers: Arc::default(),
            auth: Vec::new(),
            messages: Arc::default(),
            limits: Arc::default(),
            replacement: Some(Origin::parse_override(&vendor.url()).expect("a URL")),
        };
        Self {
            profile,
            exchange: refresh("https://api.example.com/oauth/token"),
            client_secret: Some(SECRET.into()),
            variables: BTreeMap::new(),
            redirect: map(&[("code", CODE), ("state", "the-state")]),
            verifier: Some(VERIFIER.into()),
        }
    }

    fn of(vendor: &Vendor) -> Self {
        Self::at(vendor, &["https://api.example.com"])
    }

    fn captures(mut self, variable: &str, source: CaptureSource, place: &str) -> Self {
        let authorization = self.exchange.authorization.as_mut().expect("a consent");
        authorization.captures.push(capture(variable, source, place));
        self
    }

    async fn redeem(&self, host: &Host) -> Result<Redeemed, EgressError> {
        let scheme = AuthScheme {
            kind: AuthKind::Bearer,
            params: templates(&[("token", "{access_token}")]),
            exchange: Some(self.exchange.clone()),
            origins: Vec::new(),
        };
        let client = Client { id: "client:1+".to_owned(), secret: self.client_secret.clone() };
        redeem(host, &self.profile, &scheme, client, &self.variables, &self.redirect, self.verifier.as_ref()).await
    }
}

async fn redeem(
    host: &Host,
    profile: &Profile,
    scheme: &AuthScheme,
    client: Client,
    variables: &BTreeMap<String, String>,
    redirect: &BTreeMap<String, String>,
    verifier: Option<&SecretString>,
) -> Result<Redeemed, EgressError> {
    let (secrets, code) = (Secrets::new(), SecretString::from(CODE));
    let whom = Redeems { slug: &profile.slug, profile, scheme, client, secrets: &secrets, variables };
    host.app.service.egress.redeem(whom, Code { code: &code, redirect_uri: BACK, verifier, redirect }).await
}

fn tokens() -> Value {
    json!({ "access_token": "an-access-token", "refresh_token": "a-refresh-token", "expires_in": 3600 })
}

fn form(request: &Recorded) -> BTreeMap<String, String> {
    form_urlencoded::parse(&request.body).into_owned().collect()
}

fn only(vendor: &Vendor) -> Recorded {
    let mut requests = vendor.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    requests.remove(0)
}

fn secrets(redeemed: &Redeemed) -> BTreeMap<&str, &str> {
    redeemed.secrets.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect()
}

/// Checks that no message of the host has a secret.
fn tells_no_secret(error: &EgressError) {
    let told = format!("{error} {error:?} {}", error.reason());
    for secret in [CODE, VERIFIER, SECRET, "an-access-token", "a-refresh-token"] {
        assert!(!told.contains(secret), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_traded_by_the_declared_form_with_the_client_in_it() {
    let vendor = Vendor::start(Answer::json(200, &tokens())).await;
    let host = Setup::new().start().await;
    let redeemed = Grant::of(&vendor).redeem(&host).await.expect("tokens");
    assert_eq!(secrets(&redeemed), BTreeMap::from([("refresh_token", "a-refresh-token")]));
    assert_eq!((redeemed.variables.len(), redeemed.scopes), (0, None));
    let request = only(&vendor);
    assert_eq!((request.method.as_str(), request.path()), ("POST", "/oauth/token"));
    assert_eq!((request.header("x-version"), request.header("authorization")), (Some("2"), None));
    let expected = map(&[
        ("grant_type", "authorization_code"),
        ("code", CODE),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
        ("client_id", "client:1+"),
        ("client_secret", SECRET),
    ]);
    assert_eq!(form(&request), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_challenge_no_verifier_is_sent_and_basic_is_encoded_as_declared() {
    let vendor = Vendor::start(Answer::json(200, &tokens())).await;
    let host = Setup::new().start().await;
    for (plain, id, secret) in [(false, "client%3A1%2B", "a%2Bb%2Fc%3Ad%3De%25f+g"), (true, "client:1+", SECRET)] {
        let mut grant = Grant { verifier: None, ..Grant::of(&vendor) };
        grant.exchange.fields.retain(|(name, _)| !name.starts_with("client"));
        grant.exchange.basic = Some((template("{client_id}"), template("{client_secret}")));
        grant.exchange.plain_basic = plain;
        grant.redeem(&host).await.expect("tokens");
        let request = vendor.requests().pop().expect("a request");
        let expected = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
        assert_eq!(request.header("authorization"), Some(expected.as_str()));
        let fields = map(&[("grant_type", "authorization_code"), ("code", CODE), ("redirect_uri", BACK)]);
        assert_eq!(form(&request), fields);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_wants_json_gets_it_and_a_token_that_lasts_is_what_comes_back() {
    let body = json!({ "access_token": "an-access-token", "scope": ["users.read", "users.write"] });
    let vendor = Vendor::start(Answer::json(200, &body)).await;
    let host = Setup::new().start().await;
    let mut grant = Grant { verifier: None, ..Grant::of(&vendor) };
    grant.exchange.kind = ExchangeKind::OAuth2AuthorizationCode;
    grant.exchange.encoding = ExchangeEncoding::Json;
    grant.exchange.answers = vec![answer("access_token", true)];
    grant.exchange.fields = templates(&[
        ("grant_type", "authorization_code"),
        ("client.id", "{client_id}"),
        ("client.secret", "{client_secret}"),
        ("redirect_uri", "{redirect_uri}"),
    ]);
    let redeemed = grant.redeem(&host).await.expect("a token");
    assert_eq!(secrets(&redeemed), BTreeMap::from([("access_token", "an-access-token")]));
    assert_eq!(redeemed.scopes.as_deref(), Some("users.read users.write"));
    // The host keeps the redirect URL, because later sign-ins send it again.
    assert_eq!(redeemed.variables, map(&[("redirect_uri", BACK)]));
    let request = only(&vendor);
    assert_eq!(request.header("content-type"), Some("application/json"));
    let client = json!({ "id": "client:1+", "secret": SECRET });
    let expected = json!({ "grant_type": "authorization_code", "code": CODE, "redirect_uri": BACK, "client": client });
    assert_eq!(request.json(), expected);

    vendor.always(Answer::json(200, &json!({ "token_type": "bearer" })));
    let error = grant.redeem(&host).await.expect_err("no token");
    assert!(error.to_string().contains("no usable value at /access_token"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_one_whatever_its_status_and_comes_with_the_vendors_words_and_no_secret() {
    let description = format!("The code {CODE} of {SECRET} with {VERIFIER} has expired");
    let body = json!({ "error": "invalid_grant", "error_description": description, "access_token": "an-access-token" });
    let vendor = Vendor::start(Behaviour::echo()).await;
    let host = Setup::new().start().await;
    for status in [200, 400, 401] {
        vendor.always(Answer::json(status, &body));
        let error = Grant::of(&vendor).redeem(&host).await.expect_err("an error");
        assert!(matches!(error, EgressError::Refused(_)), "{status}: {error:?}");
        assert!(error.to_string().starts_with("the vendor refused the code"), "{error}");
        let words = error.words().expect("the vendor's words");
        assert!(words.starts_with("The code [redacted]") && words.ends_with("has expired"), "{words}");
        tells_no_secret(&error);
    }
    vendor.always(Answer::json(500, &json!({ "error": "server_error", "error_description": "Please report 17" })));
    let error = Grant::of(&vendor).redeem(&host).await.expect_err("an error");
    assert!(matches!(error, EgressError::Unavailable { .. }), "{error:?}");
    assert_eq!(error.words(), Some("Please report 17"));
    // No message has a secret, in any form in which the vendor reflects it.
    for secret in [CODE, VERIFIER, SECRET] {
        vendor.always(Behaviour::reflect(secret));
        tells_no_secret(&Grant::of(&vendor).redeem(&host).await.expect_err("no token"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_without_a_refresh_token_says_what_is_missing() {
    let vendor = Vendor::start(Answer::json(200, &json!({ "access_token": "an-access-token" }))).await;
    let host = Setup::new().start().await;
    let error = Grant::of(&vendor).redeem(&host).await.expect_err("no refresh token");
    assert!(error.to_string().contains("no refresh token at /refresh_token"), "{error}");
    assert!(error.to_string().contains("offline access"), "{error}");
    tells_no_secret(&error);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_the_secret_that_is_declared_sends_nothing() {
    let vendor = Vendor::start(Answer::json(200, &tokens())).await;
    let host = Setup::new().start().await;
    let grant = Grant { client_secret: None, ..Grant::of(&vendor) };
    let error = grant.redeem(&host).await.expect_err("no client secret");
    assert!(matches!(error, EgressError::Credentials(_)), "{error:?}");
    assert_eq!(vendor.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_answer_tells_of_the_account_fits_the_origins_or_ends_the_consent() {
    let vendor = Vendor::start(Behaviour::echo()).await;
    let host = Setup::new().start().await;
    let origins = ["https://{site*}.example.com/desk", "https://api.example.com/oauth"];
    let grant = || Grant::at(&vendor, &origins).captures("site", CaptureSource::Token, "/installation/url");
    let answers = |url: &str| {
        let mut body = tokens();
        body["installation"] = json!({ "url": url });
        Answer::json(200, &body)
    };
    for (url, site) in [
        ("https://acme.eu.example.com/", Some("acme.eu")),
        ("https://acme.example.com", Some("acme")),
        ("https://acme.example.com:443/some/path", Some("acme")),
        ("acme", Some("acme")),
        ("https://evil.net/", None),
        ("https://acme.example.com.evil.net/", None),
        ("https://evil.net/.example.com", None),
        ("https://acme.example.com:8443/", None),
        ("http://acme.example.com/", None),
        ("evil.net/", None),
        ("evil.net#", None),
        ("a-refresh-token", None),
    ] {
        vendor.always(answers(url));
        let redeemed = grant().redeem(&host).await;
        match (&redeemed, site) {
            (Ok(redeemed), Some(site)) => assert_eq!(redeemed.variables, map(&[("site", site)]), "{url}"),
            (Err(EgressError::Credentials(_) | EgressError::Unusable(_)), None) => {}
            _ => panic!("{url}: {redeemed:?}"),
        }
    }
    // The answer need not have a value that the account has already.
    vendor.always(Answer::json(200, &tokens()));
    let error = grant().redeem(&host).await.expect_err("no site");
    assert!(error.to_string().contains("no value at /installation/url, which is `site`"), "{error}");
    let known = Grant { variables: map(&[("site", "acme")]), ..grant() };
    assert_eq!(known.redeem(&host).await.expect("tokens").variables.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_a_redirect_forges_gets_neither_code_nor_secret() {
    let vendor = Vendor::start(Answer::json(200, &tokens())).await;
    let host = Setup::new().start().await;
    let listed = ["https://api.example.com", "https://api.example.eu"];
    let below = ["https://api.{site*}.example.com/v1"];
    let grant = |origins: &[&str], url: &str, domain: Option<&str>| {
        let mut grant = Grant::at(&vendor, origins).captures("site", CaptureSource::Redirect, "domain");
        grant.exchange.url = template(url);
        grant.variables = map(&[("site", "example.com")]);
        grant.redirect.extend(domain.map(|domain| ("domain".to_owned(), domain.to_owned())));
        grant
    };
    let url = "https://api.{site}/oauth/token";
    let forged =
        ["evil.net", "example.com.evil.net", "evil.net/", "example.com@evil.net", "https://evil.net", "..", "a b"];
    for domain in forged {
        let error = grant(&listed, url, Some(domain)).redeem(&host).await.expect_err("a forged host");
        assert!(matches!(error, EgressError::Credentials(_)), "{domain}: {error:?}");
        tells_no_secret(&error);
        let url = "https://api.{site}.example.com/v1/token";
        let redeemed = grant(&below, url, Some(domain)).redeem(&host).await;
        // With this URL, a forged name can only lead below the declared host.
        assert!(redeemed.is_err() || domain.ends_with("evil.net"), "{domain}");
    }
    let own = |request: &Recorded| request.path() == "/v1/token" || request.path() == "/token";
    assert!(vendor.requests().iter().all(own), "{:?}", vendor.requests());
    let redeemed = grant(&listed, url, Some("example.eu")).redeem(&host).await.expect("tokens");
    assert_eq!(redeemed.variables, map(&[("site", "example.eu")]));
    // Without the parameter, the host uses the known value.
    let redeemed = grant(&listed, url, None).redeem(&host).await.expect("tokens");
    assert_eq!(redeemed.variables.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_may_have_arrived_is_not_sent_again() {
    let vendor = Vendor::start(Behaviour::echo()).await;
    let host = Setup::new().limits(|limits| limits.token_exchange_ms = 1_000).start().await;
    let again = |status| Answer::json(status, &json!({})).header("retry-after", "0");
    let large = json!({ "access_token": "x".repeat(300 << 10) });
    let outcomes: [(Behaviour, &str); 8] = [
        (again(429).into(), "unavailable"),
        (again(503).into(), "unavailable"),
        (again(500).into(), "unusable"),
        (Answer::redirect(307, &vendor.url()).into(), "unusable"),
        (Behaviour::drop_before_answer(), "unusable"),
        (Behaviour::drop_mid_body(), "unusable"),
        (Answer::json(200, &large).into(), "unusable"),
        (Behaviour::never(), "timeout"),
    ];
    for (sent, (behaviour, word)) in outcomes.into_iter().enumerate() {
        vendor.always(behaviour);
        let error = Grant::of(&vendor).redeem(&host).await.expect_err("no tokens");
        assert_eq!((error.word(), vendor.requests().len()), (word, sent + 1), "{error}");
        tells_no_secret(&error);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn integrations_with_a_way_of_their_own_come_by_their_tokens() {
    let vendor = Vendor::start(Answer::json(
        200,
        &json!({
            "access_token": "an-access-token", "refresh_token": "a-refresh-token", "expires_in": 3600,
            "installation": { "apiEndPoint": "https://acme.eu.teamwork.com/" },
        }),
    ))
    .await;
    let slugs = ["looker", "teamwork-desk", "datadog", "gitlab"];
    let setup = slugs.into_iter().fold(Setup::new(), |setup, slug| setup.plugin_at(slug, &vendor.url()));
    let host = setup.start().await;
    let verifier = SecretString::from(VERIFIER);
    for (slug, variables, domain, page, told, carried) in [
        (
            "looker",
            &[("instance", "acme.cloud")][..],
            None,
            "https://acme.cloud.looker.com/auth",
            &[("redirect_uri", BACK)][..],
            "refresh_token",
        ),
        (
            "teamwork-desk",
            &[],
            None,
            "https://www.teamwork.com/launchpad/login",
            &[("site", "acme.eu")],
            "access_token",
        ),
        (
            "datadog",
            &[],
            Some("us5.datadoghq.com"),
            "https://app.datadoghq.com/oauth2/v1/authorize",
            &[("site", "us5.datadoghq.com")],
            "refresh_token",
        ),
        ("gitlab", &[], None, "https://gitlab.com/oauth/authorize", &[("redirect_uri", BACK)], "refresh_token"),
    ] {
        let generation = host.app.service.registry.get(slug).expect("it is served");
        let scheme = generation
            .profile
            .auth
            .iter()
            .find(|scheme| scheme.exchange.as_ref().is_some_and(|exchange| exchange.authorization.is_some()));
        let scheme = scheme.expect("a consent");
        let defaults = generation.capabilities.variables.iter();
        let mut known: BTreeMap<_, _> =
            defaults.filter_map(|variable| Some((variable.name.clone(), variable.default.clone()?))).collect();
        known.extend(map(variables));
        let consent = Consent {
            scheme,
            client_id: "client",
            variables: &known,
            scopes: &[],
            redirect_uri: BACK,
            state: "s",
            challenge: None,
        };
        let url = consent.url().expect("a page");
        assert_eq!(url.as_str().split('?').next(), Some(page));
        // Looker has public applications, which have no secret.
        let secret = (slug != "looker").then(|| SECRET.into());
        let client = Client { id: "client".to_owned(), secret };
        let redirect: BTreeMap<_, _> = domain.iter().map(|d| ("domain".to_owned(), (*d).to_owned())).collect();
        let redeemed = redeem(&host, &generation.profile, scheme, client, &known, &redirect, Some(&verifier)).await;
        let redeemed = redeemed.unwrap_or_else(|error| panic!("{slug}: {error}"));
        assert_eq!(
            (redeemed.variables.clone(), secrets(&redeemed).into_keys().collect()),
            (map(told), vec![carried]),
            "{slug}"
        );
        let exchange = scheme.exchange.as_ref().expect("an exchange");
        let brought: Vec<_> = told.iter().map(|(name, _)| *name).chain([carried]).collect();
        assert_eq!(exchange.brought_by_consent(), brought.into_iter().collect(), "{slug}");
    }
}
