//! The servers of the flow: a host, a vendor with a real authorization server, an application's page and a stranger's
//! page. Each has its own name behind TLS, and a browser knows the names.

use std::net::SocketAddr;
use std::process::Stdio;

use mortise::config::ConnectConfig;
use mortise_tests::host::{Host, Setup};
use mortise_tests::hostile;
use mortise_tests::tls::{Authority, Front};
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::browser::Browser;
use crate::tool::{NODE, OAUTH_PACKAGES};

/// The host's `connect.public_url`.
pub(super) const CONNECT: &str = "https://connect.example.com";
/// The application's origin, which is in the host's `connect.allowed_origins`.
pub(super) const APP: &str = "https://app.example.com";
/// The application's redirect URL.
pub(super) const CONNECTED: &str = "https://app.example.com/connected?from=mortise";
/// An origin with the application's page that is not in the list.
pub(super) const STRANGER: &str = "https://stranger.example.net";
/// The vendor's issuer.
pub(super) const VENDOR: &str = "https://vendor.example.com";

/// An integration with consent and PKCE, or with a key.
pub(super) const WITH_PKCE: &str = "connects";
/// An integration with consent and without PKCE, or with a key.
pub(super) const WITHOUT_PKCE: &str = "connects-without-pkce";

/// The client's secret at the vendor. It has characters that RFC 6749 §2.3.1 encodes.
pub(super) const CLIENT_SECRET: &str = "client secret+/:=%";

/// The path of the application's redirect URL.
const BACK: &str =
    r#"<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Back at the application</title></html>"#;

/// All servers and the browser. They end with the test.
pub(super) struct Stage {
    pub(super) host: Host,
    pub(super) browser: Browser,
    /// The browsers' requests to the application and to the stranger.
    pub(super) site: Vendor,
    _server: Child,
    _fronts: Vec<Front>,
}

impl Stage {
    pub(super) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts all, with a change of the host's connect settings.
    pub(super) async fn start_with(change: impl FnOnce(&mut ConnectConfig)) -> Self {
        let (server, vendor) = authorization_server().await;
        let site = Vendor::start(Behaviour::by(page)).await;
        let origin = format!("http://{vendor}");
        let setup = Setup::new().plugin_at(WITH_PKCE, &origin).plugin_at(WITHOUT_PKCE, &origin).connect(|connect| {
            connect.public_url = Some(CONNECT.parse().expect("an origin"));
            connect.operator_name = Some("Example & Sons".to_owned());
            connect.allowed_origins = vec![APP.parse().expect("an origin")];
            connect.allowed_redirects = vec![CONNECTED.parse().expect("a redirect")];
            change(connect);
        });
        let host = setup.start().await;
        for slug in [WITH_PKCE, WITHOUT_PKCE] {
            let application = json!({ "client_id": slug, "client_secret": CLIENT_SECRET });
            let answer = host.client().send("PUT", &format!("/app/{slug}"), Some(&application)).await;
            assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
        }

        let authority = Authority::new();
        let (mut fronts, mut names) = (Vec::new(), Vec::new());
        for (origin, to) in
            [(CONNECT, host.address), (VENDOR, vendor), (APP, site.address()), (STRANGER, site.address())]
        {
            let name = origin.trim_start_matches("https://");
            let front = authority.in_front_of(to, name, 2040).await;
            names.push((name, front.address));
            fronts.push(front);
        }
        let browser = Browser::start_with(&names).await;
        Self { host, browser, site, _server: server, _fronts: fronts }
    }

    /// Makes a link token.
    pub(super) async fn link_token(&self, body: Value) -> String {
        let answer = self.host.client().post("/link-token", &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["link_token"].as_str().expect("a token").to_owned()
    }

    /// The account in the host's answer.
    pub(super) async fn account(&self, id: &Value) -> Value {
        let id = id.as_str().expect("an id");
        let answer = self.host.client().get(&format!("/integrated-account/{id}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// The names of the users in the account's list.
    pub(super) async fn users(&self, id: &Value) -> Vec<Value> {
        let id = id.as_str().expect("an id");
        let path = format!("/unified/user-directory/users?integrated_account_id={id}");
        let answer = self.host.client().get(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let users = answer.json()["result"].as_array().expect("rows").clone();
        users.into_iter().map(|user| user["name"].clone()).collect()
    }
}

/// Starts `tests/real/oauth`. Returns the server and its address.
async fn authorization_server() -> (Child, SocketAddr) {
    let client = |slug: &str| {
        let redirect = format!("{CONNECT}/connect-account/callback/{slug}");
        json!({ "id": slug, "secret": CLIENT_SECRET, "redirect_uri": redirect, "pkce": slug == WITH_PKCE })
    };
    let settings = json!({ "issuer": VENDOR, "clients": [client(WITH_PKCE), client(WITHOUT_PKCE)] });
    let packages = OAUTH_PACKAGES.path();
    let mut server = Command::new(NODE.path())
        .arg(hostile::root().join("tests/real/oauth/server.mjs"))
        .arg(settings.to_string())
        .current_dir(packages.parent().expect("a folder"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // It warns that its store is in memory, and that Node.js is old.
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("Node.js starts");
    let mut lines = BufReader::new(server.stdout.take().expect("a pipe")).lines();
    let address = mortise_tests::expect("authorization server", async {
        loop {
            let line = lines.next_line().await.expect("text").expect("the server says where it listens");
            if let Some(port) = line.strip_prefix("listening on ") {
                break SocketAddr::from(([127, 0, 0, 1], port.parse().expect("a port")));
            }
        }
    });
    let address = address.await;
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (server, address)
}

/// The application's site: a page with a button, the two published SDKs, and the redirect URL.
fn page(request: &Recorded) -> Answer {
    let script = |file: std::path::PathBuf| match std::fs::read(&file) {
        Ok(text) => Answer::new(200, "text/javascript", text),
        Err(error) => panic!("{}: {error}", file.display()),
    };
    match request.path() {
        "/" => Answer::html(200, include_str!("app.html")),
        "/connected" => Answer::html(200, BACK),
        "/truto-link-sdk.js" => script(OAUTH_PACKAGES.path().join("@truto/truto-link-sdk/dist/main.js")),
        path => match path.strip_prefix("/mortise-link/") {
            Some(name) => script(hostile::root().join("sdk/link").join(name)),
            None => Answer::html(404, ""),
        },
    }
}
