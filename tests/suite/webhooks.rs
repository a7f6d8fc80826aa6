//! Webhooks: the events for the operator's application, the host that sends them, their order, and the retries of
//! events that the application does not accept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName};
use mortise::account::{
    Accounts, Attempted, Delivery, MasterKey, NewAccount, NewLinkToken, NewWebhook, Scope, Secrets, Vault, Webhooks,
};
use mortise_tests::canary::Canary;
use mortise_tests::client::{Answer as HostAnswer, Client};
use mortise_tests::dns::ScriptedDns;
use mortise_tests::host::{Host, Setup, create};
use mortise_tests::spawned::Spawned;
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};
use mortise_tests::{database, expect, logs};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{Connection, Row};
use tempfile::TempDir;

use crate::fixtures::{ada, agent};
use crate::link_tokens;
use crate::process::Operator;
use crate::rotation::rotate;

/// An endpoint and its secret.
struct Added {
    id: String,
    secret: String,
}

async fn receiver() -> Vendor {
    Vendor::start(taken()).await
}

fn taken() -> Answer {
    Answer::json(200, &json!({}))
}

fn refused() -> Answer {
    Answer::new(500, "text/plain", "not now")
}

/// A host whose webhooks may go to these receivers, and that tries again at once.
fn setup(receivers: &[&Vendor]) -> Setup {
    let origins: Vec<_> = receivers.iter().map(|receiver| receiver.url()).collect();
    let origins: Vec<_> = origins.iter().map(String::as_str).collect();
    Setup::new().plugin("dixa").receivers(&origins).limits(|limits| {
        limits.webhook_poll_ms = 20;
        limits.webhook_retry_ms = 1;
        limits.webhook_retry_max_ms = 60_000;
    })
}

fn is(answer: HostAnswer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    answer.json()
}

async fn add_to(client: &Client, target: &str) -> Added {
    let made = is(client.post("/webhook", &json!({ "target_url": target })).await, 201);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    Added { id: text("id"), secret: text("secret") }
}

async fn add(host: &Host, receiver: &Vendor) -> Added {
    add_to(&host.client(), &format!("{}/hooks", receiver.url())).await
}

async fn connect(client: &Client) -> Value {
    let new = json!({ "integration": "dixa", "tenant_id": "t", "context": { "api_token": "secret-value" } });
    is(client.post("/integrated-account", &new).await, 201)
}

fn path(account: &Value) -> String {
    format!("/integrated-account/{}", account["id"].as_str().unwrap())
}

/// Reads this target until `so` accepts the answer, and returns the answer.
async fn until(client: &Client, target: &str, so: impl Fn(&Value) -> bool) -> Value {
    expect("change", async {
        loop {
            let shown = is(client.get(target).await, 200);
            if so(&shown) {
                return shown;
            }
        }
    })
    .await
}

fn events(requests: &[Recorded]) -> Vec<String> {
    requests.iter().map(|request| request.json()["event"].as_str().unwrap().to_owned()).collect()
}

fn ids(requests: &[Recorded]) -> Vec<String> {
    requests.iter().map(|request| request.header("webhook-id").unwrap().to_owned()).collect()
}

/// HMAC-SHA256 (RFC 2104), without the library that the host uses.
fn hmac(key: &[u8], text: &[u8]) -> String {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |byte: u8| block.map(|b| b ^ byte);
    let inner = Sha256::digest([&pad(0x36)[..], text].concat());
    hex::encode(Sha256::digest([&pad(0x5c)[..], &inner].concat()))
}

/// Whether both signatures belong to this secret. Checks the first one with the library of Standard Webhooks.
fn is_signed_by(request: &Recorded, secret: &str) -> bool {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    let standard = standardwebhooks::Webhook::new(secret).unwrap().verify(&request.body, &headers).is_ok();
    let plain = request.header("x-truto-signature").unwrap();
    let values: Vec<_> = plain.strip_prefix("format=sha256,").unwrap().split(',').collect();
    let expected = format!("v={}", hmac(secret.as_bytes(), &request.body));
    assert_eq!(standard, values.contains(&expected.as_str()), "the two headers say the same");
    standard
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_arrives_once_in_order_signed_twice_and_shows_the_account_as_it_was() {
    let receiver = receiver().await;
    let host = setup(&[&receiver]).start().await;
    let webhook = add(&host, &receiver).await;
    let client = host.client();
    let created = connect(&client).await;
    let path = path(&created);
    let marked = is(client.patch(&path, &json!({ "status": "needs_reauth" })).await, 200);
    is(client.patch(&path, &json!({ "status": "needs_reauth", "is_sandbox": true })).await, 200);
    is(client.patch(&path, &json!({ "context": { "api_token": "another-value" } })).await, 200);
    let deleted = is(client.get(&path).await, 200);
    is(client.delete(&path).await, 200);

    let requests = receiver.wait_for_requests(5).await;
    let names = ["created", "active", "authentication_error", "active", "deleted"];
    assert_eq!(events(&requests), names.map(|name| format!("integrated_account:{name}")));
    for (number, shown) in [(0, &created), (1, &created), (2, &marked), (4, &deleted)] {
        assert_eq!(&requests[number].json()["payload"], shown);
    }
    for request in &requests {
        assert!(is_signed_by(request, &webhook.secret));
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/hooks"));
        assert_eq!(request.header("content-type"), Some("application/json"));
        let body = request.json();
        let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["id", "event", "payload", "webhook_id", "created_at"]);
        assert_eq!((body["id"].as_str(), &body["webhook_id"]), (request.header("webhook-id"), &json!(webhook.id)));
        body["created_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    }
    let target = format!("/webhook/{}/delivery", webhook.id);
    let sent = |page: &Value| page["result"].as_array().unwrap().iter().all(|delivery| delivery["status"] == "sent");
    let page = until(&client, &target, sent).await;
    assert_eq!(page["result"].as_array().unwrap().len(), 5);
    assert_eq!(receiver.requests().len(), 5, "each once");
    let first = is(client.get(&format!("{target}?limit=1")).await, 200);
    assert_eq!(first["result"][0]["event"], "integrated_account:deleted");
    let next = first["next_cursor"].as_str().unwrap();
    let second = is(client.get(&format!("{target}?limit=1&next_cursor={next}")).await, 200);
    assert_eq!(second["result"][0]["event_id"], page["result"][1]["event_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_vendor_is_told_once_and_an_endpoint_gets_the_events_it_wants() {
    let (vendor, receiver) = (Vendor::start(Answer::json(401, &json!({"message": "no"}))).await, receiver().await);
    let host = setup(&[&receiver]).origin("dixa", &vendor.url()).start().await;
    let wanted = json!({
        "target_url": receiver.url(),
        "event_types": ["integrated_account:authentication_error", "integrated_account:deleted"],
    });
    is(host.client().post("/webhook", &wanted).await, 201);
    let account = host.account("dixa").await;
    for _ in 0..2 {
        assert_eq!(host.client().post(&create("ticketing", account, ""), &ada()).await.status, 401);
    }
    is(host.client().delete(&format!("/integrated-account/{account}")).await, 200);
    let requests = receiver.wait_for_requests(2).await;
    assert_eq!(events(&requests), ["integrated_account:authentication_error", "integrated_account:deleted"]);
    let payload = &requests[0].json()["payload"];
    assert_eq!((&payload["status"], payload["last_error"].is_object()), (&json!("needs_reauth"), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_not_made_is_not_told_and_one_that_cannot_be_told_is_not_made() {
    let receiver = receiver().await;
    let host = setup(&[&receiver]).start().await;
    let webhook = add(&host, &receiver).await;
    let new = NewLinkToken {
        tenant_id: "t".to_owned(),
        account_id: None,
        persist_previous_context: false,
        redirect_uri: None,
        scopes: Vec::new(),
        integrations: Vec::new(),
        context: Secrets::new(),
    };
    let (token, _) = host.app.service.accounts.link_tokens().create(new).await.unwrap();
    let uses = (0..5).map(|_| link_tokens::connect(&host, token.expose_secret(), link_tokens::new_account("t")));
    let made = futures_util::future::join_all(uses).await;
    assert_eq!(made.into_iter().filter(|made| *made.as_ref().unwrap()).count(), 1);
    let target = format!("/webhook/{}/delivery", webhook.id);
    let page = until(&host.client(), &target, |page| page["result"][0]["status"] == "sent").await;
    assert_eq!(page["result"].as_array().unwrap().len(), 1, "the event comes after the validation");

    host.sql("ALTER TABLE webhook_delivery RENAME TO elsewhere").await;
    let new = json!({ "integration": "dixa", "tenant_id": "other", "context": { "api_token": "secret-value" } });
    assert!(host.client().post("/integrated-account", &new).await.status >= 500);
    let listed = is(host.client().get("/integrated-account?tenant_id=other").await, 200);
    assert_eq!(listed["result"], json!([]));
    host.sql("ALTER TABLE elsewhere RENAME TO webhook_delivery").await;
    is(host.client().post("/integrated-account", &new).await, 201);
    receiver.wait_for_requests(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_attempt_is_made_again_when_the_receiver_says_with_the_same_id_and_the_events_behind_it_wait() {
    let receiver = receiver().await;
    receiver.next(Answer::new(503, "text/plain", "busy").header("retry-after", "1"));
    let host = setup(&[&receiver]).start().await;
    let webhook = add(&host, &receiver).await;
    connect(&host.client()).await;
    receiver.wait_for_requests(1).await;
    let refused = Instant::now();
    receiver.wait_for_requests(2).await;
    assert!(refused.elapsed() > Duration::from_millis(900), "{:?}", refused.elapsed());
    let requests = receiver.wait_for_requests(3).await;
    assert_eq!(events(&requests)[1..], ["integrated_account:created", "integrated_account:active"]);
    assert_eq!((&requests[0].body, &ids(&requests)[0]), (&requests[1].body, &ids(&requests)[1]));
    let timestamp = |request: &Recorded| request.header("webhook-timestamp").unwrap().parse::<i64>().unwrap();
    assert!(timestamp(&requests[0]) < timestamp(&requests[1]));
    assert!(requests.iter().all(|request| is_signed_by(request, &webhook.secret)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let (receiver, elsewhere) = (receiver().await, receiver().await);
    for status in [301, 302, 303, 307, 308] {
        receiver.next(Answer::redirect(status, &format!("{}/hooks", elsewhere.url())));
    }
    let host = setup(&[&receiver, &elsewhere]).start().await;
    let webhook = add(&host, &receiver).await;
    connect(&host.client()).await;
    let requests = receiver.wait_for_requests(7).await;
    assert_eq!(ids(&requests)[..6], vec![ids(&requests)[0].clone(); 6][..]);
    assert_eq!(elsewhere.connections(), 0);
    receiver.next(Answer::redirect(302, &elsewhere.url()));
    let tested = is(host.client().post("/webhook/test", &json!({ "webhook_id": webhook.id })).await, 200);
    assert_eq!((&tested["delivered"], &tested["status"]), (&json!(false), &json!(302)), "{tested}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_is_switched_off_at_once_and_on_again_by_one_call() {
    let receiver = receiver().await;
    receiver.next(Answer::json(410, &json!({})));
    let host = setup(&[&receiver]).start().await;
    let webhook = add(&host, &receiver).await;
    let (client, target) = (host.client(), format!("/webhook/{}", webhook.id));
    connect(&client).await;
    let off = until(&client, &target, |shown| shown["dead"] == 2).await;
    assert_eq!(off["disabled_reason"], "the receiver answered 410 Gone");
    // Soon after the switch, the host also gives up waiting deliveries.
    assert_eq!((&off["is_active"], &off["waiting"]), (&json!(false), &json!(0)), "{off}");
    connect(&client).await;
    let replay = json!({ "since": "2020-01-01T00:00:00Z" });
    is(client.post(&format!("{target}/replay"), &replay).await, 409);

    let on = is(client.patch(&target, &json!({ "is_active": true })).await, 200);
    assert_eq!((&on["is_active"], &on["disabled_reason"]), (&json!(true), &Value::Null));
    assert_eq!(is(client.post(&format!("{target}/replay"), &replay).await, 200)["replayed"], 2);
    let requests = receiver.wait_for_requests(3).await;
    assert_eq!(ids(&requests)[1], ids(&requests)[0], "the same id");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_has_only_failed_for_days_is_switched_off_with_the_reason() {
    let receiver = Vendor::start(refused()).await;
    let host = setup(&[&receiver]).start().await;
    let webhook = add(&host, &receiver).await;
    connect(&host.client()).await;
    receiver.wait_for_requests(2).await;
    let target = format!("/webhook/{}", webhook.id);
    assert_eq!(is(host.client().get(&target).await, 200)["is_active"], true);
    // Five days and an hour ago, in microseconds.
    let backdate = format!("UPDATE webhook SET failing_since = failing_since - {}", (5 * 24 + 1) * 3_600_000_000_i64);
    host.sql(Box::leak(backdate.into_boxed_str())).await;
    let off = until(&host.client(), &target, |shown| shown["is_active"] == false).await;
    assert_eq!(off["disabled_reason"], "every delivery has failed for 5 days");
    let page = host.operator().get("/operator").await.text();
    assert!(page.contains(&webhook.id) && page.contains("every delivery has failed for 5 days"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_up_is_listed_and_replayed_by_its_id_and_by_time() {
    let receiver = Vendor::start(refused()).await;
    let host = setup(&[&receiver]).limits(|limits| limits.webhook_attempts = 2).start().await;
    let webhook = add(&host, &receiver).await;
    let (client, target) = (host.client(), format!("/webhook/{}", webhook.id));
    connect(&client).await;
    until(&client, &target, |shown| shown["dead"] == 2).await;
    let dead = is(client.get(&format!("{target}/delivery?status=dead")).await, 200);
    let (active, created) = (&dead["result"][0], &dead["result"][1]);
    assert_eq!((&created["attempts"], &created["last_status"]), (&json!(2), &json!(500)));
    assert_eq!(created["last_error"], "the receiver answered 500 Internal Server Error: not now");
    assert_eq!((&active["event"], &active["next_attempt_at"]), (&json!("integrated_account:active"), &Value::Null));
    let metrics = host.operator().get("/metrics").await.text();
    for line in
        ["mortise_webhook_attempts_total{outcome=\"dead\"} 2", "mortise_webhook_attempts_total{outcome=\"failed\"} 2"]
    {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }

    receiver.always(taken());
    let replay = |body: Value| {
        let (client, target) = (client.clone(), format!("{target}/replay"));
        async move { client.post(&target, &body).await }
    };
    assert_eq!(is(replay(json!({ "event_id": active["event_id"] })).await, 200)["replayed"], 1);
    let requests = receiver.wait_for_requests(5).await;
    assert_eq!(requests[4].header("webhook-id"), active["event_id"].as_str());
    let until_then = json!({ "since": "2020-01-01T00:00:00Z", "until": created["created_at"] });
    assert_eq!(is(replay(until_then).await, 200)["replayed"], 0);
    let since_then = json!({ "since": created["created_at"] });
    assert_eq!(is(replay(since_then).await, 200)["replayed"], 1, "one was sent by now");
    let requests = receiver.wait_for_requests(6).await;
    assert_eq!(requests[5].body, requests[0].body);
    for wrong in [
        json!({}),
        json!({ "event_id": "1" }),
        json!({ "event_id": active["event_id"], "since": "2020-01-01T00:00:00Z" }),
        json!({ "until": "2020-01-01T00:00:00Z" }),
        json!({ "since": "yesterday" }),
    ] {
        is(replay(wrong).await, 400);
    }
    let unknown = json!({ "event_id": "019a3c20-0c4f-7d11-8a5e-0d6f2b1c9e77" });
    let unknown = is(replay(unknown).await, 404);
    assert_eq!(unknown["message"], "there is no delivery of this event (sent ones are kept 7 days)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_gets_nothing_unless_the_operator_exempts_its_origin() {
    let receiver = receiver().await;
    let dns = ScriptedDns::new().host("hooks.example.com", &[&["8.8.8.8", "127.0.0.1"]]);
    let host = setup(&[&receiver]).resolver(dns.clone()).start().await;
    let client = host.client();
    let endpoint = format!("/webhook/{}", add_to(&client, "https://app.example.com/").await.id);
    for target in [
        "https://127.0.0.1/hooks",
        "https://localhost/hooks",
        "https://10.1.2.3/",
        "http://app.example.com/",
        "https://user:password@app.example.com/",
        "",
    ] {
        for answer in [
            client.post("/webhook", &json!({ "target_url": target })).await,
            client.patch(&endpoint, &json!({ "target_url": target })).await,
        ] {
            assert_eq!(is(answer, 400)["details"]["failures"][0]["path"], "target_url", "{target}");
        }
    }
    assert_eq!(is(client.get(&endpoint).await, 200)["target_url"], "https://app.example.com/");
    is(client.delete(&endpoint).await, 200);
    // A public name that resolves to this machine.
    let webhook = add_to(&client, &format!("https://hooks.example.com:{}/", receiver.address().port())).await;
    connect(&client).await;
    let waits = |page: &Value| page["result"][1]["last_error"].is_string();
    let page = until(&client, &format!("/webhook/{}/delivery", webhook.id), waits).await;
    let error = page["result"][1]["last_error"].as_str().unwrap();
    assert!(error.contains("hooks.example.com") && error.contains("webhook.allow_private"), "{error}");
    let tested = is(client.post("/webhook/test", &json!({ "webhook_id": webhook.id })).await, 200);
    assert_eq!((&tested["delivered"], &tested["status"]), (&json!(false), &Value::Null));
    assert_eq!(receiver.connections(), 0);
    assert!(dns.lookups("hooks.example.com") > 1, "each attempt looks it up");
}

#[tokio::test(flavor = "multi_thread")]
async fn both_secrets_sign_after_a_rotation_until_the_old_one_ends_and_the_master_key_can_be_rotated() {
    let receiver = receiver().await;
    let host = setup(&[&receiver]).start().await;
    let webhook = add(&host, &receiver).await;
    let (client, target) = (host.client(), format!("/webhook/{}", webhook.id));
    let rotated = is(client.patch(&target, &json!({ "rotate_secret": true })).await, 200);
    let new = rotated["secret"].as_str().unwrap();
    let until = rotated["previous_secret_until"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!((until - jiff::Timestamp::now()).get_seconds() > 23 * 3_600);
    assert!(is(client.get(&target).await, 200).get("secret").is_none());
    // A second rotation now would end the old secret, which the receiver still has.
    let again = json!({ "rotate_secret": true, "is_active": false });
    let again = is(client.patch(&target, &again).await, 409);
    assert!(again["message"].as_str().unwrap().contains(rotated["previous_secret_until"].as_str().unwrap()), "{again}");
    assert_eq!(is(client.get(&target).await, 200)["is_active"], true, "nothing is changed");
    let output = expect("end of the rotation", rotate(&host).wait_with_output()).await.unwrap();
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&printed["changed"], &printed["unreadable"]), (&json!(2), &json!(0)), "{printed}");
    connect(&client).await;
    let requests = receiver.wait_for_requests(2).await;
    for request in &requests {
        assert!(is_signed_by(request, &webhook.secret) && is_signed_by(request, new));
    }
    host.sql("UPDATE webhook SET previous_secret_until = 0").await;
    let id = &connect(&client).await["id"];
    let is_about_it = |request: &&Recorded| request.json()["payload"]["id"] == *id;
    // An earlier event may come again, if its answer was late.
    let mut requests = receiver.wait_for_requests(4).await;
    while requests.iter().filter(is_about_it).count() < 2 {
        requests = receiver.wait_for_requests(requests.len() + 1).await;
    }
    for request in requests.iter().filter(is_about_it) {
        assert!(!is_signed_by(request, &webhook.secret) && is_signed_by(request, new));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hosts_on_one_database_each_delivery_is_sent_by_one() {
    const ACCOUNTS: usize = 20;
    let receiver = receiver().await;
    let host = setup(&[&receiver]).start().await;
    let other = setup(&[&receiver]).beside(&host).start().await;
    let webhook = add(&host, &receiver).await;
    let clients = [host.client(), other.client()];
    let made = (0..ACCOUNTS).map(|number| connect(&clients[number % 2]));
    futures_util::future::join_all(made).await;
    let target = format!("/webhook/{}/delivery?status=sent", webhook.id);
    let all = |page: &Value| page["result"].as_array().unwrap().len() == 2 * ACCOUNTS;
    until(&clients[0], &target, all).await;
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2 * ACCOUNTS, "none twice");
    let mut of_accounts = BTreeMap::<String, Vec<String>>::new();
    for (request, event) in requests.iter().zip(events(&requests)) {
        of_accounts.entry(request.json()["payload"]["id"].to_string()).or_default().push(event);
    }
    let order = ["integrated_account:created", "integrated_account:active"];
    assert!(of_accounts.len() == ACCOUNTS && of_accounts.values().all(|events| *events == order));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_killed_while_it_sends_loses_nothing() {
    let (vendor, receiver) = (Vendor::start(agent()).await, receiver().await);
    receiver.next(Behaviour::never());
    let directory = TempDir::new().unwrap();
    let configuration = directory.path().join("mortise.toml");
    fs::write(&configuration, format!("[webhook]\nallow_private = [\"{}\"]\n", receiver.url())).unwrap();
    let environment =
        [("MORTISE_CONFIG", configuration.to_str().unwrap()), ("MORTISE_LIMITS_WEBHOOK_TIMEOUT_MS", "2000")];
    let mut host = Spawned::start("dixa", &vendor.url(), &environment).await;
    add_to(&host.admin_client(), &receiver.url()).await;
    connect(&host.admin_client()).await;
    receiver.wait_for_requests(1).await;
    host.kill();
    host.restart().await;
    let requests = receiver.wait_for_requests(3).await;
    assert_eq!((&requests[1].body, &ids(&requests)[1]), (&requests[0].body, &ids(&requests)[0]));
    assert_eq!(events(&requests)[2], "integrated_account:active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_hangs_delays_no_other_one_and_is_given_its_own_few_attempts() {
    let (hung, receiver) = (Vendor::start(Behaviour::never()).await, receiver().await);
    let host = setup(&[&hung, &receiver]).limits(|limits| limits.webhook_timeout_ms = 120_000).start().await;
    add(&host, &hung).await;
    let client = host.client();
    for _ in 0..10 {
        connect(&client).await;
    }
    hung.wait_for_requests(4).await;
    add(&host, &receiver).await;
    for _ in 0..10 {
        connect(&client).await;
    }
    receiver.wait_for_requests(20).await;
    assert_eq!(hung.requests().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_a_body_a_log_or_the_database() {
    let receiver = receiver().await;
    let host = setup(&[&receiver]).start().await;
    let webhook = add(&host, &receiver).await;
    let token = Canary::new();
    let (client, id) = (host.client(), host.account_with("dixa", "t", &[("api_token", token.as_str())]).await);
    let rotated = is(client.patch(&format!("/webhook/{}", webhook.id), &json!({ "rotate_secret": true })).await, 200);
    receiver.next(Answer::new(500, "text/plain", "a-word-of-the-receiver"));
    is(client.delete(&format!("/integrated-account/{id}")).await, 200);
    receiver.wait_for_requests(4).await;
    let bodies: Vec<u8> = receiver.requests().iter().flat_map(|request| request.raw.clone()).collect();
    let (log, written) = (logs::captured(), database::written(host.data.path()).await);
    token.assert_absent("the requests", &bodies);
    for secret in [webhook.secret.as_str(), rotated["secret"].as_str().unwrap()] {
        let secret = Canary::of(secret.trim_start_matches("whsec_"));
        secret.assert_absent("the requests", &bodies);
        secret.assert_absent("the log", &log);
        secret.assert_absent("the database", &written);
    }
    token.assert_absent("the log", &log);
    assert!(!log.contains("a-word-of-the-receiver") && log.contains("webhook: failed, and is tried again"));
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_the_operators_and_have_bounds() {
    let host = setup(&[]).start().await;
    let (token, _) = host.app.service.accounts.tokens().create(Scope::Admin, Some("t"), None, None).await.unwrap();
    let tenants = Client::new(host.address).token(token.expose_secret());
    let calls = Client::new(host.address).token(&host.call_token(None).await);
    let new = json!({ "target_url": "https://app.example.com/hooks" });
    for client in [&tenants, &calls] {
        is(client.get("/webhook").await, 403);
        is(client.post("/webhook", &new).await, 403);
    }
    is(Client::new(host.address).get("/webhook").await, 401);
    let client = host.client();
    for (body, path) in [
        (json!({}), "target_url"),
        (json!({ "target_url": "https://app.example.com", "event_types": ["test"] }), "event_types"),
        (json!({ "target_url": "https://app.example.com", "event_types": "integrated_account:active" }), "event_types"),
        (json!({ "target_url": "https://app.example.com", "secret": "whsec_mine" }), "secret"),
    ] {
        let refused = is(client.post("/webhook", &body).await, 400);
        assert_eq!(refused["details"]["failures"][0]["path"], path, "{refused}");
    }
    let first = is(client.post("/webhook", &new).await, 201);
    for _ in 1..50 {
        is(client.post("/webhook", &new).await, 201);
    }
    is(client.post("/webhook", &new).await, 409);
    let target = format!("/webhook/{}", first["id"].as_str().unwrap());
    for nothing in [json!({}), json!({ "target_url": null, "event_types": null })] {
        let refused = is(client.patch(&target, &nothing).await, 400);
        assert!(refused["message"].as_str().unwrap().contains("must have one of target_url"), "{refused}");
    }
    is(client.delete(&target).await, 200);
    for answer in [
        client.get(&target).await,
        client.delete(&target).await,
        client.patch(&target, &json!({ "is_active": true })).await,
    ] {
        is(answer, 404);
    }
    is(client.post("/webhook", &new).await, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_deleted_after_a_week_and_what_was_given_up_after_a_month() {
    let receiver = receiver().await;
    let host = setup(&[&receiver]).limits(|limits| limits.webhook_attempts = 1).start().await;
    let webhook = add(&host, &receiver).await;
    receiver.next(refused());
    connect(&host.client()).await;
    let target = format!("/webhook/{}/delivery", webhook.id);
    until(&host.client(), &target, |page| page["result"][0]["status"] == "sent").await;
    let webhooks = host.app.service.accounts.webhooks();
    for (days, deleted) in [(6, 0), (2, 1), (21, 0), (2, 1)] {
        let age = format!("UPDATE webhook_delivery SET updated_at = updated_at - {}", days * 86_400_000_000_i64);
        host.sql(Box::leak(age.into_boxed_str())).await;
        assert_eq!(webhooks.purge().await.unwrap(), deleted, "{days} days more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_do_what_the_routes_do() {
    let receiver = receiver().await;
    let configuration = format!("[webhook]\nallow_private = [\"{}\"]\n", receiver.url());
    let operator = Operator::new(&configuration, &[]);
    operator.run(&["key", "init"]).await;
    let url = format!("{}/hooks", receiver.url());
    let secret = operator.run(&["webhook", "add", &url, "--event", "integrated_account:deleted"]).await;
    let listed: Value = serde_json::from_str(&operator.run(&["webhook", "list", "--json"]).await).unwrap();
    let id = listed["result"][0]["id"].as_str().unwrap();
    assert_eq!(listed["result"][0]["event_types"], json!(["integrated_account:deleted"]));
    let tested: Value = serde_json::from_str(&operator.run(&["webhook", "test", id, "--json"]).await).unwrap();
    assert_eq!(tested, json!({ "delivered": true, "status": 200, "error": null }));
    let requests = receiver.wait_for_requests(1).await;
    assert!(is_signed_by(&requests[0], &secret) && requests[0].json()["event"] == "test");
    let rotated = operator.run(&["webhook", "rotate", id]).await;
    assert!(rotated.starts_with("whsec_") && rotated != secret);
    let off: Value =
        serde_json::from_str(&operator.run(&["webhook", "set", id, "--active", "false", "--json"]).await).unwrap();
    assert_eq!(off["is_active"], false);
    operator.run(&["webhook", "set", id, "--active", "true", "--all-events"]).await;
    let shown = operator.run(&["webhook", "show", id]).await;
    assert!(shown.contains(&url) && shown.contains("all") && !shown.contains("whsec_"), "{shown}");
    let replayed = operator.run(&["webhook", "replay", id, "--since", "2020-01-01T00:00:00Z", "--json"]).await;
    assert_eq!(replayed, r#"{"replayed":0}"#);
    let again = operator.command(&["webhook", "rotate", id]).output().await.unwrap();
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(again.status.code() == Some(1) && said.contains("was rotated already"), "{said}");
    let unknown = ["webhook", "replay", id, "--event-id", "019a3c20-0c4f-7d11-8a5e-0d6f2b1c9e77"];
    let unknown = operator.command(&unknown).output().await.unwrap();
    let said = String::from_utf8_lossy(&unknown.stderr);
    assert!(unknown.status.code() == Some(1) && said.contains("there is no delivery of this event"), "{said}");
    for wrong in [
        &["webhook", "add", "http://app.example.com"][..],
        &["webhook", "replay", id],
        &["webhook", "set", id],
        &["webhook", "set", id, "--url", ""],
    ] {
        let output = operator.command(wrong).output().await.unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    }
    operator.run(&["webhook", "remove", id, "--yes"]).await;
    assert_eq!(operator.run(&["webhook", "list", "--json"]).await, r#"{"result":[]}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_tells_of_an_account_without_variables_that_may_be_secret_by_now() {
    let operator = Operator::new("", &["solarwinds-service-desk"]);
    operator.run(&["key", "init"]).await;
    operator.run(&["grant", "solarwinds-service-desk", "--yes"]).await;
    operator.run(&["webhook", "add", "https://app.example.com/hooks"]).await;
    let create = ["account", "create", "solarwinds-service-desk", "--tenant", "t", "--json"];
    let variables = ["--secret", "api_token=env:CREDENTIAL", "--set", "api_host=apieu"];
    let mut create = operator.command(&[&create[..], &variables].concat());
    let made = create.env("CREDENTIAL", "secret-value").output().await.unwrap();
    let account: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(account["context"], json!({ "api_host": "apieu" }));
    operator.run(&["account", "delete", account["id"].as_str().unwrap(), "--yes"]).await;
    let url = format!("sqlite://{}", operator.directory().join("data/mortise.db").display());
    let mut database = sqlx::AnyConnection::connect(&url).await.unwrap();
    let rows =
        sqlx::query("SELECT body FROM webhook_delivery ORDER BY sequence").fetch_all(&mut database).await.unwrap();
    let bodies: Vec<Value> = rows.iter().map(|row| serde_json::from_str(row.get("body")).unwrap()).collect();
    assert_eq!(bodies.last().unwrap()["event"], "integrated_account:deleted");
    for body in bodies {
        assert_eq!(body["payload"]["id"], account["id"]);
        assert!(body["payload"].get("context").is_none(), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_not_found_or_not_allowed_is_told_with_the_cause() {
    let receiver = receiver().await;
    let host = setup(&[&receiver]).resolver(ScriptedDns::new()).start().await;
    let client = host.client();
    let webhook = add(&host, &receiver).await;
    let set = |target: &str| {
        let sql = format!("UPDATE webhook SET target_url = '{target}'");
        host.sql(Box::leak(sql.into_boxed_str()))
    };
    for (target, cause) in [
        ("http://app.example.com/", "http is allowed only for origins in webhook.allow_private"),
        ("https://unknown.example.com/", "no such host in the script"),
    ] {
        set(target).await;
        let tested = is(client.post("/webhook/test", &json!({ "webhook_id": webhook.id })).await, 200);
        assert!(tested["error"].as_str().unwrap().contains(cause), "{target}: {tested}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_connection_is_told_as_one_and_times_of_events_are_in_microseconds() {
    let receiver = receiver().await;
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let configuration = format!("[webhook]\nallow_private = [\"{}\", \"http://{gone}\"]\n", receiver.url());
    let operator = Operator::new(&configuration, &[]);
    operator.run(&["key", "init"]).await;
    operator.run(&["webhook", "add", &format!("http://{gone}/")]).await;
    let listed: Value = serde_json::from_str(&operator.run(&["webhook", "list", "--json"]).await).unwrap();
    let id = listed["result"][0]["id"].as_str().unwrap();
    let tested = operator.command(&["webhook", "test", id]).output().await.unwrap();
    let said = String::from_utf8_lossy(&tested.stderr);
    assert!(said.contains("the receiver was not reached") && said.contains("Connection refused"), "{said}");
    operator.run(&["webhook", "set", id, "--url", &receiver.url()]).await;
    operator.run(&["webhook", "test", id]).await;
    let body = receiver.wait_for_requests(1).await[0].json();
    let fraction = body["created_at"].as_str().unwrap().rsplit_once('.').map_or(0, |(_, digits)| digits.len() - 1);
    assert!(fraction <= 6, "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_page_lists_few_of_thousands_and_says_how_many_there_are() {
    let receiver = Vendor::start(Behaviour::never()).await;
    let host = setup(&[&receiver]).start().await;
    let webhook = add(&host, &receiver).await;
    connect(&host.client()).await;
    receiver.wait_for_requests(1).await;
    let applications = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 2999) \
        INSERT INTO oauth_application (id, integration, tenant_id, client_id, scopes, created_at, updated_at) \
        SELECT '00000000-0000-4000-8000-' || substr(CAST(1000000000000 + i AS TEXT), 2), 'dixa', \
        CASE WHEN i = 0 THEN '' ELSE 'tenant-' || CAST(i AS TEXT) END, 'client', '[]', 1, 1 FROM n";
    assert_eq!(host.sql(applications).await, 3_000);
    // All accounts use the application for all tenants. 2,999 tenants have an application of their own, so their
    // accounts get another one.
    let accounts = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) \
        INSERT INTO integrated_account (id, tenant_id, integration, status, is_sandbox, context, secrets, created_at, updated_at, \
        version, application_id, last_error) \
        SELECT '00000000-0000-4000-9000-' || substr(CAST(1000000000000 + i AS TEXT), 2), \
        'tenant-' || CAST(CASE WHEN i <= 7 THEN 17 ELSE i END AS TEXT), 'dixa', 'needs_reauth', 0, '{}', secrets, 1, 1, 1, \
        '00000000-0000-4000-8000-000000000000', '{}' FROM n, integrated_account";
    assert_eq!(host.sql(accounts).await, 50_000);
    let page = host.operator().get("/operator").await.text();
    let (_, listed) = page.split_once("OAuth applications</h2>").unwrap();
    let first = listed.split("<tr>").nth(2).unwrap();
    assert!(first.contains("tenant-17") && first.contains("<td>8</td>"), "{first}");
    for text in ["50 of 3000 are listed.", "50 of 50000 are listed.", "mortise webhook show", "Oldest that waits"] {
        assert!(page.contains(text), "{text}");
    }
    let row = page.split("<tr>").find(|row| row.contains(&webhook.id)).unwrap();
    assert!(row.contains(" s</td>") || row.contains(" min</td>"), "the age: {row}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_is_what_the_openapi_document_says() {
    let receiver = receiver().await;
    let host = setup(&[&receiver]).start().await;
    add(&host, &receiver).await;
    let client = host.client();
    let account = connect(&client).await;
    is(client.patch(&path(&account), &json!({ "status": "needs_reauth" })).await, 200);
    is(client.delete(&path(&account)).await, 200);
    let document = client.get("/openapi.json").await.json();
    let described: Vec<_> = document["webhooks"].as_object().unwrap().keys().cloned().collect();
    let names = ["created", "active", "authentication_error", "validation_error", "deleted"];
    assert_eq!(described, names.map(|name| format!("integrated_account:{name}")));
    let schema = &document["components"]["schemas"]["WebhookEvent"];
    for request in receiver.wait_for_requests(4).await {
        let (body, post) = (request.json(), &document["webhooks"][&events(std::slice::from_ref(&request))[0]]["post"]);
        let content = &post["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(content["properties"]["event"]["const"], body["event"], "{post}");
        let headers: Vec<_> = post["parameters"].as_array().unwrap().iter().collect();
        assert_eq!(headers.len(), 4, "{post}");
        for header in headers {
            assert_eq!((&header["in"], &header["required"]), (&json!("header"), &json!(true)));
            assert!(request.header(header["name"].as_str().unwrap()).is_some(), "{header}");
        }
        for (schema, value) in [(schema, &body), (&schema["properties"]["payload"], &body["payload"])] {
            let has = |name: &Value| value.get(name.as_str().unwrap()).is_some();
            assert!(schema["required"].as_array().unwrap().iter().all(has), "{value}");
            assert!(value.as_object().unwrap().keys().all(|name| schema["properties"].get(name).is_some()), "{value}");
        }
    }
    let page = client.get("/docs/api").await.text();
    for text in
        ["What a webhook receives", "integrated_account:validation_error", "webhook-request-header-webhook-signature"]
    {
        assert!(page.contains(text), "{text}");
    }
}

/// A database without a running host, in which the test can store accounts.
async fn database_alone(directory: &TempDir) -> Accounts {
    let key = MasterKey::generate_file(&directory.path().join("master.key")).unwrap();
    let accounts = Accounts::connect(&database::url(directory.path()).await).await.unwrap();
    accounts.with_vault(Arc::new(Vault::new(key, [])))
}

async fn store(accounts: &Accounts) -> String {
    let new = NewAccount {
        tenant_id: "t".to_owned(),
        integration: "dixa".to_owned(),
        authentication_method: None,
        is_sandbox: false,
        context: serde_json::Map::new(),
        secrets: Secrets::new(),
        application_id: None,
    };
    accounts.create(new).await.unwrap().id.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_writes_no_event_does_not_wake_the_sender() {
    let directory = TempDir::new().unwrap();
    let accounts = database_alone(&directory).await;
    let webhooks = accounts.webhooks();
    let is_woken = async || tokio::time::timeout(Duration::ZERO, webhooks.written()).await.is_ok();
    store(&accounts).await;
    assert!(!is_woken().await, "no endpoint gets an event");
    let new = |event_types| NewWebhook { target_url: "https://example.com".to_owned(), event_types, is_active: true };
    webhooks.create(&new(vec!["integrated_account:deleted".parse().unwrap()])).await.unwrap();
    let account = store(&accounts).await;
    assert!(!is_woken().await, "the endpoint does not want this");
    accounts.delete(account.parse().unwrap(), None).await.unwrap();
    assert!(is_woken().await, "the endpoint wants this");
}

/// Leases at most `most` deliveries of the only endpoint.
async fn claimed(webhooks: &Webhooks, most: usize) -> Vec<Delivery> {
    let webhook = &webhooks.active().await.unwrap()[0];
    webhooks.claim(webhook, most, Duration::from_secs(60)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn several_deliveries_are_leased_at_once_the_first_of_each_account_and_none_twice() {
    let directory = TempDir::new().unwrap();
    let accounts = database_alone(&directory).await;
    let webhooks = accounts.webhooks();
    let new = NewWebhook { target_url: "https://example.com".to_owned(), event_types: Vec::new(), is_active: true };
    webhooks.create(&new).await.unwrap();
    for _ in 0..5 {
        store(&accounts).await;
    }
    // Two hosts lease at once.
    let (some, others) = tokio::join!(claimed(&webhooks, 3), claimed(&webhooks, 10));
    let rest = claimed(&webhooks, 10).await;
    let first: Vec<_> = some.iter().chain(&others).chain(&rest).collect();
    let ids: BTreeSet<_> = first.iter().map(|delivery| delivery.event_id).collect();
    assert_eq!((first.len(), ids.len(), some.len() <= 3), (5, 5, true), "each once");
    assert!(first.iter().all(|delivery| delivery.event == "integrated_account:created"), "{first:?}");
    let webhook = &webhooks.active().await.unwrap()[0];
    for delivery in &first[..2] {
        webhooks.finish(webhook, delivery, &Attempted::Taken(204), Duration::from_secs(60)).await.unwrap();
    }
    let next = claimed(&webhooks, 10).await;
    assert_eq!(next.len(), 2, "of the two accounts whose first was sent");
    assert!(next.iter().all(|delivery| delivery.event == "integrated_account:active"), "{next:?}");
}

/// `count` waiting deliveries of one deleted account. The first of them is not due for a long time.
async fn backlog(host: &Host, webhook: &str, count: u32) {
    let sql = format!(
        "INSERT INTO webhook_delivery (event_id, webhook_id, account_id, order_key, sequence, event, body, status, attempts, next_at, \
         leased_until, created_at, updated_at) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         SELECT 'e' || i, '{webhook}', 'gone', '0', i, 'test', '', 'pending', 0, CASE WHEN i = 1 THEN {} ELSE 0 END, 0, 0, 0 FROM n",
        i64::MAX
    );
    assert_eq!(host.sql(Box::leak(sql.into_boxed_str())).await, u64::from(count));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_of_one_account_and_a_row_that_cannot_be_read_delay_no_other_account_and_no_other_endpoint() {
    let (receiver, other) = (receiver().await, receiver().await);
    let host = setup(&[&receiver, &other]).start().await;
    let webhook = add(&host, &receiver).await;
    add(&host, &other).await;
    backlog(&host, &webhook.id, 20_000).await;
    connect(&host.client()).await;
    receiver.wait_for_requests(2).await;
    other.wait_for_requests(2).await;
    host.sql("UPDATE webhook_delivery SET next_at = 0 WHERE event_id = 'e1'").await;
    let broken = "UPDATE webhook SET event_types = 'none' WHERE id = (SELECT MIN(id) FROM webhook)";
    connect(&host.client()).await;
    receiver.wait_for_requests(4).await;
    host.sql(broken).await;
    connect(&host.client()).await;
    other.wait_for_requests(6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_an_endpoint_is_given_up_in_batches_when_it_is_switched_off_and_deleted_with_it() {
    let receiver = receiver().await;
    let host = setup(&[&receiver]).start().await;
    let webhook = add(&host, &receiver).await;
    backlog(&host, &webhook.id, 1_200).await;
    let (client, target) = (host.client(), format!("/webhook/{}", webhook.id));
    let off = is(client.patch(&target, &json!({ "is_active": false })).await, 200);
    assert_eq!((&off["waiting"], &off["dead"]), (&json!(700), &json!(500)));
    host.app.service.accounts.webhooks().purge().await.unwrap();
    let off = is(client.get(&target).await, 200);
    assert_eq!(off["waiting"], 0);
    is(client.patch(&target, &json!({ "is_active": true })).await, 200);
    backlog(&host, "gone", 600).await;
    host.sql("UPDATE webhook_delivery SET updated_at = 0").await;
    assert_eq!(
        host.app.service.accounts.webhooks().purge().await.unwrap(),
        1_800,
        "the old deliveries of a deleted endpoint"
    );
    backlog(&host, &webhook.id, 600).await;
    is(client.delete(&target).await, 200);
    assert_eq!(host.sql("DELETE FROM webhook_delivery").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_event_that_fails_holds_back_no_new_one_of_its_account() {
    let receiver = receiver().await;
    let host = setup(&[&receiver]).start().await;
    let webhook = add(&host, &receiver).await;
    let client = host.client();
    let account = connect(&client).await;
    let target = format!("/webhook/{}", webhook.id);
    let sent = |page: &Value| page["result"][0]["status"] == "sent" && page["result"][1]["status"] == "sent";
    let page = until(&client, &format!("{target}/delivery"), sent).await;
    receiver.next(Answer::new(503, "text/plain", "busy").header("retry-after", "60"));
    let replay = json!({ "event_id": page["result"][1]["event_id"] });
    assert_eq!(is(client.post(&format!("{target}/replay"), &replay).await, 200)["replayed"], 1);
    receiver.wait_for_requests(3).await;
    is(client.patch(&path(&account), &json!({ "status": "needs_reauth" })).await, 200);
    let requests = receiver.wait_for_requests(4).await;
    assert_eq!(events(&requests)[3], "integrated_account:authentication_error");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_of_another_target_or_of_long_ago_do_not_switch_an_endpoint_off() {
    let (receiver, other) = (receiver().await, Vendor::start(refused()).await);
    receiver.next(Answer::new(503, "text/plain", "busy").header("retry-after", "60"));
    let host = setup(&[&receiver, &other]).limits(|limits| limits.webhook_attempts = 2).start().await;
    let webhook = add(&host, &receiver).await;
    let (client, target) = (host.client(), format!("/webhook/{}", webhook.id));
    connect(&client).await;
    let failed = |page: &Value| page["result"][1]["last_error"].is_string();
    until(&client, &format!("{target}/delivery"), failed).await;
    let backdate = format!("UPDATE webhook SET failing_since = failing_since - {}", 6 * 24 * 3_600_000_000_i64);
    let backdate: &'static str = Box::leak(backdate.into_boxed_str());
    host.sql(backdate).await;
    is(client.patch(&target, &json!({ "target_url": other.url() })).await, 200);
    host.sql("DELETE FROM webhook_delivery").await;
    for dead in [2, 4] {
        connect(&client).await;
        let shown = until(&client, &target, |shown| shown["dead"] == dead || shown["is_active"] == false).await;
        assert_eq!(shown["is_active"], true, "{shown}");
        host.sql(backdate).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_does_not_open_uses_up_no_attempt_of_the_receiver() {
    let receiver = receiver().await;
    let host = setup(&[&receiver]).limits(|limits| limits.webhook_attempts = 1).start().await;
    let webhook = add(&host, &receiver).await;
    host.sql("UPDATE webhook SET secret = 'none'").await;
    let client = host.client();
    connect(&client).await;
    let noted = |page: &Value| page["result"][1]["last_error"].is_string();
    let page = until(&client, &format!("/webhook/{}/delivery", webhook.id), noted).await;
    let created = &page["result"][1];
    assert_eq!((&created["status"], &created["attempts"]), (&json!("pending"), &json!(0)), "{created}");
}
