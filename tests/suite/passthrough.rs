//! Passthrough: the host sends a caller's own request as it sends a plugin's request, and returns the vendor's answer.

use std::fs;

use mortise::account::AccountChange;
use mortise::plugin::LockFile;
use mortise_policy::grant::Grant;
use mortise_tests::canary::Canary;
use mortise_tests::client::{Answer as CallersAnswer, Client, Connection};
use mortise_tests::host::{Host, Setup};
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};
use mortise_tests::{components, logs};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixtures::dixa;

/// The target of a passthrough request to this path.
fn proxy(path: &str, account: Uuid, query: &str) -> String {
    format!("/proxy{path}?integrated_account_id={account}{query}")
}

/// Sends a request with any headers and any bytes.
async fn send(host: &Host, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> CallersAnswer {
    open(host, method, target, headers, body).await.answer().await.expect("an answer")
}

async fn open(host: &Host, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Connection {
    let token = host.admin_token();
    let mut head = format!("{method} {target} HTTP/1.1\r\nhost: mortise.test\r\nauthorization: Bearer {token}\r\n");
    head.extend(headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")));
    head.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len()));
    let mut connection = Connection::open(host.address).await;
    connection.send([head.as_bytes(), body].concat()).await;
    connection
}

fn last(vendor: &Vendor) -> Recorded {
    vendor.requests().last().cloned().expect("a request")
}

/// Makes the account a sandbox account.
async fn make_sandbox(host: &Host, account: Uuid) {
    let change = AccountChange { is_sandbox: Some(true), ..AccountChange::default() };
    host.app.service.accounts.update(account, None, change).await.expect("a change").expect("an account");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_reaches_the_vendors_origin_signed_and_as_it_was_sent() {
    let vendor = Vendor::start(Answer::new(200, "text/csv", "id,name\n1,Ada\n").header("etag", "\"7\"")).await;
    let host = Setup::new().plugin_at("dixa", &format!("{}/base/v1", vendor.url())).start().await;
    let account = host.account_with("dixa", "tenant", &[("api_token", "the-token-of-ada")]).await;
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let target = proxy("/queues/a%20b", account, "&limit=2&filter[a]=x+y&limit=3");
        let headers = [("content-type", "application/xml"), ("if-match", "\"6\""), ("accept", "text/csv")];
        let body: &[u8] = if method == "GET" { b"" } else { b"<queue/>" };
        let answer = send(&host, method, &target, &headers, body).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "id,name\n1,Ada\n"), "{method}");
        for (name, value) in [("content-type", "text/csv"), ("etag", "\"7\""), ("mortise-vendor-status", "200")] {
            assert_eq!(answer.header(name), Some(value), "{method}");
        }
        assert_eq!(answer.header("mortise-generation").map(str::len), Some(12));
        let sent = last(&vendor);
        assert_eq!(sent.target, "/base/v1/queues/a%20b?limit=2&filter%5Ba%5D=x+y&limit=3");
        assert_eq!((sent.method.as_str(), sent.body.as_slice()), (method, body));
        for (name, value) in headers.iter().chain(&[("authorization", "the-token-of-ada")]) {
            assert_eq!(sent.header(name), Some(*value), "{method} {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_between_the_caller_and_the_host_does_not_reach_the_vendor() {
    let (vendor, host, account) = dixa(Answer::json(200, &json!({}))).await;
    let headers = [
        ("cookie", "session=1"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-http-method-override", "DELETE"),
        ("te", "trailers"),
        ("forwarded", "for=203.0.113.7"),
        ("proxy-authorization", "Basic AAAA"),
        ("x-request-id", "own-id"),
        ("x-anything", "1"),
        ("idempotency-key", "the-key"),
        ("user-agent", "callers/1"),
    ];
    let answer = send(&host, "POST", &proxy("/agents", account, ""), &headers, b"{}").await;
    assert_eq!((answer.status, answer.header("x-request-id")), (200, Some("own-id")));
    let sent = last(&vendor);
    for (name, value) in headers {
        assert_ne!(sent.header(name), Some(value), "{name}");
    }
    assert_eq!(sent.header("host"), Some(vendor.address().to_string().as_str()));
    assert_eq!(sent.header("authorization"), Some("placeholder-value"), "the account's, and not the caller's token");
    // The host refuses a request with two content types.
    let twice = [("content-type", "text/plain"), ("content-type", "application/json")];
    let answer = send(&host, "POST", &proxy("/agents", account, ""), &twice, b"{}").await;
    assert_eq!((answer.status, &answer.json()["details"]["failures"][0]["in"]), (400, &json!("header")));
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_leads_off_the_granted_origin() {
    let vendor = Vendor::start(Answer::json(200, &json!({}))).await;
    let host = Setup::new().plugin_at("dixa", &format!("{}/base/v1", vendor.url())).start().await;
    let account = host.account("dixa").await;
    for path in [
        "/../admin",
        "/%2e%2e/admin",
        "/%2e%2e%2fadmin",
        "/a/..%2f..%2fadmin",
        "/%252e%252e/admin",
        "/..;x/admin",
        "/a%2Fb",
        "/a%5Cb",
        "/a\\b",
        "/https://evil.example/x",
        "/https:%2F%2Fevil.example",
        "//evil.example/x",
        "/a//b",
        "/a%00b",
        "/a%0d%0ahost:%20evil.example",
        "/%c0%ae%c0%ae/admin",
        "/a%zz",
    ] {
        let answer = host.client().get(&proxy(path, account, "")).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text());
        let failures = answer.json()["details"]["failures"].clone();
        assert_eq!(failures[0]["in"], json!("path"), "{path}: {failures}");
    }
    assert_eq!(vendor.connections(), 0, "nothing was sent");
    // Paths that only look like another origin stay below the declared origin.
    for (path, sent) in
        [("/@evil.example", "/base/v1/@evil.example"), ("/https:/x", "/base/v1/https:/x"), ("/", "/base/v1/")]
    {
        assert_eq!(host.client().get(&proxy(path, account, "")).await.status, 200, "{path}");
        assert_eq!(last(&vendor).target, sent);
    }
    // A redirect is an answer. The host hides a location on another origin.
    vendor.next(Answer::redirect(302, "https://evil.example/"));
    let answer = host.client().get(&proxy("/a", account, "")).await;
    assert_eq!((answer.status, answer.header("location")), (302, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_parameters_of_the_signer_and_of_the_host_are_not_the_callers() {
    let vendor = Vendor::start(Answer::json(200, &json!({}))).await;
    let host = Setup::new().plugin_at("every-scheme", &vendor.url()).start().await;
    let values = [("query_token", "the-secret-of-ada"), ("username", "ada")];
    let query = host.account_with("every-scheme", "tenant", &values).await;
    assert_eq!(host.client().get(&proxy("/a", query, "&b=c")).await.status, 200);
    assert_eq!(last(&vendor).query(), Some("b=c&api_key=the-secret-of-ada&user=ada"));
    let answer = host.client().get(&proxy("/a", query, "&API_KEY=own")).await;
    assert_eq!((answer.status, &answer.json()["details"]["failures"][0]["in"]), (400, &json!("query")));
    let answer = host.client().get(&proxy("/a", query, "&mortise_dryrun=true")).await;
    assert!(answer.status == 400 && answer.text().contains("mortise_dryrun is not known"), "{}", answer.text());
    let answer = host.client().get("/proxy/a").await;
    assert!(answer.text().contains("query parameter integrated_account_id is required"), "{}", answer.text());
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_a_mebibyte_that_is_no_json_arrives_as_it_is_and_a_larger_one_is_a_413() {
    let (vendor, host, account) = dixa(Answer::new(201, "application/octet-stream", [0u8, 255, 254])).await;
    let body: Vec<u8> = (0..1 << 20).map(|byte: u32| (byte % 251) as u8).collect();
    let headers = [("content-type", "application/octet-stream")];
    let answer = send(&host, "PUT", &proxy("/files/1", account, ""), &headers, &body).await;
    assert_eq!((answer.status, answer.body.as_slice()), (201, &[0u8, 255, 254][..]));
    assert!(last(&vendor).body == body, "the vendor gets these bytes");
    let answer = send(&host, "PUT", &proxy("/files/1", account, ""), &headers, &[&body[..], b"1"].concat()).await;
    assert_eq!((answer.status, vendor.requests().len()), (413, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_vendor_is_passed_on_with_its_status_and_body() {
    let (vendor, host, account) = dixa(Answer::json(200, &json!({}))).await;
    for status in [400, 401, 403, 404, 409, 418, 422, 500] {
        vendor.next(Answer::new(status, "text/html", "<h1>No</h1>").header("x-ratelimit-remaining", "3"));
        let answer = host.client().post(&proxy("/agents", account, ""), &json!({})).await;
        assert_eq!((answer.status, answer.text().as_str()), (status, "<h1>No</h1>"));
        assert_eq!(answer.header("mortise-vendor-status"), Some(status.to_string().as_str()));
        assert_eq!(answer.header("x-ratelimit-remaining"), Some("3"));
        assert_eq!(answer.header("content-type"), Some("text/html"));
    }
    // Only the caller knows which paths need other credentials, so a refusal leaves the account active.
    let shown = host.client().get(&format!("/integrated-account/{account}")).await.json();
    assert_eq!((&shown["status"], &shown["last_forbidden_error"]), (&json!("active"), &Value::Null));
    // The caller can distinguish the host's errors from the vendor's.
    vendor.next(Behaviour::drop_before_answer());
    let answer = host.client().post(&proxy("/agents", account, ""), &json!({})).await;
    assert_eq!((answer.status, answer.header("mortise-vendor-status")), (502, None), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_is_repeated_and_a_write_that_the_vendor_may_have_got_is_not() {
    let (vendor, host, account) = dixa(Answer::json(200, &json!({ "id": 1 }))).await;
    vendor.next(Answer::json(503, &json!({})));
    assert_eq!(host.client().get(&proxy("/agents", account, "")).await.status, 200);
    assert_eq!(vendor.requests().len(), 2);
    vendor.next(Answer::json(503, &json!({})));
    assert_eq!(host.client().post(&proxy("/agents", account, ""), &json!({})).await.status, 503);
    assert_eq!(vendor.requests().len(), 3);
    // A pause that the vendor asks for holds for passthrough, too.
    vendor.next(Answer::json(429, &json!({})).header("retry-after", "3000"));
    assert_eq!(host.client().get(&proxy("/agents", account, "")).await.status, 429);
    let paused = host.client().get(&proxy("/agents", account, "")).await;
    assert_eq!((paused.status, paused.header("mortise-vendor-status"), vendor.requests().len()), (429, None, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_another_tenant_is_a_404_and_a_token_is_needed() {
    let (vendor, host, account) = dixa(Answer::json(200, &json!({}))).await;
    let other = Client::new(host.address).token(&host.call_token(Some("other")).await);
    let answer = other.get(&proxy("/agents", account, "")).await;
    assert_eq!((answer.status, answer.json()["message"].clone()), (404, json!("integrated account not found")));
    assert_eq!(Client::new(host.address).get(&proxy("/agents", account, "")).await.status, 401);
    assert_eq!(vendor.requests().len(), 0);
    let own = Client::new(host.address).token(&host.call_token(Some("tenant")).await);
    assert_eq!(own.get(&proxy("/agents", account, "")).await.status, 200);
    assert_eq!(own.send("OPTIONS", &proxy("/agents", account, ""), None).await.status, 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_account_reads_and_writes_only_in_dry_runs_that_show_the_request() {
    let (vendor, host, account) = dixa(Answer::json(200, &json!({ "id": 1 }))).await;
    make_sandbox(&host, account).await;
    let target = |more: &str| proxy("/agents/1", account, more);
    assert_eq!(host.client().get(&target("")).await.status, 200);
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        assert_eq!(host.client().send(method, &target(""), None).await.status, 405, "{method}");
        let answer = host.client().send(method, &target("&mortise_dry_run=true&a=b"), None).await;
        let request = &answer.json()["requests"][0];
        assert_eq!((answer.status, &request["method"], &request["status"]), (200, &json!(method), &Value::Null));
        assert!(request["url"].as_str().is_some_and(|url| url.ends_with("/agents/1?a=b")), "{request}");
        assert!(!answer.text().contains("placeholder-value"));
    }
    assert_eq!(vendor.requests().len(), 1, "one read");
    // In a dry run, the host sends reads and shows their answers.
    let answer = host.client().get(&target("&mortise_dry_run=true")).await.json();
    assert_eq!((&answer["dry_run"], &answer["requests"][0]["response_body"]), (&json!(true), &json!({ "id": 1 })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_sends_a_write_once_and_its_answer_is_kept() {
    let (vendor, host, account) = dixa(Answer::new(201, "text/plain", "made").header("etag", "\"1\"")).await;
    let keyed = host.client().header("idempotency-key", "one");
    let target = proxy("/agents", account, "");
    let first = keyed.post(&target, &json!({ "a": 1 })).await;
    let again = keyed.post(&target, &json!({ "a": 1 })).await;
    for answer in [&first, &again] {
        assert_eq!((answer.status, answer.text().as_str(), answer.header("etag")), (201, "made", Some("\"1\"")));
        assert_eq!(answer.header("mortise-vendor-status"), Some("201"));
    }
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(keyed.post(&target, &json!({ "a": 2 })).await.status, 400, "another body");
    assert_eq!(keyed.patch(&target, &json!({ "a": 1 })).await.status, 201, "another method is another request");
    let other = proxy("/agents/1", account, "");
    assert_eq!(keyed.post(&other, &json!({ "a": 1 })).await.status, 201, "and so is another path");
    assert_eq!(vendor.requests().len(), 3);
    // The host keeps an answer with an error of the vendor, but not one by which the vendor turned the request away.
    vendor.next(Answer::json(422, &json!({})));
    let refused = host.client().header("idempotency-key", "two");
    assert_eq!(refused.post(&target, &json!({})).await.status, 422);
    assert_eq!(refused.post(&target, &json!({})).await.status, 422);
    assert_eq!(vendor.requests().len(), 4);
    vendor.next(Answer::json(401, &json!({})));
    let turned_away = host.client().header("idempotency-key", "three");
    assert_eq!(turned_away.post(&target, &json!({})).await.status, 401);
    assert_eq!(turned_away.post(&target, &json!({})).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_streams_as_it_arrives() {
    let (behaviour, gate) = Behaviour::gated(["one,", "two,", "three"]);
    let (_vendor, host, account) = dixa(behaviour).await;
    let mut connection = host.client().open("GET", &proxy("/export", account, ""), None).await;
    let (status, _) = connection.head().await.expect("a head before the body");
    assert_eq!(status, 200);
    for piece in ["one,", "two,", "three"] {
        gate.release();
        let mut arrived = Vec::new();
        while arrived.len() < piece.len() {
            arrived.extend(connection.chunk().await.expect("a piece"));
        }
        assert_eq!(arrived, piece.as_bytes());
    }
    gate.release();
    assert_eq!(connection.chunk().await, Some(Vec::new()), "the proper end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_streams_without_end_is_cut_off_and_its_place_is_free_again() {
    for endless in [Behaviour::endless_body(), Behaviour::stall_mid_body()] {
        let vendor = Vendor::start(endless).await;
        let limits = |limits: &mut mortise::config::Limits| {
            (limits.call_deadline_ms, limits.concurrent_calls_per_integration) = (500, 1);
        };
        let host = Setup::new().plugin_at("dixa", &vendor.url()).limits(limits).start().await;
        let account = host.account("dixa").await;
        let mut connection = host.client().open("GET", &proxy("/export", account, ""), None).await;
        assert_eq!(connection.head().await.expect("a head").0, 200);
        // A running stream takes up the integration's only slot until it ends.
        let full = host.client().get(&proxy("/export", account, "")).await;
        assert_eq!(full.status, 503, "{}", full.text());
        vendor.wait_for_closed(1).await;
        vendor.always(Answer::json(200, &json!({})));
        assert_eq!(host.client().get(&proxy("/agents", account, "")).await.status, 200);
        while let Some(piece) = connection.chunk().await {
            assert!(!piece.is_empty(), "the stream ended properly");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_does_not_answer_is_a_504() {
    let vendor = Vendor::start(Behaviour::never()).await;
    let brief = |limits: &mut mortise::config::Limits| limits.call_deadline_ms = 300;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).limits(brief).start().await;
    let account = host.account("dixa").await;
    let answer = host.client().get(&proxy("/agents", account, "")).await;
    assert_eq!((answer.status, answer.header("mortise-vendor-status")), (504, None), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_the_vendor_echoes_is_taken_out_whatever_the_status() {
    let canary = Canary::awkward();
    let secret = canary.as_str();
    let vendor = Vendor::start(Behaviour::echo()).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let account = host.account_with("dixa", "tenant", &[("api_token", secret)]).await;
    let whole = Answer::json(422, &json!({ "error": format!("bad token {secret}") })).header("x-request-id", secret);
    let text = format!("bad token {secret}");
    let chunks: String = text.chars().map(|char| format!("{:x}\r\n{char}\r\n", char.len_utf8())).collect();
    let split =
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");
    for behaviour in [Behaviour::echo(), Behaviour::reflect(secret), whole.into(), Behaviour::raw(split)] {
        vendor.next(behaviour);
        let answer = host.client().post(&proxy("/agents", account, ""), &json!({ "name": "x" })).await;
        assert!(answer.complete, "{}", answer.text());
        canary.assert_absent("an answer", answer.everything());
    }
    assert!(vendor.requests().iter().all(|request| request.header("authorization") == Some(secret)));
    let dry = host.client().get(&proxy("/agents", account, "&mortise_dry_run=true")).await;
    canary.assert_absent("a dry run", dry.everything());
    canary.assert_absent("the log", logs::captured());
}

#[tokio::test(flavor = "multi_thread")]
async fn passthrough_is_logged_and_counted_without_query_and_body() {
    let (_vendor, host, account) = dixa(Answer::json(201, &json!({ "id": 1 }))).await;
    let target = proxy("/agents/1", account, "&email=ada-of-the-query@example.com");
    assert_eq!(host.client().post(&target, &json!({ "name": "ada-of-the-body" })).await.status, 201);
    host.app.service.journal.flush().await;
    let log = host.client().get("/log").await;
    let call = &log.json()["result"][0];
    assert_eq!((&call["method"], &call["path"]), (&json!("POST"), &json!("/proxy/agents/1")));
    assert_eq!((&call["status"], &call["outcome"]), (&json!(201), &json!("ok")));
    assert_eq!(call["requests"][0]["path"], json!("/agents/1"));
    assert!(!log.text().contains("ada-of-the"), "{}", log.text());
    let metrics = host.operator().get("/metrics").await.text();
    let counted =
        "mortise_calls_total{integration=\"dixa\",category=\"passthrough\",operation=\"post\",outcome=\"ok\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
    assert!(metrics.contains("route=\"/proxy/{*path}\""), "{metrics}");
    assert!(!metrics.contains("ada-of-the"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_accounts_quota_counts_passthrough() {
    let vendor = Vendor::start(Answer::json(200, &json!({}))).await;
    let limits = |limits: &mut mortise::config::Limits| {
        (limits.account_requests, limits.quota_window_ms) = (1, 600_000);
    };
    let host = Setup::new().plugin_at("dixa", &vendor.url()).limits(limits).start().await;
    let account = host.account("dixa").await;
    assert_eq!(host.client().get(&proxy("/agents", account, "")).await.status, 200);
    let answer = host.client().get(&proxy("/agents", account, "")).await;
    assert!(answer.status == 429 && answer.text().contains("limits.account_requests"), "{}", answer.text());
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_off_where_the_operator_does_not_grant_it_from_the_next_reload_on() {
    let vendor = Vendor::start(Answer::json(200, &json!({}))).await;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("mortise.lock");
    let dixa = components::component("dixa");
    let grant = |passthrough: bool| {
        use sha2::Digest;
        let origins = vec!["https://dev.dixa.io/v1".to_owned()];
        let digest = hex::encode(sha2::Sha256::digest(&dixa));
        let mut lock = LockFile::default();
        lock.plugins.insert("dixa".to_owned(), Grant { digest, origins, headers: vec![], passthrough });
        lock.save(&path).expect("writable");
    };
    grant(false);
    assert!(fs::read_to_string(&path).expect("readable").contains("\npassthrough = false\n"));
    let host = Setup::new().plugin_at("dixa", &vendor.url()).locked(&path).start().await;
    let account = host.account("dixa").await;
    let answer = host.client().get(&proxy("/agents", account, "")).await;
    assert!(answer.status == 403 && answer.text().contains("ask the operator to grant it"), "{}", answer.text());
    assert_eq!(host.client().get("/integration/dixa").await.json()["passthrough"], json!(false));
    assert_eq!(vendor.connections(), 0);
    for allowed in [true, false] {
        grant(allowed);
        assert_eq!(
            host.client().send("POST", "/integration/dixa/reload", None).await.json()["passthrough"],
            json!(allowed)
        );
        let expected = if allowed { 200 } else { 403 };
        assert_eq!(host.client().get(&proxy("/agents", account, "")).await.status, expected);
    }
    // With an unreadable lock file, passthrough is off.
    fs::write(&path, "nonsense").expect("writable");
    host.client().send("POST", "/integration/dixa/reload", None).await;
    assert_eq!(host.client().get(&proxy("/agents", account, "")).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_needs_new_credentials_says_so_and_one_without_its_integration_is_a_503() {
    let (vendor, host, account) = dixa(Answer::json(200, &json!({}))).await;
    let needs = json!({ "status": "needs_reauth" });
    host.client().patch(&format!("/integrated-account/{account}"), &needs).await;
    let answer = host.client().get(&proxy("/agents", account, "")).await;
    assert_eq!((answer.status, answer.header("mortise-vendor-status")), (401, None));
    assert!(answer.text().contains("update its context"), "{}", answer.text());
    fs::remove_file(host.app.service.config.plugins_dir.join("dixa.wasm")).expect("there");
    host.app.reload_all().await.expect("reloads");
    assert_eq!(host.client().get(&proxy("/agents", account, "")).await.status, 503);
    assert_eq!(vendor.requests().len(), 0);
}
