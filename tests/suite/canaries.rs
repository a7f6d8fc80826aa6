//! Every credential of these accounts is a random canary, and the test makes every kind of call. Afterwards no canary
//! is anywhere but in the requests that the vendor received.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mortise::account::{NewAccount, Secrets};
use mortise_tests::canary::{Canary, Search};
use mortise_tests::client::{Answer as CallersAnswer, Client};
use mortise_tests::host::{Host, Setup, create, update};
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};
use mortise_tests::{database, logs};
use serde_json::{Value, json};

/// The answers to callers.
#[derive(Default)]
struct Heard(Vec<(String, Vec<u8>)>);

impl Heard {
    fn note(&mut self, what: &str, answer: CallersAnswer) -> CallersAnswer {
        self.0.push((format!("{what} ({})", answer.status), answer.everything()));
        answer
    }
}

/// Every file in this directory and below, with its bytes.
fn files(directory: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(directory).expect("readable").map(|entry| entry.expect("readable").path()) {
        if entry.is_dir() {
            files(&entry, found);
        } else {
            found.push((entry.display().to_string(), fs::read(&entry).expect("readable")));
        }
    }
}

/// An answer with one byte of the secret in each chunk: the scrubber must not depend on the ends of chunks.
fn split(secret: &str) -> Behaviour {
    let text =
        json!({ "id": "1", "raw": secret, "name": format!("It is {secret}"), "base64": STANDARD.encode(secret) })
            .to_string();
    let chunks: String = text.bytes().map(|byte| format!("1\r\n{}\r\n", char::from(byte))).collect();
    Behaviour::raw(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"
    ))
}

/// An answer that reflects the secret in every spelling, with an error status or as text.
fn reflected(secret: &str, status: u16) -> Answer {
    let spellings = json!({
        "message": format!("the token {secret} is not valid"), "error": { "detail": secret },
        "percent": secret.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>(),
        "basic": STANDARD.encode(format!("user:{secret}")), "json": json!({ "token": secret }).to_string(),
    });
    Answer::json(status, &spellings).header("retry-after", secret).header("x-ratelimit-token", secret)
}

/// Every way in which vendors return a secret.
fn reflections(secret: &str) -> Vec<(&'static str, Behaviour)> {
    vec![
        ("an echo", Behaviour::echo()),
        ("a reflection", Behaviour::reflect(secret)),
        ("a reflection in single bytes", split(secret)),
        ("a 400", reflected(secret, 400).into()),
        ("a 403", reflected(secret, 403).into()),
        ("a 429", reflected(secret, 429).into()),
        ("a 500", reflected(secret, 500).into()),
        (
            "a page",
            Answer::html(502, &format!("<h1>Bad token {}</h1>", secret.replace('&', "&amp;").replace('<', "&lt;")))
                .into(),
        ),
        ("a redirect", Answer::redirect(302, &format!("/login?token={}", percent(secret))).into()),
        ("a text", Answer::new(200, &format!("text/plain; token={}", percent(secret)), secret).into()),
        ("an end", Behaviour::drop_before_answer()),
        (
            "half an answer",
            Behaviour::raw(format!("HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{{\"token\":\"{secret}")),
        ),
        ("no HTTP", Behaviour::raw(format!("ERROR bad token {secret}\r\n\r\n"))),
    ]
}

fn percent(secret: &str) -> String {
    secret.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

const FORMATS: [&str; 6] = [
    "",
    "&truto_response_format=raw",
    "&truto_response_format=normalized",
    "&truto_response_format=stream",
    "&truto_response_format=debug",
    "&mortise_dry_run=true",
];

/// An account made through the API.
async fn account(host: &Host, heard: &mut Heard, slug: &str, method: Option<&str>, context: Value) -> String {
    let body = json!({ "integration": slug, "tenant_id": "t", "authentication_method": method, "context": context });
    let answer = heard.note("a new account", host.client().post("/integrated-account", &body).await);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().expect("an id").to_owned()
}

/// Whether a request carries the secret in the place where its scheme puts it.
fn carries(request: &Recorded, scheme: &str, secret: &str) -> bool {
    match scheme {
        "bearer" => request.header("authorization") == Some(&format!("Bearer {secret}")),
        "basic" => {
            request.header("authorization")
                == Some(&format!("Basic {}", STANDARD.encode(format!("ada/token:{secret}"))))
        }
        "header" => request.header("x-token") == Some(&format!("Token {secret}")),
        _ => {
            let pairs = url::form_urlencoded::parse(request.query().unwrap_or_default().as_bytes());
            pairs.into_iter().any(|(name, value)| name == "api_key" && value == secret)
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_reach_the_vendor_and_nobody_else() {
    let vendor = Vendor::start(Behaviour::echo()).await;
    let once = |limits: &mut mortise::config::Limits| limits.vendor_retries = 0;
    let setup = Setup::new().limits(once).plugin_at("every-scheme", &vendor.url()).plugin_at("dixa", &vendor.url());
    let host = setup.start().await;
    let mut heard = Heard::default();
    let mut canaries = Vec::new();
    let probe = json!({ "name": json!([
        { "target": "/first", "read": ["etag", "x-echo", "x-api-token", "link", "set-cookie", "retry-after", "location"] },
        { "method": "POST", "target": "/second", "primary": true, "body": "{\"name\":\"Ada\"}" },
    ]).to_string() });
    let ada = json!({ "name": "Ada", "emails": [{ "email": "ada@example.com" }] });

    for (scheme, variable) in
        [("bearer", "bearer_token"), ("basic", "password"), ("header", "header_token"), ("query", "query_token")]
    {
        let kinds = match scheme {
            "bearer" | "header" => vec![Canary::new(), Canary::awkward()],
            _ => vec![Canary::new(), Canary::awkward(), Canary::foreign()],
        };
        for canary in kinds {
            let context = json!({ variable: canary.as_str(), "username": "ada" });
            let id = account(&host, &mut heard, "every-scheme", Some(scheme), context).await;
            let id = id.parse().expect("a uuid");
            for (what, behaviour) in reflections(canary.as_str()) {
                for format in FORMATS {
                    let before = vendor.requests().len();
                    vendor.always(behaviour.clone());
                    let answer = host.client().post(&create("ticketing", id, format), &probe).await;
                    let answer = heard.note(&format!("{what} to {scheme}{format}"), answer);
                    let requests = vendor.requests().split_off(before);
                    assert!(
                        !requests.is_empty() && requests.iter().all(|r| carries(r, scheme, canary.as_str())),
                        "{what} {scheme}{format}: {} {}, {} requests",
                        answer.status,
                        answer.text(),
                        requests.len()
                    );
                }
            }
            canaries.push(canary);
        }
    }

    // The real component: the SDK words its failures, and a 401 marks its account.
    for canary in [Canary::new(), Canary::awkward()] {
        let id = account(&host, &mut heard, "dixa", None, json!({ "api_token": canary.as_str() })).await;
        let id = id.parse().expect("a uuid");
        for (what, behaviour) in reflections(canary.as_str()) {
            for format in FORMATS {
                vendor.always(behaviour.clone());
                for (method, target) in
                    [("POST", create("ticketing", id, format)), ("PATCH", update("ticketing", "1", id, format))]
                {
                    let answer = host.client().send(method, &target, Some(&ada)).await;
                    heard.note(&format!("{what} to a {method}{format}"), answer);
                }
            }
        }
        vendor.always(reflected(canary.as_str(), 401));
        let refused = heard.note("a 401", host.client().post(&create("ticketing", id, ""), &ada).await);
        assert_eq!((refused.status, &refused.json()["truto_is_remote_error"]), (401, &json!(true)));
        let kept = heard.note("a marked account", host.client().get(&format!("/integrated-account/{id}")).await);
        assert_eq!(kept.json()["status"], "needs_reauth");
        heard.note("a call of a marked account", host.client().post(&create("ticketing", id, ""), &ada).await);
        canaries.push(canary);
    }
    assert_clean(host, heard, &canaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_never_give_their_secrets_back() {
    let host = Setup::new().plugin("every-scheme").plugin("dixa").start().await;
    let mut heard = Heard::default();
    let canaries: Vec<_> = (0..8).map(|n| if n % 2 == 0 { Canary::new() } else { Canary::foreign() }).collect();
    let secret = |n: usize| canaries[n].as_str();
    let id = account(&host, &mut heard, "dixa", None, json!({ "api_token": secret(0) })).await;
    let path = format!("/integrated-account/{id}");
    heard.note("an account", host.client().get(&path).await);
    heard.note("all accounts", host.client().get("/integrated-account").await);
    let changed = host.client().patch(&path, &json!({ "context": { "api_token": secret(1) } })).await;
    assert_eq!(heard.note("a change", changed).status, 200);
    heard.note("its capabilities", host.client().get(&format!("{path}/capabilities")).await);

    // Refused requests, with the secret in unexpected places.
    let refused = [
        json!({ "integration": "dixa", "tenant_id": "t", "context": { "api_token": { "value": secret(2) } } }),
        json!({ "integration": "dixa", "tenant_id": "t", "context": { "api_token": [secret(2)] } }),
        json!({ "integration": "dixa", "tenant_id": "t", "context": { "api_token": secret(2).repeat(500) } }),
        json!({ "integration": "dixa", "tenant_id": "t", "context": { "api_tokn": secret(3) } }),
        json!({ "integration": "dixa", "tenant_id": "t", "context": secret(3) }),
        json!({ "integration": "dixa", "tenant_id": "t", "api_token": secret(4), "context": {} }),
        json!({ "integration": "nonsense", "tenant_id": "t", "context": { "api_token": secret(4) } }),
        json!({ "integration": "every-scheme", "tenant_id": "t", "authentication_method": secret(5), "context": { "password": secret(5) } }),
        json!({ "integration": "every-scheme", "tenant_id": "t", "is_sandbox": secret(5), "context": {} }),
    ];
    for body in refused {
        let answer = heard.note("a refused account", host.client().post("/integrated-account", &body).await);
        assert_eq!(answer.status, 400, "{}", answer.text());
        heard.note("a refused change", host.client().patch(&path, &body).await);
    }
    // A body that is not JSON, with the secret before or after the place of the error.
    for body in
        [format!("{{\"context\":{{\"api_token\":\"{}\"", secret(6)), format!("{{\"api_token\":x\"{}\"}}", secret(6))]
    {
        let mut connection = host.client().open("POST", "/integrated-account", None).await;
        connection.closed().await;
        let head = format!(
            "POST /integrated-account HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n{body}",
            host.admin_token(),
            body.len()
        );
        let answer = mortise_tests::client::raw(host.address, head).await.expect("an answer");
        assert_eq!(heard.note("no JSON", answer).status, 400);
    }
    // The host refuses a credential that no header can carry, and does not repeat it.
    let body = json!({
        "integration": "every-scheme", "tenant_id": "t", "authentication_method": "bearer",
        "context": { "bearer_token": format!("{}\n", secret(7)) },
    });
    let answer = heard.note("a credential with a line break", host.client().post("/integrated-account", &body).await);
    assert_eq!(answer.status, 400, "{}", answer.text());
    heard.note("a removed account", host.client().delete(&path).await);
    assert_clean(host, heard, &canaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_returns_everything_it_can_read_has_not_read_a_secret() {
    let vendor = Vendor::start(Behaviour::echo()).await;
    let host = Setup::new().plugin_at("reader", &vendor.url()).start().await;
    let mut heard = Heard::default();
    let mut canaries = Vec::new();
    for canary in [Canary::new(), Canary::awkward()] {
        let id =
            account(&host, &mut heard, "reader", None, json!({ "api_token": canary.as_str(), "region": "eu" })).await;
        let id = id.parse().expect("a uuid");
        // The control: the search finds values that are not secret, in the document, in a variable and in memory.
        let control = Canary::new();
        let user = json!({ "name": control.as_str() });
        for (what, behaviour) in reflections(canary.as_str()) {
            vendor.always(behaviour);
            let answer = heard.note(what, host.client().post(&create("ticketing", id, ""), &user).await);
            if answer.status == 502 && ["an end", "half an answer", "no HTTP"].contains(&what) {
                continue;
            }
            assert_eq!(answer.status, 201, "{what}: {}", answer.text());
            let read: Value = serde_json::from_str(answer.json()["name"].as_str().expect("a report")).expect("JSON");
            assert_eq!((&read["user"]["name"], &read["variables"]["region"]), (&json!(control.as_str()), &json!("eu")));
            assert_eq!(read["variables"]["api_token"], Value::Null);
            assert_eq!((&read["environment"], &read["arguments"]), (&json!([]), &json!([])));
            for when in ["memory_before", "memory_after"] {
                let found = read[when].as_array().expect("a list");
                assert!(found.iter().any(|text| text == control.as_str()), "{when}: the scan finds text in memory");
            }
        }
        assert!(vendor.requests().iter().any(|request| request.header("x-api-token") == Some(canary.as_str())));
        canaries.push(canary);
    }
    assert_clean(host, heard, &canaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_that_break_down_take_no_secret_with_them() {
    let vendor = Vendor::start(Behaviour::echo()).await;
    let slugs =
        ["trap", "crash-after-send", "stack-overflow", "endless-loop", "liar-answer", "waits-on-vendor", "log-flood"];
    let limits = |limits: &mut mortise::config::Limits| limits.vendor_timeout_ms = 300;
    let setup = slugs.iter().fold(Setup::new().limits(limits), |setup, slug| setup.plugin_at(slug, &vendor.url()));
    let host = setup.start().await;
    let mut heard = Heard::default();
    let mut canaries = Vec::new();
    for slug in slugs {
        let canary = Canary::awkward();
        let id = account(&host, &mut heard, slug, None, json!({ "api_token": canary.as_str() })).await;
        vendor.always(if slug == "waits-on-vendor" { Behaviour::never() } else { Behaviour::reflect(canary.as_str()) });
        for format in FORMATS {
            let target = create("ticketing", id.parse().expect("a uuid"), format);
            heard.note(&format!("{slug}{format}"), host.client().post(&target, &json!({ "name": "body" })).await);
        }
        canaries.push(canary);
    }
    assert_clean(host, heard, &canaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn api_tokens_are_in_no_log_and_not_in_the_database() {
    let vendor = Vendor::start(Behaviour::echo()).await;
    let host = Setup::new().plugin_at("reader", &vendor.url()).start().await;
    let id = host.account("reader").await;
    let (call, admin) = (host.call_token(Some("tenant")).await, host.admin_token().to_owned());
    let mut heard = Heard::default();
    let user = json!({ "name": "Ada" });
    for token in [&call, &admin] {
        let client = Client::new(host.address).token(token);
        for format in FORMATS {
            heard.note("a call", client.post(&create("ticketing", id, format), &user).await);
        }
        heard.note("accounts", client.get("/integrated-account").await);
        heard.note("an account", client.post("/integrated-account", &json!({})).await);
        heard.note("no route", client.get("/nowhere").await);
    }
    // Tokens with one character too many, and a token in the wrong place.
    let wrong = format!("{call}x");
    heard.note("a wrong token", Client::new(host.address).token(&wrong).get("/integration").await);
    let misplaced = Client::new(host.address).header("authorization", &call).get("/integration").await;
    assert_eq!(heard.note("a token without its scheme", misplaced).status, 401);
    let sent: Vec<u8> = vendor.requests().into_iter().flat_map(|request| request.raw).collect();
    let data = host.shut_down().await;
    let mut places = vec![("the log".to_owned(), logs::captured().into_bytes()), ("a vendor request".to_owned(), sent)];
    places.extend(heard.0);
    files(data.path(), &mut places);
    places.push(("the database".to_owned(), database::written(data.path()).await));
    // The first 12 characters are a hint for people. The rest of the token is the secret.
    let search = Search::new(&[&call, &admin].map(|token| Canary::of(&token[12..])));
    for (place, bytes) in &places {
        search.assert_absent(place, bytes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_was_stored_with_blanks_around_it_is_found_as_the_vendor_reads_it() {
    let vendor = Vendor::start(Behaviour::echo()).await;
    let host = Setup::new().plugin_at("every-scheme", &vendor.url()).start().await;
    let probe = json!({ "name": json!([{ "target": "/a", "primary": true, "read": ["x-echo"] }]).to_string() });
    let mut heard = Heard::default();
    let mut canaries = Vec::new();
    for around in [" ", "\t"] {
        let canary = Canary::new();
        // Stored without the rules for new accounts, as in a database from before these rules.
        let stored = format!("{around}{canary}{around}");
        let id = host.account_with("every-scheme", "t", &[("bearer_token", &stored)]).await;
        for format in FORMATS {
            heard.note("an echo", host.client().post(&create("ticketing", id, format), &probe).await);
        }
        let sent =
            |request: &Recorded| request.header("authorization").is_some_and(|sent| sent.ends_with(canary.as_str()));
        assert!(vendor.requests().iter().any(sent), "the vendor reads the text between the blanks");
        canaries.push(canary);
    }
    assert_clean(host, heard, &canaries).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_an_account_carries_in_the_open_signs_and_is_scrubbed() {
    let vendor = Vendor::start(Behaviour::echo()).await;
    let host = Setup::new().plugin_at("reader", &vendor.url()).start().await;
    let canary = Canary::new();
    // An account from a time when the integration did not declare the variable as secret.
    let new = NewAccount {
        tenant_id: "t".to_owned(),
        integration: "reader".to_owned(),
        authentication_method: None,
        is_sandbox: false,
        context: [("api_token".to_owned(), json!(canary.as_str()))].into_iter().collect(),
        secrets: Secrets::new(),
        application_id: None,
    };
    let id = host.app.service.accounts.create(new).await.expect("an account").id;
    for format in FORMATS {
        let answer = host.client().post(&create("ticketing", id, format), &json!({ "name": "Ada" })).await;
        canary.assert_absent(&format!("an answer{format}"), answer.everything());
    }
    assert!(vendor.requests().iter().any(|request| request.header("x-api-token") == Some(canary.as_str())));
    canary.assert_absent("the accounts", host.client().get("/integrated-account").await.everything());
    canary.assert_absent("the log", logs::captured());
}

/// Checks that no canary is in the answers, the log and the files.
async fn assert_clean(host: Host, heard: Heard, canaries: &[Canary]) {
    let data = host.shut_down().await;
    let mut places = heard.0;
    let log = logs::captured();
    assert!(
        log.contains("\"level\":\"TRACE\"") && log.contains("\"target\":\"hyper"),
        "the search covers every log level"
    );
    places.push(("the log".to_owned(), log.into_bytes()));
    files(data.path(), &mut places);
    let database = database::written(data.path()).await;
    assert!(!database.is_empty(), "the database is searched");
    places.push(("the database".to_owned(), database));
    let search = Search::new(canaries);
    for (place, bytes) in &places {
        search.assert_absent(place, bytes);
    }
}
