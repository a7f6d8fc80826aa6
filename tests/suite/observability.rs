//! The operator's view: the admin listener, metrics, one log line for each call, and the log of calls.

use std::collections::BTreeMap;

use mortise::account::{CallFilter, Kept, LoggedCall};
use mortise_tests::client::{Answer, Client, Connection};
use mortise_tests::host::{Host, Setup, create, update};
use mortise_tests::logs;
use mortise_tests::vendor::{self, Behaviour, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixtures::{AGENT_ID, ada, agent, dixa};

/// The host's own log lines of this request. Libraries log at levels that only tests switch on.
fn lines(request_id: &str) -> Vec<Value> {
    let log = logs::captured();
    let lines = log.lines().filter(|line| line.contains(request_id));
    let lines = lines.map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter(|line| line["target"].as_str().is_some_and(|target| target.starts_with("mortise"))).collect()
}

fn request_id(answer: &Answer) -> String {
    answer.header("x-request-id").expect("every answer has one").to_owned()
}

/// The log line of a call.
fn line(answer: &Answer) -> Value {
    let lines = lines(&request_id(answer));
    let mut calls = lines.iter().filter(|line| line["message"] == "unified call");
    let (Some(call), None) = (calls.next(), calls.next()) else { panic!("not one line: {lines:?}") };
    call.clone()
}

/// Metric samples, by name and labels as written.
async fn metrics(host: &Host) -> BTreeMap<String, f64> {
    let answer = host.operator().get("/metrics").await;
    assert_eq!(answer.status, 200);
    let content_type = answer.header("content-type").expect("a content type");
    assert!(content_type.starts_with("application/openmetrics-text; version=1.0.0"), "{content_type}");
    let text = answer.text();
    assert!(text.ends_with("# EOF\n"), "{text}");
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
        (name.to_owned(), value.parse().unwrap_or_else(|_| panic!("no number: {line}")))
    };
    samples.map(sample).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_routes_need_the_admin_listener_or_an_admin_token_of_no_tenant() {
    let (_vendor, host, _account) = dixa(agent()).await;
    let with = |token: String| Client::new(host.address).token(&token);
    let tenants_admin = {
        let tokens = host.app.service.accounts.tokens();
        let (token, _) = tokens.create(mortise::account::Scope::Admin, Some("tenant"), None, None).await.unwrap();
        with(secrecy::ExposeSecret::expose_secret(&token).to_owned())
    };
    let call = with(host.call_token(None).await);
    for (client, metrics, log) in [
        (host.operator(), 200, 200),
        (host.client(), 200, 200),
        (tenants_admin, 403, 200),
        (call, 403, 403),
        (Client::new(host.address), 401, 401),
    ] {
        assert_eq!(client.get("/metrics").await.status, metrics);
        assert_eq!(client.get("/log").await.status, log);
        assert_eq!(client.get("/healthz").await.status, 200);
    }
    for path in ["/integrated-account", "/integration", "/unified/ticketing/users"] {
        assert_eq!(host.operator().get(path).await.status, 404, "{path} is for callers");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_listener_answers_under_addresses_only() {
    let (_vendor, host, _account) = dixa(agent()).await;
    let ask = async |hosts: &str| {
        let request = format!("GET /metrics HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
        Connection::open(host.admin_address).await.send(request).await.answer().await.expect("an answer").status
    };
    for name in ["127.0.0.1", "127.0.0.1:8081", "[::1]:8081", "localhost", "LOCALHOST:1", "10.1.2.3:9"] {
        assert_eq!(ask(&format!("host: {name}\r\n")).await, 200, "{name}");
    }
    let evil = ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8081", "[::1", "user@127.0.0.1", ""];
    for name in evil {
        assert!(matches!(ask(&format!("host: {name}\r\n")).await, 400 | 421), "{name}");
    }
    assert_eq!(ask("").await, 400, "none");
    assert_eq!(ask("host: 127.0.0.1\r\nhost: evil.example\r\n").await, 400, "two");
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_calls_errors_times_and_routes_without_a_callers_words() {
    let (vendor, host, account) = dixa(agent()).await;
    let client = host.client();
    let target = create("ticketing", account, "&unheard-of=word");
    assert_eq!(client.post(&target, &ada()).await.status, 201);
    vendor.next(vendor::Answer::json(422, &json!({"message": "no"})));
    assert_eq!(client.post(&target, &ada()).await.status, 422);
    vendor.next(Behaviour::drop_before_answer());
    assert_eq!(client.post(&target, &ada()).await.status, 502);
    assert_eq!(client.post(&target, &json!({})).await.status, 400);
    assert_eq!(client.post(&create("ticketing", Uuid::nil(), ""), &ada()).await.status, 404);
    assert_eq!(client.get("/unheard-of/route").await.status, 404);
    assert_eq!(client.send("UNHEARD-OF", "/healthz", None).await.status, 405);

    let metrics = metrics(&host).await;
    let value = |name: &str| *metrics.get(name).unwrap_or_else(|| panic!("no {name} in {metrics:#?}"));
    let calls = |integration: &str, outcome: &str| {
        let rest = format!("category=\"ticketing\",operation=\"create-user\",outcome=\"{outcome}\"");
        value(&format!("mortise_calls_total{{integration=\"{integration}\",{rest}}}"))
    };
    assert_eq!([calls("dixa", "ok"), calls("dixa", "vendor"), calls("dixa", "invalid")], [1.0, 2.0, 1.0]);
    assert_eq!(calls("none", "unknown-account"), 1.0);
    for part in ["guest", "vendor", "host"] {
        let of = |suffix: &str| {
            value(&format!("mortise_call_duration_seconds_{suffix}{{integration=\"dixa\",part=\"{part}\"}}"))
        };
        assert_eq!(of("count"), 3.0, "calls of the plugin");
        assert!(of("sum") > 0.0, "{part}");
    }
    let egress = |decision: &str| {
        value(&format!("mortise_egress_requests_total{{integration=\"dixa\",decision=\"{decision}\"}}"))
    };
    assert_eq!((egress("allowed"), egress("failed")), (2.0, 1.0));
    let route = "route=\"/unified/{category}/users\",method=\"POST\",status=\"201\"";
    assert_eq!(value(&format!("mortise_http_requests_total{{{route}}}")), 1.0);
    assert_eq!(value("mortise_http_requests_total{route=\"none\",method=\"GET\",status=\"404\"}"), 1.0);
    assert_eq!(value("mortise_http_requests_total{route=\"/healthz\",method=\"other\",status=\"405\"}"), 1.0);
    let generation = host.app.service.registry.get("dixa").unwrap();
    let info = format!(
        "mortise_integration_info{{integration=\"dixa\",generation=\"{}\",sdk_version=\"{}\"}}",
        generation.id(),
        generation.sdk_version.as_deref().unwrap_or_default()
    );
    assert_eq!(value(&info), 1.0);
    assert_eq!((value("mortise_instances"), value("mortise_instances_max")), (0.0, 512.0));
    assert_eq!(value("mortise_circuit{integration=\"dixa\",state=\"closed\"}"), 1.0);
    assert!(value("mortise_database_connections_max") >= value("mortise_database_connections{state=\"in_use\"}"));
    assert!(value("process_start_time_seconds") > 1.7e9);
    assert!(metrics.keys().all(|name| !name.to_lowercase().contains("unheard-of")), "{metrics:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_in_use_are_seen_while_they_are() {
    let (vendor, host, account) = dixa(agent()).await;
    let (held, gate) = Behaviour::from(agent()).held();
    vendor.next(held);
    let mut call = host.client().open("POST", &create("ticketing", account, ""), Some(&ada())).await;
    vendor.wait_for_requests(1).await;
    let metrics = metrics(&host).await;
    assert_eq!((metrics["mortise_instances"], metrics["mortise_integration_calls{integration=\"dixa\"}"]), (1.0, 1.0));
    gate.release();
    assert_eq!(call.answer().await.map(|answer| answer.status), Some(201));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_one_line_and_a_vendor_request_another_without_queries_and_bodies() {
    let (vendor, host, account) = dixa(agent()).await;
    let (held, gate) = Behaviour::from(agent()).held();
    vendor.next(held);
    let target = create("ticketing", account, "&remote_query[unheard]=of-in-query");
    let mut body = ada();
    body["remote_data"] = json!({"unheard": "of-in-body"});
    let mut call = host.client().open("POST", &target, Some(&body)).await;
    vendor.wait_for_requests(1).await;
    let pause = std::time::Duration::from_millis(50);
    tokio::time::sleep(pause).await;
    gate.release();
    let answer = call.answer().await.expect("an answer");
    assert_eq!(answer.status, 201, "{}", answer.text());

    let call = line(&answer);
    let generation = answer.header("mortise-generation").expect("a generation");
    for (name, value) in [
        ("request_id", json!(request_id(&answer))),
        ("account", json!(account)),
        ("tenant", json!("tenant")),
        ("integration", json!("dixa")),
        ("generation", json!(generation)),
        ("category", json!("ticketing")),
        ("operation", json!("create-user")),
        ("outcome", json!("ok")),
        ("status", json!(201)),
        ("vendor_status", json!(201)),
        ("vendor_requests", json!(1)),
        ("bytes_in", json!(body.to_string().len())),
        ("bytes_out", json!(answer.body.len())),
    ] {
        assert_eq!(call[name], value, "{name} in {call}");
    }
    let us = |name: &str| call[name].as_u64().unwrap_or_else(|| panic!("{name} in {call}"));
    assert!(us("vendor_us") >= pause.as_micros() as u64, "the vendor's time is the vendor's: {call}");
    assert!(us("guest_us") > 0 && us("host_us") > 0, "{call}");

    let all = lines(&request_id(&answer));
    let egress: Vec<_> = all.iter().filter(|line| line["message"] == "egress: allowed").collect();
    let [egress] = egress.as_slice() else { panic!("not one: {all:?}") };
    let seen = [&egress["method"], &egress["host"], &egress["path"], &egress["status"], &egress["number"]];
    assert_eq!(seen, [&json!("POST"), &json!("127.0.0.1"), &json!("/agents"), &json!(201), &json!(1)]);
    assert!(egress["us"].as_u64().unwrap() >= pause.as_micros() as u64);
    assert!(egress["bytes_out"].as_u64().unwrap() > 0 && egress["bytes_in"].as_u64().unwrap() > 0, "{egress}");
    let text = serde_json::to_string(&all).unwrap();
    assert!(!text.contains("of-in-query") && !text.contains("of-in-body") && !text.contains("ada@example"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_that_computes_is_seen_by_its_time() {
    let vendor = Vendor::start(agent()).await;
    let host = Setup::new().plugin_at("endless-loop", &vendor.url()).start().await;
    let account = host.account("endless-loop").await;
    let answer = host.client().post(&create("ticketing", account, ""), &json!({"name": "Ada"})).await;
    let call = line(&answer);
    assert_eq!((&call["outcome"], &call["status"]), (&json!("cpu-budget"), &json!(502)));
    assert!(call["guest_us"].as_u64().unwrap() >= 200_000, "{call}");
    assert_eq!(call["vendor_us"], 0, "{call}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_vendor_request_is_one_line_with_its_reason() {
    let vendor = Vendor::start(agent()).await;
    let host = Setup::new().plugin_at("egress-prober", &vendor.url()).start().await;
    let account = host.account("egress-prober").await;
    let name = r#"{"target":"http://169.254.169.254/latest"}"#;
    let answer = host.client().post(&create("ticketing", account, ""), &json!({ "name": name })).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let lines = lines(&request_id(&answer));
    let refused: Vec<_> = lines.iter().filter(|line| line["message"] == "egress: refused").collect();
    let [refused] = refused.as_slice() else { panic!("not one: {lines:?}") };
    assert_eq!((&refused["level"], &refused["integration"]), (&json!("WARN"), &json!("egress-prober")));
    assert!(refused["reason"].is_string());
    let refused =
        metrics(&host).await["mortise_egress_requests_total{integration=\"egress-prober\",decision=\"refused\"}"];
    assert_eq!(refused, 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_recorded_after_its_last_byte() {
    let (vendor, host, account) = dixa(agent()).await;
    let (gated, gate) = Behaviour::gated(["{\"data\":", "{\"id\":\"1\"}}"]);
    vendor.next(gated);
    let target = create("ticketing", account, "&truto_response_format=stream");
    let mut stream =
        host.client().header("x-request-id", "a-stream-that-is-recorded").open("POST", &target, Some(&ada())).await;
    gate.release();
    assert_eq!(stream.head().await.map(|(status, _)| status), Some(201));
    assert_eq!(stream.chunk().await.as_deref(), Some(&b"{\"data\":"[..]));
    let recorded = || lines("a-stream-that-is-recorded").into_iter().find(|line| line["message"] == "unified call");
    assert_eq!(recorded(), None);
    gate.release();
    gate.release();
    assert_eq!(stream.chunk().await.as_deref(), Some(&b"{\"id\":\"1\"}}"[..]));
    assert_eq!(stream.chunk().await.as_deref(), Some(&b""[..]));
    let call = mortise_tests::expect("line of the call", async {
        loop {
            if let Some(call) = recorded() {
                return call;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!((&call["bytes_out"], &call["outcome"]), (&json!(19), &json!("ok")), "{call}");
}

/// A page of the log of calls, after the host has written all calls.
async fn log(host: &Host, client: &Client, query: &str) -> Value {
    host.app.service.journal.flush().await;
    let answer = client.get(&format!("/log{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn ids(page: &Value) -> Vec<&str> {
    page["result"].as_array().unwrap().iter().map(|call| call["request_id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_shows_what_happened_in_a_call_and_no_query_or_body() {
    let (vendor, host, account) = dixa(agent()).await;
    let target = update("ticketing", AGENT_ID, account, "&remote_query[unheard]=of-in-query");
    let answer = host.client().patch(&target, &json!({"name": "of-in-body"})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let page = log(&host, &host.operator(), "").await;
    assert_eq!(page["next_cursor"], Value::Null);
    let [call] = page["result"].as_array().unwrap().as_slice() else { panic!("{page}") };
    for (name, value) in [
        ("integrated_account_id", json!(account)),
        ("tenant_id", json!("tenant")),
        ("integration", json!("dixa")),
        ("generation", json!(answer.header("mortise-generation"))),
        ("request_id", json!(request_id(&answer))),
        ("method", json!("PATCH")),
        ("path", json!(format!("/unified/ticketing/users/{AGENT_ID}"))),
        ("status", json!(200)),
        ("outcome", json!("ok")),
    ] {
        assert_eq!(call[name], value, "{name} in {call}");
    }
    assert!(call["vendor_us"].as_u64().unwrap() > 0 && call["guest_us"].as_u64().unwrap() > 0, "{call}");
    let requests = call["requests"].as_array().unwrap();
    assert_eq!(requests.len(), vendor.requests().len());
    let first = &requests[0];
    assert_eq!(first["host"], json!(vendor.address().to_string()));
    assert_eq!((&first["method"], &first["path"]), (&json!("PATCH"), &json!(format!("/agents/{AGENT_ID}"))));
    assert_eq!((&first["status"], &first["error"]), (&json!(201), &Value::Null));
    assert!(first["us"].as_u64().unwrap() > 0);
    let text = page.to_string();
    assert!(!text.contains("unheard") && !text.contains("of-in-") && !text.contains("placeholder-value"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_filtered_paged_and_confined_to_a_tenant() {
    let (vendor, host, _) = dixa(agent()).await;
    let (ours, theirs) = (host.account_with("dixa", "ours", &[]).await, host.account_with("dixa", "theirs", &[]).await);
    let call = async |id: &str, account: Uuid, status: u16| {
        vendor.next(vendor::Answer::json(
            status,
            &json!({"data": {"id": "1", "displayName": "Ada", "email": "ada@example.com"}}),
        ));
        let client = host.client().header("x-request-id", id);
        assert_eq!(client.post(&create("ticketing", account, ""), &ada()).await.status, status);
    };
    call("one", ours, 201).await;
    call("two", theirs, 201).await;
    call("three", ours, 422).await;
    call("four", ours, 201).await;
    let admin = host.client();
    assert_eq!(ids(&log(&host, &admin, "").await), ["four", "three", "two", "one"], "the newest first");
    assert_eq!(ids(&log(&host, &admin, &format!("?integrated_account_id={theirs}")).await), ["two"]);
    assert_eq!(ids(&log(&host, &admin, "?tenant_id=ours&status=201").await), ["four", "one"]);

    let page = log(&host, &admin, "?limit=3").await;
    assert_eq!(ids(&page), ["four", "three", "two"]);
    let cursor = page["next_cursor"].as_str().expect("a further page");
    let last = log(&host, &admin, &format!("?limit=3&next_cursor={cursor}")).await;
    assert_eq!((ids(&last), &last["next_cursor"]), (vec!["one"], &Value::Null));

    let (token, _) = host
        .app
        .service
        .accounts
        .tokens()
        .create(mortise::account::Scope::Admin, Some("theirs"), None, None)
        .await
        .unwrap();
    let tenants = Client::new(host.address).token(secrecy::ExposeSecret::expose_secret(&token));
    assert_eq!(ids(&log(&host, &tenants, "").await), ["two"]);
    assert!(ids(&log(&host, &tenants, "?tenant_id=ours").await).is_empty());
    assert!(ids(&log(&host, &tenants, &format!("?integrated_account_id={ours}")).await).is_empty());

    for query in
        ["?status=9", "?limit=0", "?limit=201", "?integrated_account_id=x", "?next_cursor=x", "?limit=1&limit=2"]
    {
        assert_eq!(admin.get(&format!("/log{query}")).await.status, 400, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_is_in_the_log() {
    let (vendor, host, account) = dixa(Behaviour::never()).await;
    let call = host
        .client()
        .header("x-request-id", "gone")
        .open("POST", &create("ticketing", account, ""), Some(&ada()))
        .await;
    vendor.wait_for_requests(1).await;
    drop(call);
    vendor.wait_for_closed(1).await;
    let call = mortise_tests::expect("entry of the call", async {
        loop {
            let page = log(&host, &host.operator(), "").await;
            if let Some(call) = page["result"].get(0) {
                return call.clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await;
    assert_eq!((&call["outcome"], &call["status"]), (&json!("caller-gone"), &json!(499)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_keeps_the_last_calls_of_each_account_and_none_of_an_account_that_is_gone() {
    let vendor = Vendor::start(agent()).await;
    let setup = Setup::new().plugin_at("dixa", &vendor.url());
    let host = setup.limits(|limits| (limits.log_account_entries, limits.log_entries) = (2, 4)).start().await;
    let accounts = [host.account("dixa").await, host.account("dixa").await, host.account("dixa").await];
    for round in 0..4 {
        for (number, account) in accounts.iter().enumerate() {
            let client = host.client().header("x-request-id", &format!("{number}-{round}"));
            assert_eq!(client.post(&create("ticketing", *account, ""), &ada()).await.status, 201);
        }
    }
    let pruned = async || {
        host.app.service.journal.flush().await;
        let calls = host.app.service.accounts.call_log();
        calls
            .prune(&accounts.into(), Kept { of_account: 2, of_all: 4, bytes: 1 << 20 })
            .await
            .expect("the database answers");
        calls.sweep(jiff::Timestamp::UNIX_EPOCH).await.expect("the database answers");
        log(&host, &host.operator(), "").await
    };
    assert_eq!(ids(&pruned().await), ["2-3", "1-3", "0-3", "2-2"]);
    assert_eq!(host.client().delete(&format!("/integrated-account/{}", accounts[2])).await.status, 200);
    assert_eq!(ids(&pruned().await), ["1-3", "0-3"]);
    let hour = jiff::SignedDuration::from_hours(1);
    for (time, left) in [(jiff::Timestamp::now() - hour, 2), (jiff::Timestamp::now() + hour, 0)] {
        host.app.service.accounts.call_log().sweep(time).await.expect("the database answers");
        assert_eq!(ids(&log(&host, &host.operator(), "").await).len(), left);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_calls_keeps_the_newest_calls_that_fit_its_bytes() {
    const KEPT: usize = 8_000;
    let vendor = Vendor::start(agent()).await;
    let setup = Setup::new().plugin_at("dixa", &vendor.url());
    let host = setup.limits(|limits| limits.log_bytes = KEPT as u64).start().await;
    let account = host.account("dixa").await;
    let kept = async || {
        host.app.service.journal.flush().await;
        host.app.service.accounts.call_log().list(&CallFilter::default(), 200).await.expect("the database answers")
    };
    // Identifiers of different lengths in the caller's and the vendor's path, so that no two calls take the same number
    // of bytes.
    for number in 0..40 {
        let client = host.client().header("x-request-id", &number.to_string());
        let target = update("ticketing", &"x".repeat(1 + 12 * number), account, "");
        assert_eq!(client.patch(&target, &json!({ "name": "Ada" })).await.status, 200);
        let calls = kept().await;
        let bytes: usize = calls.iter().map(LoggedCall::bytes).sum();
        // The host writes a batch before it deletes the surplus.
        assert!(bytes <= KEPT + KEPT / 8, "{bytes}");
        assert_eq!(calls[0].request_id, number.to_string());
        assert!(number < 4 || calls.len() > 3, "{} calls are left", calls.len());
    }
    // One call is larger than the whole log.
    let host = Setup::new().plugin_at("dixa", &vendor.url()).limits(|limits| limits.log_bytes = 1).start().await;
    let account = host.account("dixa").await;
    assert_eq!(host.client().post(&create("ticketing", account, ""), &ada()).await.status, 201);
    host.app.service.journal.flush().await;
    assert!(ids(&log(&host, &host.operator(), "").await).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_keeps_no_calls_has_an_empty_log() {
    let vendor = Vendor::start(agent()).await;
    let setup = Setup::new().plugin_at("dixa", &vendor.url());
    let host = setup.limits(|limits| limits.log_account_entries = 0).start().await;
    let account = host.account("dixa").await;
    assert_eq!(host.client().post(&create("ticketing", account, ""), &ada()).await.status, 201);
    assert!(ids(&log(&host, &host.operator(), "").await).is_empty());
}
