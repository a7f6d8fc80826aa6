//! A person's way to a vendor and back: the data that the host stores at the end, and the data that it does not store
//! if somebody else interferes.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::future::join_all;
use mortise::account::Scope;
use mortise_tests::canary::{Canary, Search};
use mortise_tests::client::{Answer as HostsAnswer, Client, Connection};
use mortise_tests::database;
use mortise_tests::expect;
use mortise_tests::host::{Host, Setup};
use mortise_tests::logs;
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};
use uuid::Uuid;

/// The URL of the host for browsers, as the operator has configured it.
pub(crate) const PUBLIC: &str = "https://connect.example.com";
/// An integration that requires PKCE, and sends the client by HTTP Basic authentication.
pub(crate) const SLUG: &str = "airtable";
/// An integration that gets a variable of the account from the answer to the code.
const TELLS: &str = "teamwork-desk";
/// An integration with a variable in its address, and with two ways to connect: by consent and by a key.
const SITES: &str = "gorgias";
const DONE: &str = "https://app.example.com/connected?from=mortise";
pub(crate) const CODE: &str = "the-code";
/// The key that a connect page makes. Each page makes its own key. In these tests, all pages have the same key.
const KEY: &str = "a-key-of-the-connect-page-of-256-bits-AAAAA";

/// The vendor's answer to a code, with this refresh token.
pub(crate) fn tokens(refresh_token: &str) -> Answer {
    Answer::json(200, &json!({ "access_token": "access", "refresh_token": refresh_token, "expires_in": 3_600 }))
}

async fn start_with(behaviour: impl Into<Behaviour>, change: impl FnOnce(Setup) -> Setup) -> (Vendor, Host) {
    let vendor = Vendor::start(behaviour).await;
    let setup = [SLUG, TELLS, SITES, "outreach", "datadog"]
        .into_iter()
        .fold(Setup::new().plugin("dixa"), |setup, slug| setup.plugin_at(slug, &vendor.url()));
    let setup =
        setup.redirects(&[DONE]).connect(|connect| connect.public_url = Some(PUBLIC.parse().expect("an origin")));
    let host = change(setup).start().await;
    for slug in [SLUG, TELLS, SITES, "outreach", "datadog"] {
        application(&host, slug, "the-client", "the-client-secret").await;
    }
    (vendor, host)
}

async fn start() -> (Vendor, Host) {
    start_with(tokens("refresh-1"), |setup| setup).await
}

async fn application(host: &Host, slug: &str, id: &str, secret: &str) {
    let body = json!({ "client_id": id, "client_secret": secret });
    let set = host.client().send("PUT", &format!("/app/{slug}"), Some(&body)).await;
    assert!(matches!(set.status, 200 | 201), "{}", set.text());
}

pub(crate) fn is(answer: HostsAnswer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    answer.json()
}

async fn link(host: &Host, body: Value) -> String {
    is(host.client().post("/link-token", &body).await, 201)["link_token"].as_str().expect("a token").to_owned()
}

async fn new_link(host: &Host) -> String {
    link(host, json!({ "tenant_id": "acme" })).await
}

async fn accounts(host: &Host) -> Vec<Value> {
    is(host.client().get("/integrated-account").await, 200)["result"].as_array().expect("a list").clone()
}

/// A browser with its cookies, and with the key of its connect page.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) client: Client,
    host: SocketAddr,
    cookies: BTreeMap<String, String>,
}

/// A person between the start page and the end of the flow.
pub(crate) struct Visit {
    pub(crate) browser: Browser,
    pub(crate) flow: Uuid,
    /// The address of the vendor's page.
    at: Url,
}

impl Browser {
    fn new(host: &Host) -> Self {
        Self::of(host.address)
    }

    pub(crate) fn of(host: SocketAddr) -> Self {
        Self { client: Client::new(host).header("connect-key", KEY), host, cookies: BTreeMap::new() }
    }

    /// The same browser, whose next request goes to another host behind the same public URL.
    fn at(&self, host: &Host) -> Self {
        Self { cookies: self.cookies.clone(), ..Self::new(host) }
    }

    pub(crate) fn cookie(&self) -> String {
        let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn keep(&mut self, answer: &HostsAnswer) {
        for (_, line) in answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
            let (pair, attributes) = line.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a pair");
            match attributes.contains("Max-Age=0") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
    }

    async fn get(&mut self, target: &str) -> HostsAnswer {
        let answer = self.client.clone().header("cookie", &self.cookie()).get(target).await;
        self.keep(&answer);
        answer
    }

    fn request(&self, target: &str, fields: &[(&str, &str)], headers: &str) -> String {
        let key = (!target.contains("/callback/")).then_some(("key", KEY));
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).extend_pairs(key).finish();
        format!(
            "POST {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{headers}content-type: \
             application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        )
    }

    /// Sends a form from a page of this host.
    pub(crate) async fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> HostsAnswer {
        let headers = format!("origin: {PUBLIC}\r\ncookie: {}\r\n", self.cookie());
        let answer = self.send(target, fields, &headers).await;
        self.keep(&answer);
        answer
    }

    /// The bytes of a form's request, and the address that they go to.
    pub(crate) fn form(&self, target: &str, fields: &[(&str, &str)]) -> (SocketAddr, String) {
        (self.host, self.request(target, fields, &format!("origin: {PUBLIC}\r\n")))
    }

    async fn send(&self, target: &str, fields: &[(&str, &str)], headers: &str) -> HostsAnswer {
        let bytes = self.request(target, fields, headers);
        Connection::open(self.host).await.send(bytes).await.answer().await.expect("an answer")
    }

    /// Continues to the vendor of an integration.
    pub(crate) async fn begin(mut self, slug: &str, link: &str, further: &[(&str, &str)]) -> Visit {
        let flow = Uuid::new_v4();
        let answer = self.try_begin(slug, link, flow, further).await;
        let at = location(&answer).parse().expect("a URL");
        Visit { browser: self, flow, at }
    }

    async fn try_begin(&mut self, slug: &str, link: &str, flow: Uuid, further: &[(&str, &str)]) -> HostsAnswer {
        let flow = flow.to_string();
        let mut fields = vec![("link_token", link), ("integration", slug), ("flow", flow.as_str())];
        if slug == SLUG {
            fields.extend([("auth_format", "oauth2-refresh"), ("context.enterprise_account_id", "ent1")]);
        }
        if slug == TELLS {
            fields.push(("auth_format", "oauth2-authorization-code"));
        }
        fields.extend(further);
        self.post("/connect-account/start", &fields).await
    }
}

impl Visit {
    fn parameter(&self, name: &str) -> Option<String> {
        self.at.query_pairs().find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
    }

    fn state(&self) -> String {
        self.parameter("state").expect("a state")
    }

    /// The target of an integration's callback, with these parameters and the state.
    pub(crate) fn callback(&self, slug: &str, parameters: &[(&str, &str)]) -> String {
        let state = self.state();
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("state", &state).extend_pairs(parameters);
        format!("/connect-account/callback/{slug}?{}", query.finish())
    }

    /// Comes back from the vendor. Returns the page with the outcome.
    pub(crate) async fn come_back(&mut self, slug: &str, parameters: &[(&str, &str)]) -> HostsAnswer {
        let answer = self.browser.get(&self.callback(slug, parameters)).await;
        assert_eq!(location(&answer), format!("/connect-account/done/{}", self.flow));
        self.browser.get(&format!("/connect-account/done/{}", self.flow)).await
    }

    pub(crate) async fn status(&self) -> Value {
        is(self.browser.client.get(&format!("/connect-account/flow/{}", self.flow)).await, 200)
    }

    /// Comes back with a code, and checks that the page shows this failure.
    async fn fails(&mut self, slug: &str, parameters: &[(&str, &str)], says: &str) -> String {
        let page = self.come_back(slug, parameters).await.text();
        assert!(page.contains(says), "{says} is not in: {page}");
        let status = self.status().await;
        assert_eq!((&status["status"], &status["result"]), (&json!("failed"), &json!("error")), "{status}");
        page
    }
}

pub(crate) fn location(answer: &HostsAnswer) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    answer.header("location").expect("a location")
}

pub(crate) fn shows(answer: &HostsAnswer, status: u16, text: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert!(answer.text().contains(text), "{text} is not in: {}", answer.text());
}

/// The codes that the vendor was asked to redeem.
fn redeemed(vendor: &Vendor) -> usize {
    vendor.requests().iter().filter(|request| field(request, "code").is_some()).count()
}

fn field(request: &Recorded, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(&request.body);
    pairs.find(|(found, _)| found == name).map(|(_, value)| value.into_owned())
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_connects_a_new_account_in_the_name_of_the_application_with_pkce() {
    let (vendor, host) = start().await;
    let token = new_link(&host).await;
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[("window", "second")]).await;
    assert!(visit.at.as_str().starts_with("https://airtable.com/oauth2/v1/authorize?"), "{}", visit.at);
    let callback = format!("{PUBLIC}/connect-account/callback/{SLUG}");
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "the-client"),
        ("redirect_uri", &callback),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(visit.parameter(name).as_deref(), Some(value));
    }
    assert!(visit.parameter("scope").is_some_and(|scope| scope.contains("enterprise.user:read")));
    assert_eq!(visit.state().len(), 43);
    assert_eq!(visit.status().await, json!({ "status": "waiting" }));
    let done = format!("/connect-account/done/{}", visit.flow);
    let pending = visit.browser.get(&done).await;
    shows(&pending, 409, "has not ended yet");
    assert_eq!(pending.header("refresh"), Some("2"), "the page goes on by itself");
    let (name, _) = visit.browser.cookies.iter().next().expect("a cookie");
    assert_eq!(*name, format!("__Host-mortise-{}", &visit.flow.simple().to_string()[..8]));

    let page = visit.come_back(SLUG, &[("code", CODE), ("session_state", "x")]).await;
    shows(&page, 200, "Airtable is connected");
    assert!(!page.text().contains("data-message"), "the waiting page tells the application, not the second window");
    let asked = &vendor.requests()[0];
    assert_eq!(
        (asked.path(), asked.header("authorization")),
        ("/token", Some(basic("the-client", "the-client-secret").as_str()))
    );
    let sent = |name: &str| field(asked, name).unwrap_or_default();
    assert_eq!(
        (sent("grant_type"), sent("code"), sent("redirect_uri")),
        ("authorization_code".into(), CODE.into(), callback)
    );
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(sent("code_verifier")));
    assert_eq!(visit.parameter("code_challenge"), Some(challenge));

    let stored = accounts(&host).await;
    assert_eq!(stored.len(), 1);
    let application = is(host.client().get(&format!("/app/{SLUG}")).await, 200)["id"].clone();
    assert_eq!(stored[0]["tenant_id"], "acme");
    assert_eq!(stored[0]["status"], "active");
    assert_eq!(stored[0]["authentication_method"], "oauth2-refresh");
    assert_eq!(stored[0]["application_id"], application);
    assert_eq!(stored[0]["context"], json!({ "enterprise_account_id": "ent1" }));
    assert_eq!(
        visit.status().await,
        json!({
            "status": "connected", "is_truto": true, "result": "success", "integration": SLUG,
            "integrated_account_id": stored[0]["id"],
        })
    );
    // The link is used up, so another start with it fails, too.
    shows(&Browser::new(&host).try_begin(SLUG, &token, Uuid::new_v4(), &[]).await, 403, "ask for a new link");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_a_client_of_its_own_is_asked_for_in_the_name_of_that_client() {
    let (vendor, host) = start().await;
    let context = json!({ "client_id": "own-client", "client_secret": "own-secret" });
    let token =
        link(&host, json!({ "tenant_id": "acme", "context": context, "scopes": ["enterprise.user:read"] })).await;
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    assert_eq!(visit.parameter("client_id").as_deref(), Some("own-client"));
    assert_eq!(visit.parameter("scope").as_deref(), Some("enterprise.user:read"));
    shows(&visit.come_back(SLUG, &[("code", CODE)]).await, 200, "Airtable is connected");
    assert_eq!(vendor.requests()[0].header("authorization"), Some(basic("own-client", "own-secret").as_str()));
    assert_eq!(accounts(&host).await[0]["application_id"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registered_redirect_url_of_an_application_is_where_the_vendor_sends_people() {
    let (vendor, host) = start().await;
    let registered = "https://app.example.com/oauth/back";
    let body = json!({ "client_id": "c", "client_secret": "s", "redirect_url": registered, "scopes": ["a"] });
    is(host.client().send("PUT", &format!("/app/{SLUG}"), Some(&body)).await, 200);
    let mut visit = Browser::new(&host).begin(SLUG, &new_link(&host).await, &[]).await;
    assert_eq!(visit.parameter("redirect_uri").as_deref(), Some(registered));
    assert_eq!(visit.parameter("scope").as_deref(), Some("a"));
    shows(&visit.come_back(SLUG, &[("code", CODE)]).await, 200, "Airtable is connected");
    assert_eq!(field(&vendor.requests()[0], "redirect_uri").as_deref(), Some(registered));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_begin_says_why_and_makes_no_flow() {
    let (vendor, host) = start().await;
    let token = new_link(&host).await;
    let mut browser = Browser::new(&host);
    let flow = Uuid::new_v4().to_string();
    let fields = [("link_token", token.as_str()), ("integration", SLUG), ("flow", flow.as_str())];
    for headers in
        ["", "origin: null\r\n", "origin: https://evil.example.net\r\n", "origin: http://connect.example.com\r\n"]
    {
        shows(&browser.send("/connect-account/start", &fields, headers).await, 403, "not sent from its own page");
    }
    for target in ["/connect-account/start".to_owned(), format!("/connect-account/callback/{SLUG}")] {
        let bytes = browser.request(&target, &fields, &format!("origin: {PUBLIC}\r\n"));
        let bytes = bytes.replace("application/x-www-form-urlencoded", "text/plain");
        let answer = Connection::open(host.address).await.send(bytes).await.answer().await.expect("an answer");
        shows(&answer, 415, "the body must be application/x-www-form-urlencoded");
    }
    shows(&browser.post("/connect-account/start", &fields).await, 422, "enterprise_account_id");
    let long = "x".repeat(20_000);
    let bad = [("context.enterprise_account_id", long.as_str())];
    let fields_with = |further: &[(&'static str, &str)]| -> Vec<(String, String)> {
        fields.iter().chain(further).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let long = fields_with(&bad);
    let long: Vec<_> = long.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    shows(&browser.post("/connect-account/start", &long).await, 422, "16384 bytes");
    shows(&browser.try_begin("dixa", &token, Uuid::new_v4(), &[]).await, 404, "not connected by signing in");
    shows(&browser.try_begin("nothing", &token, Uuid::new_v4(), &[]).await, 404, "not one that this link is for");
    shows(&browser.try_begin(SLUG, "mrl_unknown", Uuid::new_v4(), &[]).await, 403, "ask for a new link");
    shows(&browser.try_begin(SLUG, &token, Uuid::now_v7(), &[]).await, 400, "no id of an attempt");
    assert!(browser.cookies.is_empty() && vendor.requests().is_empty());
    assert_eq!(host.sql("DELETE FROM connect_flow").await, 0);

    let without = Setup::new().plugin_at(SLUG, &vendor.url()).beside(&host).start().await;
    let headers = format!("origin: http://{}\r\n", without.address);
    let fields = fields_with(&[("context.enterprise_account_id", "ent1")]);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = Browser::new(&without).send("/connect-account/start", &fields, &headers).await;
    shows(&answer, 503, "is not set up yet");
    assert!(!answer.text().contains("public_url"), "customers get no instructions for operators");

    is(host.client().delete(&format!("/app/{SLUG}")).await, 200);
    let answer = browser.try_begin(SLUG, &token, Uuid::new_v4(), &[]).await;
    shows(&answer, 503, "is not set up yet");
    assert!(!answer.text().contains("mortise app"), "customers get no instructions for operators");
    assert!(logs::captured().contains(&format!("mortise app set {SLUG} --client-id")), "the operator is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_would_be_shown_in_a_frame_begins_nothing_and_leads_out_of_it() {
    let (_vendor, host) = start().await;
    let (token, flow) = (new_link(&host).await, Uuid::new_v4().to_string());
    let browser = Browser::new(&host);
    let page = format!("/connect-account?link_token={token}&integration={SLUG}&auth_format=oauth2-refresh");
    let framed = browser.client.get(&format!("{page}&iframe=true&mortise_link=1")).await;
    shows(&framed, 200, "target=\"_blank\"");
    assert!(!browser.client.get(&page).await.text().contains("target=\"_blank\""), "only in a frame");
    let fields = [
        ("link_token", token.as_str()),
        ("integration", SLUG),
        ("auth_format", "oauth2-refresh"),
        ("iframe", "true"),
        ("mortise_link", "1"),
        ("flow", flow.as_str()),
        ("context.enterprise_account_id", "ent1"),
    ];
    for (destination, status) in [("iframe", 403), ("frame", 403), ("document", 303)] {
        let headers = format!("origin: {PUBLIC}\r\nsec-fetch-dest: {destination}\r\n");
        let answer = browser.send("/connect-account/start", &fields, &headers).await;
        assert_eq!((answer.status, answer.header("set-cookie").is_some()), (status, status == 303), "{destination}");
        if status == 403 {
            shows(&answer, 403, "Open in a new window");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_does_not_fit_is_said_beside_its_field() {
    let (_vendor, host) = start().await;
    let (token, flow) = (new_link(&host).await, Uuid::new_v4().to_string());
    let mut fields = vec![("link_token", token.as_str()), ("integration", "datadog"), ("flow", flow.as_str())];
    fields.extend([("auth_format", "oauth2-refresh"), ("context.app_host", "localhost")]);
    let answer = Browser::new(&host).post("/connect-account/start", &fields).await;
    shows(&answer, 422, "id=\"context-app_host-error\"");
    shows(&answer, 422, "is part of the address of the sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_declines_and_a_vendor_that_fails_leave_the_link_for_another_attempt() {
    let (vendor, host) = start().await;
    let token = new_link(&host).await;
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    let page = visit.fails(SLUG, &[("error", "access_denied")], "did not agree that your account is connected").await;
    assert!(page.contains("access_denied") && page.contains("&quot;result&quot;:&quot;error&quot;"), "{page}");
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    let words = [("error", "server_error"), ("error_description", "<script>alert(1)</script>\u{7}\u{202e}\u{200b}")];
    let page = visit.fails(SLUG, &words, "did not let your account be connected").await;
    assert!(page.contains("server_error: &lt;script&gt;alert(1)&lt;/script&gt;"), "{page}");
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    visit.fails(SLUG, &[], "without a code").await;
    assert!(vendor.requests().is_empty());

    vendor.next(Answer::json(400, &json!({ "error": "invalid_grant", "error_description": "Code expired." })));
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    visit.fails(SLUG, &[("code", CODE)], "Code expired.").await;
    assert!(accounts(&host).await.is_empty());
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    shows(&visit.come_back(SLUG, &[("code", CODE)]).await, 200, "Airtable is connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_comes_late_is_not_redeemed() {
    let (vendor, host) = start().await;
    let token = new_link(&host).await;
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    host.sql("UPDATE connect_flow SET created_at = created_at - 601000000").await;
    visit.fails(SLUG, &[("code", CODE)], "longer than 10 minutes").await;
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    host.sql("UPDATE connect_flow SET expires_at = 1").await;
    shows(&visit.browser.get(&visit.callback(SLUG, &[("code", CODE)])).await, 400, "more than 15 minutes ago");
    host.app.service.accounts.connect_flows().purge().await.unwrap();
    assert_eq!(host.sql("DELETE FROM connect_flow").await, 0);
    assert!(vendor.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_works_once_however_many_bring_it_back_at_once() {
    let (vendor, host) = start().await;
    let mut visit = Browser::new(&host).begin(SLUG, &new_link(&host).await, &[]).await;
    let target = visit.callback(SLUG, &[("code", CODE)]);
    let uses = (0..8).map(|_| {
        let (mut browser, target) = (visit.browser.clone(), &target);
        async move { browser.get(target).await.status }
    });
    let mut statuses = join_all(uses).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [303; 8], "whoever holds the cookie is led to how it ended");
    assert_eq!(location(&visit.browser.get(&target).await), format!("/connect-account/done/{}", visit.flow));
    shows(&Browser::new(&host).get(&target).await, 409, "works only once");
    assert_eq!((redeemed(&vendor), accounts(&host).await.len()), (1, 1));
    for state in ["", "x", &"x".repeat(43)] {
        let target = format!("/connect-account/callback/{SLUG}?code=x&state={state}");
        shows(&visit.browser.get(&target).await, 400, "not known here");
    }
    shows(&visit.browser.get(&format!("{target}&code=other")).await, 400, "comes twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_did_not_begin_cannot_end_and_spoils_nothing() {
    let (vendor, host) = start().await;
    // An attacker begins, and another person comes back with the code (login CSRF).
    let mut theirs = Browser::new(&host).begin(SLUG, &new_link(&host).await, &[]).await;
    let victim = Browser::new(&host).begin(SLUG, &new_link(&host).await, &[]).await;
    let target = theirs.callback(SLUG, &[("code", CODE)]);
    shows(&Browser::new(&host).get(&target).await, 403, "did not begin this sign-in");
    shows(&victim.browser.clone().get(&target).await, 403, "did not begin this sign-in");
    let (name, value) = theirs.browser.cookies.iter().next().expect("a cookie");
    let mut forged = victim.browser.clone();
    forged.cookies =
        BTreeMap::from([(name.clone(), victim.browser.cookies.values().next().expect("a cookie").clone())]);
    shows(&forged.get(&target).await, 403, "did not begin this sign-in");
    let twice = Client::new(host.address).header("cookie", &format!("{name}={value}; {name}=other"));
    shows(&twice.get(&target).await, 403, "did not begin this sign-in");
    let head =
        theirs.browser.client.clone().header("cookie", &theirs.browser.cookie()).send("HEAD", &target, None).await;
    assert_eq!((head.status, head.header("allow")), (405, Some("GET, POST")), "a link scanner does not end the flow");
    assert!(vendor.requests().is_empty());
    shows(&theirs.come_back(SLUG, &[("code", CODE)]).await, 200, "Airtable is connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_another_integration_or_issuer_ends_the_flow_without_an_exchange() {
    let (vendor, host) = start().await;
    let token = new_link(&host).await;
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    for path in ["x".repeat(20_000), "no slug".replace(' ', "%20")] {
        let answer = visit.browser.get(&visit.callback(&path, &[("code", CODE)])).await;
        shows(&answer, 400, "the address is of no integration");
    }
    assert_eq!(visit.status().await["status"], "waiting");
    visit.fails("outreach", &[("code", CODE)], "came back as one of outreach").await;
    for issuer in ["https://evil.example.net", "https://airtable.com.evil.example.net", "http://airtable.com", "x", ""]
    {
        let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
        visit.fails(SLUG, &[("code", CODE), ("iss", issuer)], "does not come from Airtable").await;
    }
    assert!(vendor.requests().is_empty());
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    let page = visit.come_back(SLUG, &[("code", CODE), ("iss", "https://airtable.com")]).await;
    shows(&page, 200, "Airtable is connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_by_post_is_posted_once_more_so_that_the_cookie_comes_with_it() {
    let (_vendor, host) = start().await;
    let mut visit = Browser::new(&host).begin(SLUG, &new_link(&host).await, &[]).await;
    let (target, state) = (format!("/connect-account/callback/{SLUG}"), visit.state());
    let fields = [("state", state.as_str()), ("code", CODE)];
    let from_vendor = visit.browser.send(&target, &fields, "origin: https://airtable.com\r\n").await;
    shows(&from_vendor, 200, "id=\"again\"");
    shows(&from_vendor, 200, &format!("name=\"state\" value=\"{state}\""));
    let again = [fields[0], fields[1], ("mortise_again", "1")];
    shows(&visit.browser.send(&target, &again, "origin: https://airtable.com\r\n").await, 403, "did not begin");
    assert_eq!(visit.status().await["status"], "waiting");
    assert_eq!(location(&visit.browser.post(&target, &again).await), format!("/connect-account/done/{}", visit.flow));
    assert_eq!(visit.status().await["status"], "connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_again_replaces_the_credentials_and_keeps_the_account() {
    let (vendor, host) = start().await;
    let mut visit = Browser::new(&host).begin(SLUG, &new_link(&host).await, &[]).await;
    shows(&visit.come_back(SLUG, &[("code", CODE)]).await, 200, "Airtable is connected");
    let before = accounts(&host).await[0].clone();
    let path = format!("/integrated-account/{}", before["id"].as_str().expect("an id"));
    is(host.client().patch(&path, &json!({ "status": "needs_reauth" })).await, 200);
    host.sql("UPDATE integrated_account SET last_error = '{\"message\":\"no\"}'").await;
    application(&host, SLUG, "another-client", "another-secret").await;
    vendor.always(tokens("refresh-2"));

    let token = link(&host, json!({ "integrated_account_id": before["id"] })).await;
    let further = [("context.enterprise_account_id", "ent2")];
    let flow = Uuid::new_v4().to_string();
    let fields =
        [("link_token", token.as_str()), ("flow", flow.as_str()), ("auth_format", "oauth2-refresh"), further[0]];
    let mut browser = Browser::new(&host);
    let answer = browser.post("/connect-account/start", &fields).await;
    let at = location(&answer).parse().expect("a URL");
    let mut visit = Visit { browser, flow: flow.parse().expect("a uuid"), at };
    shows(&visit.come_back(SLUG, &[("code", CODE)]).await, 200, "Airtable is connected");
    let after = is(host.client().get(&path).await, 200);
    let application = is(host.client().get(&format!("/app/{SLUG}")).await, 200)["id"].clone();
    assert_eq!((&after["id"], &after["created_at"]), (&before["id"], &before["created_at"]));
    assert_eq!((&after["status"], &after["last_error"]), (&json!("active"), &Value::Null));
    assert_eq!(
        (&after["application_id"], &after["context"]),
        (&application, &json!({ "enterprise_account_id": "ent2" }))
    );
    assert_eq!(accounts(&host).await.len(), 1);
    assert!(host.app.service.accounts.link_tokens().find(&token).await.unwrap().is_none(), "spent");
    let id = before["id"].as_str().and_then(|id| id.parse().ok()).expect("a uuid");
    let account = host.app.service.accounts.get(id, None).await.unwrap().expect("it is there");
    let credentials = host.app.service.accounts.credentials(&account).unwrap();
    let credentials: Vec<_> = credentials.iter().map(|(name, value)| (name.as_str(), value.expose_secret())).collect();
    assert_eq!(credentials, [("refresh_token", "refresh-2")]);

    // The account keeps its variables if the link token says so.
    let body = json!({ "integrated_account_id": before["id"], "persist_previous_context": true });
    let token = link(&host, body).await;
    let fields = [("link_token", token.as_str()), ("flow", flow.as_str()), ("auth_format", "oauth2-refresh")];
    shows(&visit.browser.post("/connect-account/start", &fields).await, 409, "has ended already");
    let flow = Uuid::new_v4().to_string();
    let fields = [fields[0], ("flow", flow.as_str()), fields[2]];
    let answer = visit.browser.post("/connect-account/start", &fields).await;
    (visit.at, visit.flow) = (location(&answer).parse().expect("a URL"), flow.parse().expect("a uuid"));
    shows(&visit.come_back(SLUG, &[("code", CODE)]).await, 200, "Airtable is connected");
    assert_eq!(is(host.client().get(&path).await, 200)["context"], json!({ "enterprise_account_id": "ent2" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_not_connected_again_to_another_account_at_the_vendor() {
    let of = |site: &str| {
        let installation = json!({ "apiEndPoint": format!("https://{site}.teamwork.com/") });
        Answer::json(200, &json!({ "access_token": "access", "installation": installation }))
    };
    let (vendor, host) = start_with(of("acme"), |setup| setup).await;
    let mut visit = Browser::new(&host).begin(TELLS, &new_link(&host).await, &[]).await;
    assert_eq!(visit.parameter("code_challenge"), None, "the vendor takes no code challenge");
    shows(&visit.come_back(TELLS, &[("code", CODE)]).await, 200, "Teamwork Desk is connected");
    let before = accounts(&host).await[0].clone();
    assert_eq!(before["context"]["site"], "acme");

    let token = link(&host, json!({ "integrated_account_id": before["id"] })).await;
    vendor.next(of("other"));
    let mut visit = Browser::new(&host).begin(TELLS, &token, &[]).await;
    let page = visit.fails(TELLS, &[("code", CODE)], "connect again is acme").await;
    assert!(page.contains("came back from other"), "{page}");
    assert_eq!(accounts(&host).await[0], before);
    let mut visit = Browser::new(&host).begin(TELLS, &token, &[]).await;
    shows(&visit.come_back(TELLS, &[("code", CODE)]).await, 200, "Teamwork Desk is connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_not_connected_again_to_another_site_that_somebody_enters() {
    let (vendor, host) = start_with(tokens("refresh-1"), |setup| setup.connect(|connect| connect.confirm = true)).await;
    let account =
        host.account_with(SITES, "acme", &[("domain", "acme"), ("email", "a@example.com"), ("api_key", "k")]).await;
    let token = link(&host, json!({ "integrated_account_id": account })).await;
    let key = |flow: &str, site: &str| -> Vec<(String, String)> {
        [
            ("link_token", token.as_str()),
            ("integration", SITES),
            ("auth_format", "basic"),
            ("flow", flow),
            ("context.domain", site),
            ("context.email", "b@example.com"),
            ("context.api_key", "k2"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    };
    let mut browser = Browser::new(&host);
    let mut send = async |flow: &str, site: &str| {
        let fields = key(flow, site);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.post("/connect-account", &fields).await
    };
    // With a key.
    shows(&send(&Uuid::new_v4().to_string(), "other").await, 422, "must be acme");
    // With consent: the host sends nobody to the other site.
    let consent = [("context.domain", "other"), ("auth_format", "oauth2-refresh")];
    let answer = Browser::new(&host).try_begin(SITES, &token, Uuid::new_v4(), &consent).await;
    shows(&answer, 422, "must be acme");
    let consent = [("context.domain", "Acme"), ("auth_format", "oauth2-refresh")];
    let answer = Browser::new(&host).try_begin(SITES, &token, Uuid::new_v4(), &consent).await;
    assert!(location(&answer).starts_with("https://acme.gorgias.com/"), "capital letters do not change the host");
    assert!(vendor.requests().is_empty());
    // The account's variable changes before the application confirms.
    let flow = Uuid::new_v4().to_string();
    shows(&send(&flow, "acme").await, 200, "is almost connected");
    let status = is(Browser::new(&host).client.get(&format!("/connect-account/flow/{flow}")).await, 200);
    let path = format!("/integrated-account/{account}");
    let body = json!({ "confirmation_code": status["confirmation_code"], "tenant_id": "acme" });
    is(host.client().patch(&path, &json!({ "context": { "domain": "moved" } })).await, 200);
    is(host.client().post("/connect-account/confirm", &body).await, 409);
    assert_eq!(is(host.client().get(&path).await, 200)["context"]["domain"], "moved");
    is(host.client().patch(&path, &json!({ "context": { "domain": "acme" } })).await, 200);
    is(host.client().post("/connect-account/confirm", &body).await, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_keeps_its_site_is_connected_again_to_it_and_to_none_that_it_gets_meanwhile() {
    let (_vendor, host) =
        start_with(tokens("refresh-1"), |setup| setup.connect(|connect| connect.confirm = true)).await;
    // Neither `site` nor `app_host` has its declared default.
    let own = [("site", "datadoghq.eu"), ("app_host", "app.datadoghq.eu"), ("api_key", "k"), ("application_key", "a")];
    let account = host.account_with("datadog", "acme", &own).await;
    let path = format!("/integrated-account/{account}");
    let again = json!({ "integrated_account_id": account, "persist_previous_context": true });
    let confirm = async |code: &Value| {
        let body = json!({ "confirmation_code": code, "tenant_id": "acme" });
        let moved = json!({ "context": { "site": "us3.datadoghq.com" } });
        is(host.client().patch(&path, &moved).await, 200);
        is(host.client().post("/connect-account/confirm", &body).await, 409);
        is(host.client().patch(&path, &json!({ "context": { "site": "datadoghq.eu" } })).await, 200);
        is(host.client().post("/connect-account/confirm", &body).await, 201)
    };
    // With a key.
    let (token, flow) = (link(&host, again.clone()).await, Uuid::new_v4().to_string());
    let fields = [
        ("link_token", token.as_str()),
        ("auth_format", "header"),
        ("flow", flow.as_str()),
        ("context.api_key", "the-new-key"),
    ];
    let answer = Browser::new(&host).post("/connect-account", &fields).await;
    shows(&answer, 200, "is almost connected");
    assert_eq!(confirm(&json!(code_in(&answer))).await["context"]["site"], "datadoghq.eu");
    let stored = host.app.service.accounts.get(account, None).await.unwrap().expect("it is there");
    assert_eq!(host.app.service.accounts.credentials(&stored).unwrap()["api_key"].expose_secret(), "the-new-key");
    // With consent.
    let consent = [("auth_format", "oauth2-refresh")];
    let mut visit = Browser::new(&host).begin("datadog", &link(&host, again).await, &consent).await;
    assert_eq!(visit.at.host_str(), Some("app.datadoghq.eu"));
    let page = visit.come_back("datadog", &[("code", CODE), ("domain", "datadoghq.eu")]).await;
    shows(&page, 200, "is almost connected");
    assert_eq!(confirm(&visit.status().await["confirmation_code"]).await["context"]["app_host"], "app.datadoghq.eu");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_connects_one_account_although_two_people_sign_in_with_it() {
    let (_vendor, host) = start().await;
    let token = new_link(&host).await;
    let mut one = Browser::new(&host).begin(SLUG, &token, &[]).await;
    let mut other = Browser::new(&host).begin(SLUG, &token, &[]).await;
    let code = [("code", CODE)];
    let (first, second) = tokio::join!(one.come_back(SLUG, &code), other.come_back(SLUG, &code));
    let connected = [&first, &second].into_iter().filter(|page| page.text().contains("Airtable is connected")).count();
    let refused = [&first, &second].into_iter().filter(|page| page.text().contains("invalid_token")).count();
    assert_eq!((connected, refused, accounts(&host).await.len()), (1, 1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_while_somebody_signs_in_ends_the_flow_with_words() {
    let (vendor, host) = start().await;
    // The application's client changes.
    let token = new_link(&host).await;
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    application(&host, SLUG, "another-client", "s").await;
    visit.fails(SLUG, &[("code", CODE)], "were changed while you were signing in").await;
    // The link token expires.
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    host.sql("UPDATE link_token SET expires_at = 1").await;
    visit.fails(SLUG, &[("code", CODE)], "ask for a new link").await;
    assert!(vendor.requests().is_empty() && accounts(&host).await.is_empty());
    // The account moves to another tenant, and then is deleted.
    let account = host.account_with("outreach", "acme", &[]).await;
    let again = json!({ "integrated_account_id": account });
    let token = link(&host, again.clone()).await;
    let mut visit = Browser::new(&host).begin("outreach", &token, &[]).await;
    let path = format!("/integrated-account/{account}");
    is(host.client().patch(&path, &json!({ "tenant_id": "other" })).await, 200);
    visit.fails("outreach", &[("code", CODE)], "Nothing was changed").await;
    let token = link(&host, again).await;
    let mut visit = Browser::new(&host).begin("outreach", &token, &[]).await;
    let (held, gate) = Behaviour::from(tokens("r")).held();
    vendor.next(held);
    let (page, ()) = tokio::join!(visit.come_back("outreach", &[("code", CODE)]), async {
        vendor.wait_for_requests(1).await;
        is(host.client().delete(&path).await, 200);
        gate.release();
    });
    shows(&page, 200, "was deleted meanwhile");
    assert!(accounts(&host).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exchange_goes_on_when_the_browser_goes_away() {
    let (vendor, host) = start().await;
    let visit = Browser::new(&host).begin(SLUG, &new_link(&host).await, &[]).await;
    let (held, gate) = Behaviour::from(tokens("refresh-1")).held();
    vendor.next(held);
    let client = Client::new(host.address).header("cookie", &visit.browser.cookie());
    let mut connection = client.open("GET", &visit.callback(SLUG, &[("code", CODE)]), None).await;
    vendor.wait_for_requests(1).await;
    connection.finish().await;
    drop(connection);
    gate.release();
    expect("the account", async { while visit.status().await["status"] != "connected" {} }).await;
    assert_eq!(accounts(&host).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_starts_on_one_host_and_ends_on_another() {
    let (vendor, host) = start().await;
    let setup = Setup::new().plugin_at(SLUG, &vendor.url()).beside(&host);
    let other = setup.connect(|connect| connect.public_url = Some(PUBLIC.parse().expect("an origin"))).start().await;
    let mut visit = Browser::new(&host).begin(SLUG, &new_link(&host).await, &[]).await;
    visit.browser = visit.browser.at(&other);
    shows(&visit.come_back(SLUG, &[("code", CODE)]).await, 200, "Airtable is connected");
    visit.browser = visit.browser.at(&host);
    assert_eq!(visit.status().await["status"], "connected");
    assert_eq!(accounts(&host).await.len(), 1);
    // As if the host was killed after the person's return: the flow does not continue.
    let visit = Browser::new(&host).begin(SLUG, &new_link(&host).await, &[]).await;
    host.sql("UPDATE connect_flow SET status = 'returned', returned_at = 1 WHERE status = 'waiting'").await;
    let status = visit.status().await;
    assert!(status["error"].as_str().is_some_and(|error| error.contains("was interrupted")), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_confirms_has_the_last_word() {
    let (_vendor, host) =
        start_with(tokens("refresh-1"), |setup| setup.connect(|connect| connect.confirm = true)).await;
    let token = new_link(&host).await;
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    shows(&visit.come_back(SLUG, &[("code", CODE)]).await, 200, "Airtable is almost connected");
    assert!(accounts(&host).await.is_empty());
    let status = visit.status().await;
    let (id, code) = (status["integrated_account_id"].clone(), status["confirmation_code"].clone());
    assert_eq!((status["result"].as_str(), id.is_string()), (Some("success"), true), "{status}");
    assert_eq!(status["status"], "unconfirmed");
    assert!(status["next"].as_str().is_some_and(|next| next.ends_with("confirms the account of Airtable now.")));

    let body = json!({ "confirmation_code": code, "tenant_id": "acme" });
    let of_other = json!({ "confirmation_code": code, "tenant_id": "other" });
    is(host.client().post("/connect-account/confirm", &of_other).await, 404);
    is(host.client().post("/connect-account/confirm", &json!({ "confirmation_code": code })).await, 400);
    assert!(accounts(&host).await.is_empty(), "the link was another tenant's");
    let (foreign, _) =
        host.app.service.accounts.tokens().create(Scope::Admin, Some("other"), None, None).await.unwrap();
    let foreign = Client::new(host.address).token(foreign.expose_secret());
    for body in [&body, &of_other, &json!({ "confirmation_code": code })] {
        is(foreign.post("/connect-account/confirm", body).await, 404);
    }
    is(Client::new(host.address).post("/connect-account/confirm", &body).await, 401);
    is(host.client().post("/connect-account/confirm", &json!({})).await, 400);
    is(
        host.client().post("/connect-account/confirm", &json!({ "confirmation_code": "x", "tenant_id": "acme" })).await,
        404,
    );
    let uses = join_all((0..4).map(|_| async { host.client().post("/connect-account/confirm", &body).await })).await;
    let confirmed: Vec<_> = uses.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(confirmed.len(), 1);
    assert_eq!(confirmed[0].json()["id"], id);
    assert!(uses.iter().all(|answer| [200, 201].contains(&answer.status) && answer.json()["id"] == id));
    assert_eq!(
        is(host.client().post("/connect-account/confirm", &body).await, 200)["id"],
        id,
        "a repeated confirmation gets the same account"
    );
    is(foreign.post("/connect-account/confirm", &body).await, 404);
    assert_eq!(accounts(&host).await[0]["id"], id);
    assert!(host.app.service.accounts.link_tokens().find(&token).await.unwrap().is_none(), "spent");

    // The application does not confirm within 15 minutes.
    let mut visit = Browser::new(&host).begin(SLUG, &new_link(&host).await, &[]).await;
    visit.come_back(SLUG, &[("code", CODE)]).await;
    let code = visit.status().await["confirmation_code"].clone();
    host.sql("UPDATE connect_flow SET expires_at = 1 WHERE status = 'unconfirmed'").await;
    let body = json!({ "confirmation_code": code, "tenant_id": "acme" });
    is(host.client().post("/connect-account/confirm", &body).await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_gets_the_outcome_in_its_redirect_without_words() {
    let (_vendor, host) = start().await;
    let token = link(&host, json!({ "tenant_id": "acme", "redirect_uri": DONE })).await;
    let redirect = |page: &str| -> BTreeMap<String, String> {
        let (_, rest) = page.split_once("data-redirect=\"").unwrap_or_else(|| panic!("no redirect in: {page}"));
        let url = rest.split('"').next().expect("an end").replace("&amp;", "&");
        assert!(url.starts_with("https://app.example.com/connected?from=mortise&"), "{url}");
        Url::parse(&url).expect("a URL").query_pairs().into_owned().collect()
    };
    let expected = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        let all = [("from", "mortise"), ("integration", SLUG)].into_iter().chain(pairs.iter().copied());
        all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[("window", "same")]).await;
    let page = visit.fails(SLUG, &[("error", "access_denied")], "did not agree").await;
    let failed = expected(&[("result", "error"), ("error_type", "connection_error")]);
    assert_eq!(redirect(&page), failed);
    // The waiting page goes to this URL, too, and also gets the vendor's words.
    let status = visit.status().await;
    let url: Url = status["redirect"].as_str().and_then(|url| url.parse().ok()).expect("a URL");
    assert_eq!(url.query_pairs().into_owned().collect::<BTreeMap<_, _>>(), failed);
    assert_eq!(status["vendor"], "access_denied");
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[("window", "same")]).await;
    let page = visit.come_back(SLUG, &[("code", CODE)]).await.text();
    let stored = accounts(&host).await;
    let id = stored[0]["id"].as_str().expect("an id");
    assert_eq!(redirect(&page), expected(&[("result", "success"), ("integrated_account_id", id)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_a_flow_is_in_a_page_a_log_or_the_database() {
    let [client_secret, refresh, access, code] = [Canary::new(), Canary::new(), Canary::new(), Canary::new()];
    let answer = json!({ "access_token": access.as_str(), "refresh_token": refresh.as_str(), "expires_in": 3_600 });
    let (vendor, host) = start_with(Answer::json(200, &answer), |setup| setup).await;
    application(&host, SLUG, "the-client", client_secret.as_str()).await;
    let token = new_link(&host).await;
    let mut denied = Browser::new(&host).begin(SLUG, &token, &[]).await;
    let denied_page = denied.come_back("outreach", &[("code", code.as_str())]).await;
    vendor.next(Answer::json(400, &json!({ "error": "invalid_grant", "error_description": code.as_str() })));
    let mut failed = Browser::new(&host).begin(SLUG, &token, &[]).await;
    let failed_page = failed.come_back(SLUG, &[("code", code.as_str())]).await;
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    let foreign = Browser::new(&host).get(&visit.callback(SLUG, &[("code", code.as_str())])).await;
    let page = visit.come_back(SLUG, &[("code", code.as_str())]).await;
    shows(&page, 200, "Airtable is connected");

    let mut canaries = vec![client_secret, refresh, access, code, Canary::of(&token)];
    for visit in [&denied, &failed, &visit] {
        canaries.push(Canary::of(&visit.state()));
    }
    let verifiers = vendor.requests().iter().filter_map(|request| field(request, "code_verifier")).collect::<Vec<_>>();
    assert_eq!(verifiers.len(), 2);
    canaries.extend(verifiers.iter().map(|verifier| Canary::of(verifier)));
    let search = Search::new(&canaries);
    for page in [&denied_page, &failed_page, &foreign, &page] {
        search.assert_absent("a page", page.everything());
    }
    search.assert_absent("the status", visit.status().await.to_string());
    let data = host.shut_down().await;
    search.assert_absent("the log", logs::captured());
    search.assert_absent("the database", database::written(data.path()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_begins_again_and_again_keeps_twenty_flows() {
    let (_vendor, host) = start().await;
    let token = new_link(&host).await;
    let mut browser = Browser::new(&host);
    let flow = Uuid::new_v4();
    let first = location(&browser.try_begin(SLUG, &token, flow, &[]).await).to_owned();
    let again = location(&browser.try_begin(SLUG, &token, flow, &[]).await).to_owned();
    assert_ne!(first, again, "a new state replaces the first");
    assert_eq!(host.sql("UPDATE connect_flow SET status = status").await, 1);
    for _ in 0..25 {
        browser.try_begin(SLUG, &token, Uuid::new_v4(), &[]).await;
    }
    assert_eq!(host.sql("UPDATE connect_flow SET status = status").await, 20);
    // A start from another page or with another link cannot take the place of a flow.
    let taken = Uuid::new_v4();
    location(&browser.try_begin(SLUG, &token, taken, &[]).await);
    host.sql("UPDATE connect_flow SET key_hash = 'other'").await;
    shows(&browser.try_begin(SLUG, &token, taken, &[]).await, 409, "has ended already");
    host.sql("UPDATE connect_flow SET link_hash = 'other'").await;
    let known = browser.cookies.len();
    let flow = is(browser.client.get(&format!("/connect-account/flow/{flow}")).await, 404);
    assert_eq!((flow["statusCode"].as_u64(), known), (Some(404), 27));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_connects_an_account_again_and_waits_for_the_confirmation_where_it_must() {
    let (_vendor, host) =
        start_with(tokens("refresh-1"), |setup| setup.connect(|connect| connect.confirm = true)).await;
    let account = host.account_with("dixa", "acme", &[]).await;
    let path = format!("/integrated-account/{account}");
    is(host.client().patch(&path, &json!({ "status": "needs_reauth" })).await, 200);
    let token = link(&host, json!({ "integrated_account_id": account })).await;
    let mut browser = Browser::new(&host);
    let flow = Uuid::new_v4().to_string();
    let mut fields = vec![("link_token", token.as_str()), ("flow", flow.as_str())];
    shows(&browser.post("/connect-account", &fields).await, 422, "name=\"context.api_token\"");
    fields.push(("context.api_token", "the-new-token"));
    let mut codes = Vec::new();
    for _ in 0..2 {
        let answer = browser.post("/connect-account", &fields).await;
        shows(&answer, 200, "is almost connected");
        codes.push(code_in(&answer).expect("the code, for the sender of the form"));
    }
    assert_eq!(codes[0], codes[1], "a form that is sent twice is one attempt");
    let done = browser.get(&format!("/connect-account/done/{flow}")).await;
    shows(&done, 200, "is almost connected");
    assert_eq!(code_in(&done), None, "the address alone does not entitle anybody to the code");
    let status = is(browser.client.get(&format!("/connect-account/flow/{flow}")).await, 200);
    assert_eq!((&status["integrated_account_id"], &status["confirmation_code"]), (&json!(account), &json!(codes[0])));
    assert_eq!(is(host.client().get(&path).await, 200)["status"], "needs_reauth", "not yet");
    let body = json!({ "confirmation_code": status["confirmation_code"], "tenant_id": "acme" });
    assert_eq!(is(host.client().post("/connect-account/confirm", &body).await, 201)["id"], json!(account));
    assert_eq!(is(host.client().get(&path).await, 200)["status"], "active");
    let stored = host.app.service.accounts.get(account, None).await.unwrap().expect("it is there");
    assert_eq!(host.app.service.accounts.credentials(&stored).unwrap()["api_token"].expose_secret(), "the-new-token");
}

/// Sends the form of `dixa`. Returns the status of its flow.
async fn fill(browser: &mut Browser, link: &str, flow: Uuid) -> Value {
    let id = flow.to_string();
    let fields = [("link_token", link), ("integration", "dixa"), ("flow", id.as_str()), ("context.api_token", "a-key")];
    let answer = browser.post("/connect-account", &fields).await;
    assert!([200, 303].contains(&answer.status), "{}", answer.text());
    is(browser.client.get(&format!("/connect-account/flow/{flow}")).await, 200)
}

/// The confirmation code in the page's message to the application.
fn code_in(page: &HostsAnswer) -> Option<String> {
    let text = page.text().replace("&quot;", "\"");
    let (_, rest) = text.split_once("\"confirmation_code\":\"")?;
    rest.split('"').next().map(str::to_owned)
}

/// A host with `dixa`, whose list of users comes from this vendor.
async fn start_form(behaviour: impl Into<Behaviour>, change: impl FnOnce(Setup) -> Setup) -> (Vendor, Host) {
    let vendor = Vendor::start(behaviour).await;
    let setup = Setup::new().limits(|limits| limits.vendor_retries = 0).plugin_at("dixa", &vendor.url());
    let setup = setup.connect(|connect| connect.public_url = Some(PUBLIC.parse().expect("an origin")));
    let host = change(setup).start().await;
    (vendor, host)
}

pub(crate) fn users() -> Answer {
    Answer::json(200, &json!({ "data": [], "meta": {} }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_to_two_hosts_at_once_connects_one_account() {
    let (vendor, host) = start_form(users(), |setup| setup).await;
    let setup = Setup::new().plugin_at("dixa", &vendor.url()).beside(&host);
    let other = setup.connect(|connect| connect.public_url = Some(PUBLIC.parse().expect("an origin"))).start().await;
    for round in 1..=10 {
        let (token, flow) = (new_link(&host).await, Uuid::new_v4());
        let sent = [&host, &other, &host, &other].map(|host| {
            let (mut browser, token) = (Browser::new(host), token.as_str());
            async move {
                let id = flow.to_string();
                let fields =
                    [("link_token", token), ("integration", "dixa"), ("flow", &id), ("context.api_token", "a-key")];
                location(&browser.post("/connect-account", &fields).await);
            }
        });
        join_all(sent).await;
        let status = is(Browser::new(&host).client.get(&format!("/connect-account/flow/{flow}")).await, 200);
        assert_eq!(status["status"], "connected", "{status}");
        assert_eq!(accounts(&host).await.len(), round);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_continues_twice_at_once_gets_to_the_vendor_each_time() {
    let (_vendor, host) = start().await;
    for _ in 0..5 {
        let (token, flow) = (new_link(&host).await, Uuid::new_v4());
        let starts = (0..6).map(|_| {
            let (mut browser, token) = (Browser::new(&host), &token);
            async move { browser.try_begin(SLUG, token, flow, &[]).await.status }
        });
        assert_eq!(join_all(starts).await, [303; 6]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_connected_again_changed_and_deleted_at_once() {
    let (_vendor, host) = start().await;
    for _ in 0..10 {
        let account = host.account_with(SLUG, "acme", &[("enterprise_account_id", "ent1")]).await;
        host.app
            .service
            .accounts
            .exchanged_tokens()
            .lease(account, Uuid::new_v4(), std::time::Duration::ZERO)
            .await
            .unwrap();
        let path = format!("/integrated-account/{account}");
        let again = json!({ "integrated_account_id": account, "persist_previous_context": true });
        let token = link(&host, again).await;
        let mut visits =
            [Browser::new(&host).begin(SLUG, &token, &[]).await, Browser::new(&host).begin(SLUG, &token, &[]).await];
        let [first, second] = &mut visits;
        let change = json!({ "context": { "refresh_token": "patched" } });
        let client = host.client();
        let (first, second, patched, deleted) = tokio::join!(
            first.come_back(SLUG, &[("code", CODE)]),
            second.come_back(SLUG, &[("code", CODE)]),
            client.patch(&path, &change),
            client.delete(&path)
        );
        for page in [first, second] {
            assert!(!page.text().contains("could not store"), "{}", page.text());
        }
        assert!([200, 404].contains(&patched.status), "{}", patched.text());
        is(deleted, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_keeps_what_it_was_given_while_it_waited_for_its_confirmation() {
    let (_vendor, host) =
        start_with(tokens("refresh-2"), |setup| setup.connect(|connect| connect.confirm = true)).await;
    let account = host.account_with(SLUG, "acme", &[("enterprise_account_id", "ent1")]).await;
    let again = json!({ "integrated_account_id": account, "persist_previous_context": true });
    let token = link(&host, again).await;
    let id = Uuid::new_v4().to_string();
    let fields = [
        ("link_token", token.as_str()),
        ("flow", id.as_str()),
        ("auth_format", "oauth2-refresh"),
        // The page fills the field with the value of the account.
        ("context.enterprise_account_id", "ent1"),
    ];
    let mut browser = Browser::new(&host);
    let answer = browser.post("/connect-account/start", &fields).await;
    let at = location(&answer).parse().expect("a URL");
    let mut visit = Visit { browser, flow: id.parse().expect("a uuid"), at };
    visit.come_back(SLUG, &[("code", CODE)]).await;
    let path = format!("/integrated-account/{account}");
    is(host.client().patch(&path, &json!({ "context": { "enterprise_account_id": "ent2" } })).await, 200);
    let code = visit.status().await["confirmation_code"].clone();
    is(
        host.client()
            .post("/connect-account/confirm", &json!({ "confirmation_code": code, "tenant_id": "acme" }))
            .await,
        201,
    );
    assert_eq!(is(host.client().get(&path).await, 200)["context"]["enterprise_account_id"], "ent2");
    let stored = host.app.service.accounts.get(account, None).await.unwrap().expect("it is there");
    let credentials = host.app.service.accounts.credentials(&stored).unwrap();
    assert_eq!(credentials["refresh_token"].expose_secret(), "refresh-2");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_application_was_removed_is_not_confirmed_and_says_why() {
    let (_vendor, host) =
        start_with(tokens("refresh-1"), |setup| setup.connect(|connect| connect.confirm = true)).await;
    let mut visit = Browser::new(&host).begin(SLUG, &new_link(&host).await, &[]).await;
    visit.come_back(SLUG, &[("code", CODE)]).await;
    let code = visit.status().await["confirmation_code"].clone();
    is(host.client().delete(&format!("/app/{SLUG}")).await, 200);
    let answer = host
        .client()
        .post("/connect-account/confirm", &json!({ "confirmation_code": code, "tenant_id": "acme" }))
        .await;
    let says = is(answer, 409)["message"].as_str().expect("a message").to_owned();
    assert!(says.contains("the OAuth application was removed meanwhile, or"), "{says}");
    assert!(accounts(&host).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_that_is_told_to_be_interrupted_stays_so_and_can_be_begun_again() {
    let (vendor, host) = start().await;
    let token = new_link(&host).await;
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    let (held, gate) = Behaviour::from(tokens("refresh-1")).held();
    vendor.next(held);
    let (mut browser, target) = (visit.browser.clone(), visit.callback(SLUG, &[("code", CODE)]));
    let (_, ()) = tokio::join!(browser.get(&target), async {
        vendor.wait_for_requests(1).await;
        assert_eq!(visit.status().await["status"], "waiting");
        host.sql("UPDATE connect_flow SET returned_at = 1").await;
        assert!(visit.status().await["error"].as_str().is_some_and(|error| error.contains("was interrupted")));
        gate.release();
    });
    assert!(visit.status().await["error"].as_str().is_some_and(|error| error.contains("was interrupted")));
    assert!(accounts(&host).await.is_empty(), "the page said that nothing was connected");
    // The same page can begin again, whether or not it has heard of the outcome.
    for _ in 0..2 {
        visit.at = location(&visit.browser.try_begin(SLUG, &token, visit.flow, &[]).await).parse().expect("a URL");
        host.sql("UPDATE connect_flow SET status = 'returned', returned_at = 1").await;
    }
    visit.at = location(&visit.browser.try_begin(SLUG, &token, visit.flow, &[]).await).parse().expect("a URL");
    shows(&visit.come_back(SLUG, &[("code", CODE)]).await, 200, "Airtable is connected");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_confirmation_is_worked_on_until_the_vendor_has_answered() {
    let (vendor, host) = start_form(users(), |setup| setup.connect(|connect| connect.confirm = true)).await;
    let (mut browser, flow) = (Browser::new(&host), Uuid::new_v4());
    let code = fill(&mut browser, &new_link(&host).await, flow).await["confirmation_code"].clone();
    host.sql("UPDATE connect_flow SET returned_at = 1").await;
    let (held, gate) = Behaviour::from(users()).held();
    vendor.next(held);
    let body = json!({ "confirmation_code": code, "tenant_id": "acme" });
    let client = host.client();
    let (confirmed, ()) = tokio::join!(client.post("/connect-account/confirm", &body), async {
        vendor.wait_for_requests(1).await;
        let status = is(browser.client.get(&format!("/connect-account/flow/{flow}")).await, 200);
        assert_eq!(status, json!({ "status": "waiting" }));
        gate.release();
    });
    is(confirmed, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_host_has_stored_is_validated_by_another_and_told_as_it_is() {
    let vendor_of_hooks = Vendor::start(Answer::json(200, &json!({}))).await;
    let url = vendor_of_hooks.url();
    let (vendor, host) =
        start_form(users(), |setup| setup.receivers(&[url.as_str()]).limits(|limits| limits.webhook_poll_ms = 20))
            .await;
    is(host.client().post("/webhook", &json!({ "target_url": url })).await, 201);
    let told = |count| {
        let hooks = &vendor_of_hooks;
        async move {
            let requests = hooks.wait_for_requests(count).await;
            requests.iter().map(|request| request.json()["event"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    let [created, active, refused] =
        ["created", "active", "validation_error"].map(|e| format!("integrated_account:{e}"));
    let (held, gate) = Behaviour::from(users()).held();
    vendor.next(held);
    let (mut browser, first, token) = (Browser::new(&host), Uuid::new_v4(), new_link(&host).await);
    let (_, ()) = tokio::join!(fill(&mut browser, &token, first), async {
        assert_eq!(told(1).await, std::slice::from_ref(&created), "before the vendor has answered");
        gate.release();
    });
    assert_eq!(told(2).await, [created.clone(), active]);

    vendor.next(Answer::json(403, &json!({ "message": "the agents scope is missing" })));
    let status = fill(&mut browser, &new_link(&host).await, Uuid::new_v4()).await;
    assert_eq!(status["error_type"], "validation_error", "{status}");
    assert_eq!(told(4).await[2..], [created, refused.clone()], "the account never was active");

    // As if the host was killed after it stored the first account.
    host.sql("DELETE FROM connect_flow WHERE failure IS NOT NULL").await;
    host.sql("UPDATE connect_flow SET status = 'stored', returned_at = 1").await;
    let status = is(browser.client.get(&format!("/connect-account/flow/{first}")).await, 200);
    assert_eq!(status, json!({ "status": "waiting" }), "the vendor may refuse the account");
    shows(&browser.get(&format!("/connect-account/done/{first}")).await, 409, "Whether it works is being checked");
    host.sql("UPDATE connect_flow SET expires_at = 1").await;
    host.app.service.accounts.connect_flows().purge().await.unwrap();
    let asked = vendor.requests().len();
    vendor.next(Answer::json(403, &json!({ "message": "the agents scope is missing" })));
    for _ in 0..2 {
        mortise::connect::flow::resume(&host.app.service).await.unwrap();
        assert_eq!(vendor.requests().len(), asked + 1, "the host validates the account once");
    }
    assert_eq!(told(5).await[4], refused);

    // As if the host was killed before it ended the flow. The vendor accepts the account after the restart.
    host.sql("UPDATE connect_flow SET status = 'stored', returned_at = 1, failure = NULL").await;
    mortise::connect::flow::resume(&host.app.service).await.unwrap();
    for account in accounts(&host).await {
        let path = format!("/integrated-account/{}", account["id"].as_str().expect("an id"));
        assert!(host.client().delete(&path).await.status < 300);
    }
    let [active, deleted] = ["active", "deleted"].map(|e| format!("integrated_account:{e}"));
    let mut last = told(8).await.split_off(5);
    last.sort();
    assert_eq!(last, [active, deleted.clone(), deleted], "the host sends the event of the recovery once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_that_cannot_be_read_keeps_no_other_one_from_its_validation() {
    let (vendor, host) = start_form(users(), |setup| setup).await;
    let (mut browser, flows) = (Browser::new(&host), [Uuid::new_v4(), Uuid::new_v4()]);
    for flow in flows {
        assert_eq!(fill(&mut browser, &new_link(&host).await, flow).await["status"], "connected");
    }
    let asked = vendor.requests().len();
    host.sql("UPDATE connect_flow SET status = 'stored', returned_at = 2").await;
    let broken = "UPDATE connect_flow SET returned_at = 1, connected_id = 'none' \
                  WHERE id = (SELECT MIN(id) FROM connect_flow)";
    assert_eq!(host.sql(broken).await, 1);
    mortise::connect::flow::resume(&host.app.service).await.unwrap();
    assert_eq!(vendor.requests().len(), asked + 1);
    let readable = flows.map(|flow| flow.to_string()).into_iter().max().expect("two flows");
    let status = is(browser.client.get(&format!("/connect-account/flow/{readable}")).await, 200);
    assert_eq!(status["status"], "connected");
    assert!(logs::captured().contains("a flow whose host was killed is skipped"));
}

#[tokio::test(flavor = "multi_thread")]
async fn further_attempts_do_not_end_the_one_that_waits_for_its_confirmation() {
    let (_vendor, host) =
        start_with(tokens("refresh-1"), |setup| setup.connect(|connect| connect.confirm = true)).await;
    let token = new_link(&host).await;
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    visit.come_back(SLUG, &[("code", CODE)]).await;
    let code = visit.status().await["confirmation_code"].clone();
    let mut browser = Browser::new(&host);
    for _ in 0..25 {
        browser.try_begin(SLUG, &token, Uuid::new_v4(), &[]).await;
    }
    assert_eq!(host.sql("UPDATE connect_flow SET status = status").await, 21);
    is(
        host.client()
            .post("/connect-account/confirm", &json!({ "confirmation_code": code, "tenant_id": "acme" }))
            .await,
        201,
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_one_client_do_not_reach_an_account_that_has_got_another() {
    let (_vendor, host) =
        start_with(tokens("refresh-2"), |setup| setup.connect(|connect| connect.confirm = true)).await;
    let own = [("enterprise_account_id", "ent1"), ("client_id", "own-client"), ("client_secret", "own-secret")];
    let account = host.account_with(SLUG, "acme", &own).await;
    let path = format!("/integrated-account/{account}");
    let token = link(&host, json!({ "integrated_account_id": account, "persist_previous_context": true })).await;
    let confirm = async |visit: &Visit| {
        let code = visit.status().await["confirmation_code"].clone();
        host.client().post("/connect-account/confirm", &json!({ "confirmation_code": code, "tenant_id": "acme" })).await
    };
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    assert_eq!(visit.parameter("client_id").as_deref(), Some("own-client"));
    visit.come_back(SLUG, &[("code", CODE)]).await;
    let change = json!({ "context": { "client_id": "another-client" } });
    is(host.client().patch(&path, &change).await, 200);
    let says = is(confirm(&visit).await, 409)["message"].as_str().expect("a message").to_owned();
    assert!(says.contains("has got another client_id: connect again"), "{says}");
    let credentials = async || {
        let stored = host.app.service.accounts.get(account, None).await.unwrap().expect("it is there");
        let credentials = host.app.service.accounts.credentials(&stored).unwrap();
        ["client_id", "refresh_token"].map(|name| credentials.get(name).map(|value| value.expose_secret().to_owned()))
    };
    assert_eq!(credentials().await, [Some("another-client".to_owned()), None], "nothing is restored");

    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    visit.come_back(SLUG, &[("code", CODE)]).await;
    is(confirm(&visit).await, 201);
    assert_eq!(credentials().await, ["another-client", "refresh-2"].map(|value| Some(value.to_owned())));
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_accounts_of_a_link_wait_for_their_confirmation_and_a_further_one_is_refused() {
    let (_vendor, host) = start_form(users(), |setup| setup.connect(|connect| connect.confirm = true)).await;
    let (mut browser, token) = (Browser::new(&host), new_link(&host).await);
    let first = fill(&mut browser, &token, Uuid::new_v4()).await;
    for _ in 1..20 {
        assert_eq!(fill(&mut browser, &token, Uuid::new_v4()).await["status"], "unconfirmed");
    }
    let further = fill(&mut browser, &token, Uuid::new_v4()).await;
    assert_eq!((&further["status"], &further["error_type"]), (&json!("failed"), &json!("connection_error")));
    assert!(further["error"].as_str().is_some_and(|error| error.contains("20 times")), "{further}");
    assert_eq!(host.sql("UPDATE connect_flow SET status = status WHERE status = 'unconfirmed'").await, 20);
    let body = json!({ "confirmation_code": first["confirmation_code"], "tenant_id": "acme" });
    is(host.client().post("/connect-account/confirm", &body).await, 201);
    let late = Browser::new(&host).post("/connect-account", &[("link_token", token.as_str())]).await;
    shows(&late, 403, "ask for a new link");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_sent_to_a_vendor_while_twenty_accounts_of_the_link_wait_for_their_confirmation() {
    let (_vendor, host) =
        start_with(tokens("refresh-1"), |setup| setup.connect(|connect| connect.confirm = true)).await;
    let token = new_link(&host).await;
    for _ in 0..20 {
        let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
        shows(&visit.come_back(SLUG, &[("code", CODE)]).await, 200, "is almost connected");
    }
    let (mut browser, flow) = (Browser::new(&host), Uuid::new_v4());
    let answer = browser.try_begin(SLUG, &token, flow, &[("window", "second")]).await;
    shows(&answer, 409, "has been used 20 times");
    let status = is(browser.client.get(&format!("/connect-account/flow/{flow}")).await, 200);
    assert!(status["error"].as_str().is_some_and(|error| error.contains("20 times")), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_page_and_the_browser_that_began_get_the_code_of_a_confirmation() {
    let (_vendor, host) =
        start_with(tokens("refresh-1"), |setup| setup.connect(|connect| connect.confirm = true)).await;
    let token = link(&host, json!({ "tenant_id": "acme", "redirect_uri": DONE })).await;
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[("window", "same")]).await;
    let page = visit.come_back(SLUG, &[("code", CODE)]).await;
    shows(&page, 200, "Airtable is almost connected");
    let code = code_in(&page).expect("the code, for the browser that holds the cookie");
    assert!(page.text().contains("data-redirect=") && visit.status().await["confirmation_code"] == code);

    let [status, done] = ["flow", "done"].map(|page| format!("/connect-account/{page}/{}", visit.flow));
    let mut stranger = Browser::new(&host);
    let shown = stranger.get(&done).await;
    shows(&shown, 200, "Airtable is almost connected");
    assert!(code_in(&shown).is_none() && !shown.text().contains(&code), "{}", shown.text());
    assert!(!shown.text().contains("data-redirect=") && !shown.text().contains("data-message="), "{}", shown.text());
    let other = "b".repeat(42) + "A";
    for key in [None, Some(""), Some("x"), Some(other.as_str())] {
        let client = Client::new(host.address);
        let client = key.iter().fold(client, |client, key| client.header("connect-key", key));
        is(client.get(&status).await, 404);
    }
    host.sql("UPDATE connect_flow SET key_hash = NULL").await;
    is(visit.browser.client.get(&status).await, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_operator_alone_can_mend_is_told_to_the_operator() {
    let (vendor, host) = start().await;
    let token = new_link(&host).await;
    let application = is(host.client().get(&format!("/app/{SLUG}")).await, 200)["id"].as_str().unwrap().to_owned();
    let callback = format!("enter the callback URL {PUBLIC}/connect-account/callback/{SLUG} in the vendor");
    let set = format!("mortise app set {SLUG} --client-id");
    let of_operator = async |visit: &mut Visit, parameters: &[(&str, &str)], mend: &str| {
        let page = visit.fails(SLUG, parameters, "does not accept the settings").await;
        assert!(page.contains("Tell connect.example.com: ") && !page.contains("try again"), "{page}");
        assert!(page.contains(&format!("Reference for support: <code>{}</code>", visit.flow)), "{page}");
        let next = visit.status().await["next"].as_str().expect("words").to_owned();
        assert!(page.contains(&next), "{next}");
        let (flow, logs) = (visit.flow.to_string(), logs::captured());
        let line = logs.lines().find(|line| line.contains(&flow) && line.contains("does not accept the OAuth client"));
        let line = line.unwrap_or_else(|| panic!("no warning of {flow}"));
        assert!(line.contains(&application) && line.contains(mend) && line.contains("WARN"), "{line}");
    };
    for (error, mend) in [
        ("unauthorized_client", set.as_str()),
        ("invalid_client", set.as_str()),
        ("redirect_uri_mismatch", callback.as_str()),
        ("invalid_scope", "compare the scopes"),
    ] {
        let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
        of_operator(&mut visit, &[("error", error)], mend).await;
    }
    for (status, error, words, mend) in [
        (401, "invalid_client", "Unknown client.", set.as_str()),
        (400, "unauthorized_client", "Not this grant.", set.as_str()),
        (400, "invalid_request", "redirect_uri does not match.", callback.as_str()),
    ] {
        let answer = Answer::json(status, &json!({ "error": error, "error_description": words }));
        vendor.next(answer);
        let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
        of_operator(&mut visit, &[("code", CODE)], mend).await;
        assert_eq!(visit.status().await["vendor"], words);
    }

    // A refusal of the account's own client is not a fault of the operator's client.
    let context = json!({ "client_id": "own-client", "client_secret": "own-secret" });
    let token = link(&host, json!({ "tenant_id": "acme", "context": context })).await;
    vendor.next(Answer::json(401, &json!({ "error": "invalid_client" })));
    let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
    let page = visit.fails(SLUG, &[("code", CODE)], "does not accept the client ID or the client secret").await;
    assert!(page.contains("Go back to connect.example.com and try again"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_that_a_vendor_does_not_grant_are_named_in_the_log() {
    let granted = json!({ "access_token": "a", "refresh_token": "r", "expires_in": 60, "scope": "one offline_access" });
    let (_vendor, host) = start_with(Answer::json(200, &granted), |setup| setup).await;
    let warned = |account: &str| {
        let line = |line: &&str| line.contains(account) && line.contains("fewer scopes");
        logs::captured().lines().find(line).map(str::to_owned)
    };
    for (scopes, missing) in [(json!(["one", "two.read"]), Some("two.read")), (json!(["one"]), None)] {
        let token = link(&host, json!({ "tenant_id": "acme", "scopes": scopes })).await;
        let mut visit = Browser::new(&host).begin(SLUG, &token, &[]).await;
        shows(&visit.come_back(SLUG, &[("code", CODE)]).await, 200, "Airtable is connected");
        let account = visit.status().await["integrated_account_id"].as_str().expect("an id").to_owned();
        let line = warned(&account);
        assert_eq!(line.is_some(), missing.is_some(), "{line:?}");
        if let (Some(line), Some(missing)) = (line, missing) {
            assert!(line.contains(missing) && line.contains(SLUG) && line.contains("WARN"), "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_waits_is_told_at_once_that_its_second_window_began_nothing() {
    let (_vendor, host) = start().await;
    let token = link(&host, json!({ "tenant_id": "acme", "integrations": [SLUG, "dixa"] })).await;
    let mut browser = Browser::new(&host);
    let second = [("window", "second")];
    let mut told = async |slug: &str, status: u16| {
        let flow = Uuid::new_v4();
        let page = browser.try_begin(slug, &token, flow, &second).await;
        assert_eq!(page.status, status, "{}", page.text());
        is(browser.client.get(&format!("/connect-account/flow/{flow}")).await, 200)
    };
    let other = told("outreach", 404).await;
    assert_eq!((&other["status"], &other["error_type"]), (&json!("failed"), &json!("invalid_integration")));
    assert!(other["error"].as_str().is_some_and(|error| error.contains("not one that this link is for")), "{other}");
    assert!(told("dixa", 404).await["error"].as_str().is_some_and(|error| error.contains("by signing in there")));
    is(host.client().delete(&format!("/app/{SLUG}")).await, 200);
    let lacking = told(SLUG, 503).await;
    assert!(lacking["error"].as_str().is_some_and(|error| error.contains("is not set up yet")), "{lacking}");
    assert!(lacking["next"].as_str().is_some_and(|next| next.starts_with("Tell connect.example.com")), "{lacking}");

    // The host tells nobody about an unknown link. A form that the person can correct is not the beginning of an
    // attempt.
    application(&host, SLUG, "the-client", "the-client-secret").await;
    let flow = Uuid::new_v4();
    shows(&browser.try_begin(SLUG, "mrl_unknown", flow, &second).await, 403, "ask for a new link");
    let empty = [second[0], ("link_token", token.as_str()), ("integration", SLUG), ("flow", &flow.to_string())];
    shows(&browser.post("/connect-account/start", &empty).await, 422, "enterprise_account_id");
    is(browser.client.get(&format!("/connect-account/flow/{flow}")).await, 404);
    location(&browser.try_begin(SLUG, &token, flow, &second).await);
}
