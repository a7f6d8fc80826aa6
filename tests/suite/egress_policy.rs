//! The destinations and headers that the host allows for a guest's requests, with a component that sends any request.
//!
//! The fake vendor records exact bytes. A second server, "internal", listens beside it, and no request may ever reach
//! it.

use std::error::Error as _;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mortise::config::{EgressConfig, Limits};
use mortise::egress::resolve::ForbiddenAddress;
use mortise::egress::{Network, Transport};
use mortise_tests::client;
use mortise_tests::dns::ScriptedDns;
use mortise_tests::host::{Host, Setup, create};
use mortise_tests::spawned::Spawned;
use mortise_tests::vendor::{Answer, Behaviour, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

/// A prober with its vendor at `/base`, and the internal server.
struct Prober {
    vendor: Vendor,
    internal: Vendor,
    host: Host,
    account: Uuid,
}

impl Prober {
    async fn start() -> Self {
        Self::start_with(Setup::new()).await
    }

    async fn start_with(setup: Setup) -> Self {
        let vendor = Vendor::start(Answer::json(200, &json!({ "id": "1" }))).await;
        let internal = Vendor::start(Answer::json(200, &json!({ "secret": "instance credentials" }))).await;
        let host = setup.plugin_at("egress-prober", &format!("{}/base", vendor.url())).start().await;
        let account = host.account("egress-prober").await;
        Self { vendor, internal, host, account }
    }

    async fn probe(&self, steps: Vec<Value>) -> Vec<Value> {
        probe(&self.host, self.account, "", steps).await
    }

    /// Probes each step, sixteen a call, and asserts that all are refused and that nothing was sent.
    async fn assert_denied(&self, steps: Vec<Value>) {
        let before = self.vendor.requests().len();
        for steps in steps.chunks(16) {
            for (step, outcome) in steps.iter().zip(self.probe(steps.to_vec()).await) {
                assert_eq!(outcome["kind"], "denied", "{step} was answered {outcome}");
            }
        }
        assert_eq!(self.vendor.requests().len(), before, "a refused request was sent");
        assert_eq!(self.internal.connections(), 0, "something reached the internal server");
    }
}

/// The outcome of each step.
async fn probe(host: &Host, account: Uuid, query: &str, steps: Vec<Value>) -> Vec<Value> {
    let script = json!({ "name": Value::from(steps).to_string() });
    let answer = host.client().post(&create("ticketing", account, query), &script).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let outcomes = answer.json()["name"].as_str().expect("a report").to_owned();
    serde_json::from_str(&outcomes).expect("JSON")
}

fn targets<'t>(targets: impl IntoIterator<Item = &'t str>) -> Vec<Value> {
    targets.into_iter().map(|target| json!({ "target": target })).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_target_leads_off_the_granted_origin() {
    let prober = Prober::start().await;
    let internal = prober.internal.address().port();
    // Every spelling of loopback that some parser accepts, other internal addresses, and names that lead to them.
    let hosts = "127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0x7F.0x0.0x0.0x1 017700000001 0177.0.0.1 0177.0.0.01 \
        127.0.0.1. 127.0.0.1.. 127。0。0。1 127．0．0．1 １２７.0.0.1 ①②⑦.0.0.1 %31%32%37.0.0.1 0 0.0.0.0 [::1] [::] \
        [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] \
        [2002:7f00:1::] [2001::7f00:1] [fe80::1%25lo] localhost LOCALHOST localhost. 127.0.0.1.nip.io 169.254.169.254 \
        168.63.129.16 [fd00:ec2::254] metadata.google.internal";
    let mut steps = Vec::new();
    for host in hosts.split_whitespace() {
        for scheme in ["https", "http"] {
            steps.extend([format!("{scheme}://{host}:{internal}/x"), format!("{scheme}://{host}/x")]);
        }
    }
    let here = format!("127.0.0.1:{internal}");
    steps.extend([
        // User names that look like the granted host.
        format!("https://vendor.example.com@{here}/x"),
        format!("https://vendor.example.com:443@{here}/x"),
        format!("https://vendor.example.com%40{here}/x"),
        "https://user:password@vendor.example.com/x".to_owned(),
        "https://@vendor.example.com/x".to_owned(),
        // Texts in which parsers find different ends of the host.
        format!("https://{here}#@vendor.example.com/x"),
        format!("https://{here}?@vendor.example.com/x"),
        format!("https://{here}\\@vendor.example.com/x"),
        format!("https://vendor.example.com\\@{here}/x"),
        format!("https://{here}/https://vendor.example.com/x"),
        format!("https://vendor.example.com\t@{here}/x"),
        format!("https://vendor.example.com\r\n@{here}/x"),
        // Texts that lead elsewhere if a host appends the target to the origin, or joins both as a browser does.
        format!("@{here}/x"),
        format!(":{internal}/x"),
        ".evil.example.net/x".to_owned(),
        format!("//{here}/x"),
        format!("///{here}/x"),
        format!("/\\{here}/x"),
        format!("\\\\{here}\\x"),
        format!("/\t/{here}/x"),
        format!("/\n/{here}/x"),
        format!("https:{here}/x"),
        format!("https:/{here}/x"),
        format!("https:///{here}/x"),
        format!("https:\\\\{here}\\x"),
        format!("http:{here}/x"),
        format!(" https://{here}/x"),
        // The granted host on another port, with another scheme, and hosts that resemble it.
        format!("https://vendor.example.com:{internal}/x"),
        "https://vendor.example.com:80/x".to_owned(),
        "https://vendor.example.com:0443/x".to_owned(),
        "https://vendor.example.com:/x".to_owned(),
        "http://vendor.example.com/x".to_owned(),
        "http://vendor.example.com:443/x".to_owned(),
        "ws://vendor.example.com/x".to_owned(),
        "ftp://vendor.example.com/x".to_owned(),
        "https://vendor.example.com./x".to_owned(),
        "https://vendor.example.com.evil.example.net/x".to_owned(),
        "https://evil.vendor.example.com/x".to_owned(),
        "https://vendor.example.comx/x".to_owned(),
        "https://xvendor.example.com/x".to_owned(),
        "https://vendor.ex\u{430}mple.com/x".to_owned(),
        // Schemes that clients of some languages open.
        "file:///etc/passwd".to_owned(),
        "unix:///run/docker.sock".to_owned(),
        format!("gopher://{here}/x"),
        format!("dict://{here}/x"),
        "data:application/json,{}".to_owned(),
        "javascript:alert(1)".to_owned(),
        String::new(),
        "*".to_owned(),
        "users".to_owned(),
        "?x".to_owned(),
        here,
    ]);
    prober.assert_denied(targets(steps.iter().map(String::as_str))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_climbs_splits_or_smuggles() {
    let prober = Prober::start().await;
    let steps = targets([
        "/..",
        "/../admin",
        "/../../etc/passwd",
        "/x/../../admin",
        "/./x",
        "/x/.",
        "/x/..",
        "/%2e%2e/admin",
        "/%2E%2E/admin",
        "/.%2e/x",
        "/%2e./x",
        "/%2e",
        "/..%2fadmin",
        "/..%2Fadmin",
        "/..%5cadmin",
        "/..\\admin",
        "/a%2fb",
        "/a%5Cb",
        "/%252e%252e/admin",
        "/%25252e%25252e/admin",
        "/..;/admin",
        "/..;x=y/admin",
        "/%2e%2e;/admin",
        "/..%20/admin",
        "/%c0%ae%c0%ae/admin",
        "/%e0%80%ae/x",
        "/a//b",
        "//",
        "/a/b//",
        "/a%00b",
        "/a\0b",
        "/a%0d%0aX-Evil:%201",
        "/a\r\nX-Evil: 1",
        "/a\nb",
        "/a%09b",
        "/a\u{7f}",
        "/a?b=c",
        "/a#b",
        "/a%",
        "/a%2",
        "/a%zz",
        "/a HTTP/1.1\r\nHost: evil\r\n\r\nGET /b",
        "/%2525252561",
        "https://vendor.example.com/../admin",
        "https://vendor.example.com/%2e%2e/admin",
        "https://vendor.example.com/a?b",
    ]);
    prober.assert_denied(steps).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_allowed_arrives_below_the_base_path() {
    let prober = Prober::start().await;
    let table = [
        ("/users", "/base/users"),
        ("/", "/base/"),
        ("/users/", "/base/users/"),
        ("/a b", "/base/a%20b"),
        ("/ü", "/base/%C3%BC"),
        ("/%C3%bc", "/base/%C3%bc"),
        ("/a@b.c;d=e,f:g", "/base/a@b.c;d=e,f:g"),
        ("/100%25%3F%23", "/base/100%25%3F%23"),
        ("/...x/.y", "/base/...x/.y"),
        ("/{id}|^", "/base/%7Bid%7D%7C%5E"),
        ("https://vendor.example.com", "/base"),
        ("https://vendor.example.com/users", "/base/users"),
        ("https://VENDOR.Example.com:443/users", "/base/users"),
    ];
    let outcomes = prober.probe(targets(table.map(|(target, _)| target))).await;
    assert!(outcomes.iter().all(|outcome| outcome["status"] == 200), "{outcomes:?}");
    let arrived: Vec<_> = prober.vendor.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(arrived, table.map(|(_, path)| path));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendor_gets_these_bytes_and_no_others() {
    let prober = Prober::start().await;
    let step = json!({
        "method": "POST", "target": "/users", "primary": true, "body": "{\"a\":\"\r\n\r\nGET /evil HTTP/1.1\r\n\r\n\"}",
        "query": [["q", "a b&c=d#e"], ["x\r\nX-Evil: 1", "1\r\nX-Evil: 2\r\n\r\n"], ["", ""], ["q", "again"]],
        "headers": [["Content-Type", "application/json"], ["X-Own", "one  two\tthree"], ["Idempotency-Key", "k"]],
    });
    assert_eq!(prober.probe(vec![step]).await[0]["status"], 200);
    let requests = prober.vendor.requests();
    let expected = format!(
        "POST /base/users?q=a+b%26c%3Dd%23e&x%0D%0AX-Evil%3A+1=1%0D%0AX-Evil%3A+2%0D%0A%0D%0A&=&q=again HTTP/1.1\r\n\
         content-type: application/json\r\nx-own: one  two\tthree\r\nidempotency-key: k\r\naccept: application/json\r\n\
         accept-encoding: gzip\r\nx-api-token: placeholder-value\r\nuser-agent: mortise/{}\r\nhost: {}\r\ncontent-length: 34\r\n\r\n\
         {{\"a\":\"\r\n\r\nGET /evil HTTP/1.1\r\n\r\n\"}}",
        env!("CARGO_PKG_VERSION"),
        prober.vendor.address(),
    );
    assert_eq!(requests.len(), 1);
    assert_eq!(String::from_utf8_lossy(&requests[0].raw), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_are_not_declared_or_not_the_guests_are_refused_in_any_spelling() {
    const NAMES: &str = "authorization proxy-authorization proxy-authenticate proxy-connection host content-length transfer-encoding \
        connection keep-alive te trailer upgrade http2-settings expect cookie set-cookie forwarded via x-forwarded-for \
        x-forwarded-host x-forwarded-proto x-forwarded-port x-real-ip x-client-ip x-original-url x-rewrite-url \
        x-original-host x-host x-http-method-override x-http-method x-method-override x-http-verb x-amzn-trace-id \
        x-remote-user x-jwt x-sudo x-act-as x-on-behalf-of x-user x-api-version x-request-id x-own-65 \
        x-amz-security-token x-aws-ec2-metadata-token metadata metadata-flavor x-google-metadata-request \
        x-envoy-original-path x-api-token x-api-key x-auth-token x-csrf-token x-session-id user-agent accept-encoding \
        content-encoding range origin referer date from sec-websocket-key";
    let prober = Prober::start().await;
    let mixed = |name: &str| {
        let case = |(i, c): (usize, char)| if i % 2 == 0 { c.to_ascii_uppercase() } else { c };
        name.chars().enumerate().map(case).collect::<String>()
    };
    let mut spellings = Vec::new();
    for name in NAMES.split_whitespace() {
        spellings.extend([
            name.to_owned(),
            mixed(name),
            format!("{name} "),
            format!(" {name}"),
            name.replace('-', "_"),
        ]);
        spellings.extend([format!("{name}\t"), format!("{name}:"), format!("{name}\r\n"), format!("{name}\0")]);
    }
    // Gateways in front of CGI read an underscore as a hyphen. The last spelling has no hyphen, so it equals the first.
    spellings.extend(
        ["", " ", ":", "x-", "x--a", "x_own", "X-Öwn", "x-own\r\nhost", "x-own: a\r\nx-evil"].map(str::to_owned),
    );
    prober
        .assert_denied(spellings.iter().map(|name| json!({ "target": "/", "headers": [[name, "1"]] })).collect())
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn header_values_cannot_end_their_line_and_have_bounds() {
    let prober = Prober::start().await;
    let mut steps: Vec<Value> = ["a\r\nhost: evil", "a\nb", "a\rb", "a\0b", "a\u{7f}", "ü", "\u{85}", "\u{2028}"]
        .iter()
        .map(|value| json!({ "target": "/", "headers": [["x-own", value]] }))
        .collect();
    let many = |count: usize| (0..count).map(|n| json!([format!("x-own-{n}"), "1"])).collect::<Vec<_>>();
    steps.push(json!({ "target": "/", "headers": [["x-own", "a"], ["X-Own", "b"]] }));
    steps.push(json!({ "target": "/", "headers": [["x-own", "a".repeat(8 * 1024 + 1)]] }));
    steps.push(json!({ "target": "/", "headers": many(65) }));
    let large = (0..5).map(|n| json!([format!("x-own-{n}"), "a".repeat(7 * 1024)])).collect::<Vec<_>>();
    steps.push(json!({ "target": "/", "headers": large }));
    prober.assert_denied(steps).await;
    let most = json!([{ "target": "/", "headers": many(64) }, { "target": "/", "headers": [["x-own", "a".repeat(8 * 1024)]] }]);
    let outcomes = prober.probe(most.as_array().expect("two").clone()).await;
    assert!(outcomes.iter().all(|outcome| outcome["status"] == 200), "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_sends_sixteen_requests_and_one_primary() {
    let prober = Prober::start().await;
    let outcomes = prober.probe(vec![json!({ "target": "/users", "repeat": 20 })]).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome["status"] == 200).count(), 16);
    assert!(outcomes[16..].iter().all(|outcome| outcome["kind"] == "denied"), "{outcomes:?}");
    assert_eq!(prober.vendor.requests().len(), 16);

    let primary = json!({ "target": "/users", "primary": true });
    let outcomes = prober.probe(vec![primary.clone(), primary, json!({ "target": "/users" })]).await;
    assert_eq!(
        (&outcomes[0]["status"], &outcomes[1]["kind"], &outcomes[2]["status"]),
        (&json!(200), &json!("denied"), &json!(200))
    );
    assert_eq!(prober.vendor.requests().len(), 18);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_have_bounds_in_both_directions() {
    let prober = Prober::start_with(Setup::new().limits(|limits| {
        limits.request_body_bytes = 1000;
        limits.vendor_body_bytes = 1000;
    }))
    .await;
    let send = |length: usize| json!({ "method": "POST", "target": "/users", "body": "a".repeat(length) });
    let outcomes = prober.probe(vec![send(1000), send(1001)]).await;
    assert_eq!((&outcomes[0]["status"], &outcomes[1]["kind"]), (&json!(200), &json!("denied")));
    assert_eq!(prober.vendor.requests().len(), 1);

    let chunked = |length: usize| {
        let (head, body) = ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "a".repeat(length));
        Behaviour::raw(format!("{head}{length:x}\r\n{body}\r\n0\r\n\r\n"))
    };
    for (behaviour, fits) in [
        (Answer::new(200, "text/plain", "a".repeat(1000)).into(), true),
        (Answer::new(200, "text/plain", "a".repeat(1001)).into(), false),
        (chunked(1000), true),
        (chunked(1001), false),
        (Answer::new(200, "text/plain", "a".repeat(1000)).gzip().await.into(), true),
        (Answer::new(200, "text/plain", "a".repeat(1001)).gzip().await.into(), false),
    ] {
        prober.vendor.next(behaviour);
        let outcome = &prober.probe(targets(["/users"])).await[0];
        match fits {
            true => assert_eq!(outcome["body"].as_str().map(str::len), Some(1000), "{outcome}"),
            false => assert_eq!(outcome["kind"], "vendor", "{outcome}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_the_vendors_headers_the_guest_and_the_caller_see_those_on_the_list() {
    const HIDDEN: &str = "set-cookie www-authenticate proxy-authenticate authorization authentication-info cookie server x-powered-by \
        access-control-allow-origin strict-transport-security x-api-token alt-svc refresh x-custom";
    const SHOWN: &str =
        "etag link retry-after x-ratelimit-remaining x-acme-rate-limit-reset x-request-id last-modified";
    let (hidden, shown): (Vec<_>, Vec<_>) = (HIDDEN.split(' ').collect(), SHOWN.split(' ').collect());
    let prober = Prober::start().await;
    // Some of the shown headers are times.
    let all = hidden.iter().chain(&shown).fold(Answer::json(200, &json!({})), |answer, name| answer.header(name, "30"));
    let all = all.header("x-ratelimit-huge", &"v".repeat(8 * 1024 + 1));
    prober.vendor.always(all);
    let mut read: Vec<_> = hidden.iter().chain(&shown).copied().collect();
    read.extend(["Set-Cookie", "WWW-AUTHENTICATE", "x-ratelimit-huge", "", "no such", "set-cookie\r\n"]);
    let script = json!({ "name": json!({ "target": "/", "read": read, "primary": true }).to_string() });
    let target = create("ticketing", prober.account, "&truto_response_format=debug");
    let answer = prober.host.client().post(&target, &script).await.json();
    let report: Value = serde_json::from_str(answer["result"]["name"].as_str().expect("a report")).expect("JSON");
    for pair in report[0]["headers"].as_array().expect("headers") {
        let (name, value) = (pair[0].as_str().expect("a name"), &pair[1]);
        assert_eq!(value.is_string(), shown.contains(&name), "{name}: {value}");
    }
    let told = answer["debug"]["requests"][0]["response_headers"].as_object().expect("headers");
    assert!(
        hidden.iter().all(|name| !told.contains_key(*name)) && shown.iter().all(|name| told.contains_key(*name)),
        "{told:?}"
    );
    assert!(!told.contains_key("x-ratelimit-huge"));
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_answers_and_are_never_followed() {
    let prober = Prober::start().await;
    let internal = prober.internal.address();
    let step = json!({ "target": "/users", "read": ["location"] });
    for status in [301, 302, 303, 307, 308] {
        for location in [
            format!("http://{internal}/x"),
            format!("//{internal}/x"),
            format!("\\\\{internal}\\x"),
            format!("http://{}@{internal}/x", prober.vendor.address()),
            format!("https://{}/x", prober.vendor.address()),
            "http://169.254.169.254/latest/meta-data/".to_owned(),
            "file:///etc/passwd".to_owned(),
        ] {
            prober.vendor.next(Answer::redirect(status, &location));
            let outcome = &prober.probe(vec![step.clone()]).await[0];
            assert_eq!(
                (&outcome["status"], &outcome["headers"]),
                (&json!(status), &json!([["location", null]])),
                "{location}"
            );
        }
    }
    for location in ["/elsewhere", "elsewhere?x=1", &format!("{}/elsewhere", prober.vendor.url())] {
        prober.vendor.next(Answer::redirect(302, location));
        assert_eq!(prober.probe(vec![step.clone()]).await[0]["headers"], json!([["location", location]]));
    }
    assert_eq!(prober.vendor.requests().len(), 5 * 7 + 3, "one request each");
    assert_eq!(prober.internal.connections(), 0);
}

/// An account of `every-scheme` that the test makes through the API.
async fn signing_account(host: &Host, method: Option<&str>, context: Value) -> Uuid {
    let body = json!({
        "integration": "every-scheme", "tenant_id": "t", "authentication_method": method, "context": context,
    });
    let answer = host.client().post("/integrated-account", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_scheme_signs_and_the_account_picks() {
    let vendor = Vendor::start(Answer::json(200, &json!({}))).await;
    let host = Setup::new().plugin_at("every-scheme", &vendor.url()).start().await;
    let all = json!({ "bearer_token": "the-bearer", "password": "p:ä/+ \"", "header_token": "the-header", "query_token": "q&=ü +%",
        "username": "ada" });
    let basic = format!("Basic {}", STANDARD.encode("ada/token:p:ä/+ \""));
    let query = "page=1&api_key=q%26%3D%C3%BC+%2B%25&user=ada";
    for (method, authorization, token, version, sent_query) in [
        (Some("bearer"), Some("Bearer the-bearer"), None, None, "page=1"),
        (Some("basic"), Some(basic.as_str()), None, None, "page=1"),
        (Some("header"), None, Some("Token the-header"), Some("2024-01-01"), "page=1"),
        (Some("query"), None, None, None, query),
        (None, Some("Bearer the-bearer"), None, None, "page=1"),
    ] {
        let account = signing_account(&host, method, all.clone()).await;
        let outcomes = probe(&host, account, "", vec![json!({ "target": "/users", "query": [["page", "1"]] })]).await;
        assert_eq!(outcomes[0]["status"], 200, "{method:?}: {outcomes:?}");
        let request = vendor.requests().pop().expect("a request");
        let header = |name: &str| request.header(name);
        assert_eq!(
            (header("authorization"), header("x-token"), header("vendor-version")),
            (authorization, token, version),
            "{method:?}"
        );
        assert_eq!(request.query(), Some(sent_query), "{method:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_a_method_signs_with_what_it_carries() {
    let vendor = Vendor::start(Answer::json(200, &json!({}))).await;
    let host = Setup::new().plugin_at("every-scheme", &vendor.url()).start().await;
    let account = signing_account(&host, None, json!({ "header_token": "the-header" })).await;
    probe(&host, account, "", targets(["/users"])).await;
    assert_eq!(vendor.requests()[0].header("x-token"), Some("Token the-header"));

    for (method, context) in [(None, json!({})), (Some("query"), json!({ "bearer_token": "the-bearer" }))] {
        let body = json!({
            "integration": "every-scheme", "tenant_id": "t", "authentication_method": method, "context": context,
        });
        let answer = host.client().post("/integrated-account", &body).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert_eq!(answer.json()["details"]["failures"][0]["path"], "context", "{}", answer.text());
    }
    assert_eq!(vendor.requests().len(), 1, "nothing is sent unsigned");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_signer_sets_what_a_scheme_sets() {
    let vendor = Vendor::start(Answer::json(200, &json!({}))).await;
    let host = Setup::new().plugin_at("every-scheme", &vendor.url()).start().await;
    let secrets = json!({ "query_token": "the-query-token", "header_token": "the-header-token", "username": "ada" });
    let account = signing_account(&host, Some("query"), secrets.clone()).await;
    let steps =
        ["api_key", "API_KEY", "Api_Key", "user"].map(|name| json!({ "target": "/", "query": [[name, "mine"]] }));
    let outcomes = probe(&host, account, "", steps.to_vec()).await;
    assert!(outcomes.iter().all(|outcome| outcome["kind"] == "denied"), "{outcomes:?}");
    for name in ["api_key", "API_KEY", "api%5Fkey"] {
        let query = format!("&remote_query%5B{name}%5D=mine");
        let step = json!({ "target": "/", "primary": true });
        let outcome = &probe(&host, account, &query, vec![step]).await[0];
        assert_eq!(
            (&outcome["kind"], &outcome["field"]),
            (&json!("invalid-input"), &json!("remote_query")),
            "{outcome}"
        );
    }
    let account = signing_account(&host, Some("header"), secrets).await;
    let steps = ["x-token", "X-TOKEN", "x_token", "vendor-version", "Vendor-Version", "vendor_version"]
        .map(|name| json!({ "target": "/", "headers": [[name, "mine"]] }));
    let outcomes = probe(&host, account, "", steps.to_vec()).await;
    assert!(outcomes.iter().all(|outcome| outcome["kind"] == "denied"), "{outcomes:?}");
    assert_eq!(vendor.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accounts_variable_fills_its_labels_of_the_host_and_nothing_else() {
    let dns = ScriptedDns::new();
    let host = Setup::new()
        .plugin("every-scheme")
        .limits(|limits| limits.vendor_retries = 0)
        .resolver(dns.clone())
        .start()
        .await;
    let user = json!({ "name": json!({ "target": "https://eu.files.example.com:8443/up/x" }).to_string() });
    let evil = [
        "evil.example.net/",
        "evil.example.net#",
        "evil.example.net?",
        "a@evil.example.net",
        "a:443",
        "..",
        ".",
        "a.b",
        "a/b",
        "a\\b",
        "%2e",
        "127.0.0.1",
        "a b",
        "a\r\nb",
        "ü",
        "-a",
        "a-",
        "a_b",
        "[::1]",
        "{region}",
        &"a".repeat(64),
    ];
    let of_one_label = evil.iter().map(|value| ("region", *value));
    let evil = ["evil.example.net/", "a@evil.example.net", ".a", "a..b", "a.-b", "a.b:443", "{region}.a"];
    let of_several = evil.iter().map(|value| ("site", *value));
    for (name, value) in of_one_label.chain(of_several) {
        // The host refuses the value when it makes an account, and again when an existing account with the value is
        // used.
        let context = json!({ "bearer_token": "the-bearer", name: value });
        let body = json!({ "integration": "every-scheme", "tenant_id": "t", "context": context });
        let made = host.client().post("/integrated-account", &body).await;
        let told = made.json()["details"]["failures"].as_array().map(Vec::len);
        assert_eq!(told, Some(1), "once for all origins: {}", made.text());
        let account = host.account_with("every-scheme", "t", &[("bearer_token", "the-bearer"), (name, value)]).await;
        let used = host.client().post(&create("ticketing", account, ""), &user).await;
        for answer in [made, used] {
            assert_eq!(answer.status, 400, "{name}={value:?}: {}", answer.text());
            assert!(
                answer.text().contains(name) && answer.text().contains("is part of the API's address"),
                "{name}={value:?}: {}",
                answer.text()
            );
        }
    }
    assert_eq!(dns.total(), 0);

    let account = signing_account(&host, None, json!({ "bearer_token": "the-bearer", "region": "us-2" })).await;
    let targets = targets(["https://us-2.files.example.com:8443/up/x", "https://eu.files.example.com:8443/up/x"]);
    let outcomes = probe(&host, account, "", targets).await;
    assert_eq!(outcomes.iter().map(|outcome| &outcome["kind"]).collect::<Vec<_>>(), ["vendor", "denied"]);
    assert_eq!((dns.lookups("us-2.files.example.com"), dns.total()), (1, 1));

    let account = signing_account(&host, None, json!({ "bearer_token": "the-bearer", "site": "Acme.eu" })).await;
    let targets = self::targets(["https://acme.eu.sites.example.com/x", "https://eu.sites.example.com/x"]);
    let outcomes = probe(&host, account, "", targets).await;
    assert_eq!(outcomes.iter().map(|outcome| &outcome["kind"]).collect::<Vec<_>>(), ["vendor", "denied"]);
    assert_eq!((dns.lookups("acme.eu.sites.example.com"), dns.total()), (1, 2));
}

/// An address of each range of the threat model, and addresses that no generic list has.
const FORBIDDEN: &str = "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 100.100.100.200 127.0.0.1 127.255.255.254 \
    168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.0.1 \
    192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 \
    255.255.255.255 :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 \
    64:ff9b::808:808 64:ff9b:1::7f00:1 100::1 2001::1 2001:10::1 2001:db8::1 2002:7f00:1:: fc00::1 fd00:ec2::254 \
    fdff::1 fe80::1 fec0::1 ff02::1 4000::1";

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_leads_inside_is_refused_and_every_new_connection_asks_once() {
    const NAME: &str = "vendor.example.com";
    for address in FORBIDDEN.split_whitespace() {
        // The address alone, after a public address, and before a public address. The host refuses a name with one
        // forbidden address.
        let answers: [&[&str]; 3] = [&[address], &["8.8.8.8", address], &[address, "2606:4700::1111"]];
        let dns = ScriptedDns::new().host(NAME, &answers);
        let network =
            Network::new(&Limits::default(), &EgressConfig::default(), Arc::new(dns.clone())).expect("a network");
        for lookups in 1..=3 {
            let request = reqwest::Request::new(http::Method::GET, format!("https://{NAME}/").parse().expect("a URL"));
            let error = network.send(Uuid::now_v7(), false, request).await.expect_err("refused");
            let mut cause = error.source();
            while cause.is_some_and(|cause| !cause.is::<ForbiddenAddress>()) {
                cause = cause.and_then(|cause| cause.source());
            }
            assert!(cause.is_some(), "{address}: {error:?}");
            assert_eq!(dns.lookups(NAME), lookups, "{address}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_address_is_told_and_nothing_is_dialled() {
    let dns = ScriptedDns::new().host("vendor.example.com", &[&["8.8.8.8", "127.0.0.1"], &["169.254.169.254"], &[]]);
    let host = Setup::new()
        .plugin("egress-prober")
        .limits(|limits| limits.vendor_retries = 0)
        .resolver(dns.clone())
        .start()
        .await;
    let account = host.account("egress-prober").await;
    let outcomes = probe(&host, account, "", vec![json!({ "target": "/users", "repeat": 3 })]).await;
    let told: Vec<_> =
        outcomes.iter().map(|o| (o["kind"].as_str(), o["message"].as_str().unwrap_or_default())).collect();
    assert!(told[0].0 == Some("denied") && told[0].1.contains("loopback"), "{told:?}");
    assert!(told[1].0 == Some("denied") && told[1].1.contains("cloud-service"), "{told:?}");
    assert_eq!(told[2].0, Some("vendor"), "a name that does not exist");
    assert_eq!(dns.total(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_goes_to_what_was_looked_up_for_it() {
    // The address rule does not hold for the operator's origin, so the test can use loopback. A second lookup would
    // lead elsewhere.
    let vendor = Vendor::start(Answer::json(200, &json!({}))).await;
    let dns = ScriptedDns::new().host("rebinding.example.com", &[&["127.0.0.1"], &["127.0.0.2"]]);
    let origin = format!("http://rebinding.example.com:{}", vendor.address().port());
    let host = Setup::new()
        .plugin_at("egress-prober", &origin)
        .limits(|limits| limits.vendor_retries = 0)
        .resolver(dns.clone())
        .start()
        .await;
    let account = host.account("egress-prober").await;
    let outcomes = probe(&host, account, "", vec![json!({ "target": "/users", "repeat": 8 })]).await;
    assert!(outcomes.iter().all(|outcome| outcome["status"] == 200), "{outcomes:?}");
    assert_eq!(vendor.connections(), 1, "a connection serves until it ends");
    vendor.next(Behaviour::drop_before_answer());
    let outcomes = probe(&host, account, "", vec![json!({ "target": "/users", "repeat": 2 })]).await;
    assert_eq!(outcomes.iter().map(|outcome| &outcome["kind"]).collect::<Vec<_>>(), ["vendor", "vendor"]);
    // If the second request comes before the first connection is idle, the host looks the name up again, and does not
    // use the new answer.
    assert!(dns.total() >= 2, "the new connection asked again");
    assert_eq!(vendor.connections(), 1, "the new connection goes to the new address");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_place_of_a_name_is_refused_before_the_connector_that_would_not_look_it_up() {
    let internal = Vendor::start(Answer::json(200, &json!({}))).await;
    let port = internal.address().port();
    let dns = ScriptedDns::new();
    let network = Network::new(&Limits::default(), &EgressConfig::default(), Arc::new(dns.clone())).expect("a network");
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "１２７.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0",
        "localhost",
    ] {
        let url = format!("https://{host}:{port}/").parse().expect("a URL");
        let refused = network.send(Uuid::now_v7(), false, reqwest::Request::new(http::Method::GET, url)).await;
        assert!(refused.is_err(), "{host}");
    }
    assert_eq!((internal.connections(), dns.total()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn proxies_of_the_environment_are_ignored() {
    let vendor = Vendor::start(Answer::json(201, &json!({ "data": { "id": "1", "displayName": "Ada" } }))).await;
    let collector = Vendor::start(Answer::json(200, &json!({}))).await;
    let proxy = collector.url();
    let names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
    let environment: Vec<_> = names.iter().map(|name| (*name, proxy.as_str())).collect();
    let host = Spawned::start("dixa", &vendor.url(), &environment).await;
    let ada = json!({ "name": "Ada", "emails": [{ "email": "ada@example.com" }] });
    let answer = host.client().post(&create("ticketing", host.account, ""), &ada).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!((vendor.requests().len(), collector.connections()), (1, 0));
    assert_eq!(client::Client::new(collector.address()).get("/").await.status, 200, "the collector does collect");
}
