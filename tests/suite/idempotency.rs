//! `Idempotency-Key`: one call, even if the caller sends it several times.

use mortise_tests::client::{Answer as CallersAnswer, Client, Connection};
use mortise_tests::database;
use mortise_tests::host::{Host, Setup, create, update};
use mortise_tests::vendor::{Answer, Behaviour, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixtures::{AGENT_ID, ada, agent, dixa};

/// A client that sends this key.
fn keyed(host: &Host, key: &str) -> Client {
    host.client().header("idempotency-key", key)
}

fn is_replayed(answer: &CallersAnswer) -> bool {
    answer.header("idempotent-replayed") == Some("true")
}

/// Sends as Truto's TypeScript SDK does: after 408, 409, 425, 502, 503 and 504 it sends again at once, three times in
/// all.
async fn send_as_truto(client: &Client, target: &str, body: &Value) -> Vec<CallersAnswer> {
    let mut answers = Vec::new();
    while answers.len() < 3 {
        let answer = client.post(target, body).await;
        let again = [408, 409, 425, 502, 503, 504].contains(&answer.status);
        answers.push(answer);
        if !again {
            break;
        }
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_gets_the_kept_answer_and_the_vendor_sees_one_write() {
    let (vendor, host, account) = dixa(agent().header("x-ratelimit-remaining", "41")).await;
    let mut body = ada();
    body["title"] = json!("is ignored");
    let targets = [("POST", create("ticketing", account, "")), ("PATCH", update("ticketing", AGENT_ID, account, ""))];
    for (count, (method, target)) in targets.iter().enumerate() {
        // The same key for all requests: method and path are parts of its scope.
        let client = keyed(&host, "order-66");
        let first = client.send(method, target, Some(&body)).await;
        assert!(first.status < 300 && !is_replayed(&first), "{}", first.text());
        assert_eq!(first.header("idempotent-replayed"), None);
        let requests = vendor.requests().len();
        for _ in 0..2 {
            let again = client.send(method, target, Some(&body)).await;
            assert!(is_replayed(&again));
            assert_eq!((again.status, &again.body), (first.status, &first.body));
            for name in ["content-type", "x-ratelimit-remaining", "mortise-generation", "mortise-ignored-fields"] {
                assert_eq!(again.header(name), first.header(name), "{name}");
                assert!(first.header(name).is_some(), "{name}");
            }
            assert_ne!(again.header("x-request-id"), first.header("x-request-id"), "each answer has its own id");
        }
        assert_eq!(vendor.requests().len(), requests);
        let writes = vendor.requests().iter().filter(|request| request.method != "GET").count();
        assert_eq!(writes, count + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_that_may_hide_a_write_is_kept_like_any_answer() {
    let (vendor, mut setup) = (Vendor::start(agent()).await, Setup::new());
    setup = setup.limits(|limits| limits.vendor_timeout_ms = 300).plugin_at("dixa", &vendor.url());
    let host = setup.start().await;
    let target = create("ticketing", host.account("dixa").await, "");
    let problem = |status| Behaviour::from(Answer::json(status, &json!({"message": "vendor says no"})));
    for (status, behaviour) in [
        (409, problem(409)),
        (422, problem(422)),
        (500, problem(500)),
        (502, problem(502)),
        (503, problem(503)),
        (504, problem(504)),
        (504, Behaviour::never()),
        (502, Behaviour::drop_before_answer()),
        (502, Behaviour::drop_mid_body()),
        (502, Answer::invalid_json().into()),
    ] {
        let before = vendor.requests().len();
        vendor.next(behaviour);
        let client = keyed(&host, &format!("kept-{before}"));
        let first = client.post(&target, &ada()).await;
        assert_eq!(first.status, status, "{}", first.text());
        let again = client.post(&target, &ada()).await;
        assert_eq!((again.status, &again.body, is_replayed(&again)), (first.status, &first.body, true));
        assert_eq!(vendor.requests().len(), before + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_free_again_where_nothing_was_written() {
    let (vendor, host, account) = dixa(agent()).await;
    let target = create("ticketing", account, "");
    let client = keyed(&host, "again");
    // Refused before any vendor request, by the host and by the integration.
    assert_eq!(client.post(&target, &json!({"name": 7})).await.status, 400);
    assert_eq!(client.post(&target, &json!({"name": "Ada Example"})).await.status, 400);
    assert_eq!(vendor.requests().len(), 0);
    // Turned away by the vendor.
    for (status, answer) in [
        (429, Answer::json(429, &json!({}))),
        (429, Answer::json(429, &json!({})).header("retry-after", "2")),
        (503, Answer::json(503, &json!({})).header("retry-after", "2")),
        (401, Answer::json(401, &json!({}))),
    ] {
        let before = vendor.requests().len();
        // The vendor also turns away the host's own retries.
        vendor.always(answer);
        let first = client.post(&target, &ada()).await;
        assert_eq!((first.status, is_replayed(&first)), (status, false), "{}", first.text());
        assert!(vendor.requests().len() > before);
    }
    vendor.always(agent());
    let new_credentials = json!({"context": {"api_token": "another-token"}});
    host.client().patch(&format!("/integrated-account/{account}"), &new_credentials).await;
    let first = client.post(&target, &ada()).await;
    assert_eq!((first.status, is_replayed(&first)), (201, false), "{}", first.text());
    assert!(is_replayed(&client.post(&target, &ada()).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_free_again_where_no_connection_was_made() {
    let vendor = Vendor::start(agent()).await;
    let url = vendor.url();
    drop(vendor);
    let host = Setup::new().plugin_at("dixa", &url).start().await;
    let target = create("ticketing", host.account("dixa").await, "");
    for _ in 0..2 {
        let answer = keyed(&host, "nobody-home").post(&target, &ada()).await;
        assert_eq!((answer.status, is_replayed(&answer)), (502, false), "{}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_another_body_or_query_is_refused() {
    let (vendor, host, account) = dixa(agent()).await;
    let target = create("ticketing", account, "");
    let client = keyed(&host, "one-request");
    assert_eq!(client.post(&target, &ada()).await.status, 201);
    let mut other = ada();
    other["name"] = json!("Eve Example");
    let answers = [
        client.post(&target, &other).await,
        client.post(&create("ticketing", account, "&truto_response_format=raw"), &ada()).await,
    ];
    for answer in answers {
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert!(answer.status == 400 && message.contains("another query string or body"), "{message}");
        assert!(!is_replayed(&answer));
    }
    assert_eq!(vendor.requests().len(), 1);
    assert!(is_replayed(&client.post(&target, &ada()).await), "the first call's answer is still kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_of_a_call_that_runs_is_a_409_that_says_when_to_come_again() {
    let (held, gate) = Behaviour::from(agent()).held();
    let (vendor, host, account) = dixa(held).await;
    let target = create("ticketing", account, "");
    let client = keyed(&host, "twice");
    let mut first = client.open("POST", &target, Some(&ada())).await;
    vendor.wait_for_requests(1).await;
    let second = client.post(&target, &ada()).await;
    assert_eq!((second.status, second.header("retry-after")), (409, Some("1")), "{}", second.text());
    assert_eq!(second.json().get("truto_is_remote_error"), None, "it is an error of the host");
    gate.release();
    assert_eq!(first.answer().await.map(|answer| answer.status), Some(201));
    let third = client.post(&target, &ada()).await;
    assert_eq!((third.status, is_replayed(&third)), (201, true));
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_parallel_requests_with_one_key_are_one_write() {
    let vendor = Vendor::start(agent()).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).start().await;
    let target = create("ticketing", host.account("dixa").await, "");
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (client, target) = (keyed(&host, "stampede"), target.clone());
        requests.spawn(async move { client.post(&target, &ada()).await });
    }
    let answers = requests.join_all().await;
    let ran = answers.iter().filter(|answer| answer.status == 201 && !is_replayed(answer)).count();
    assert_eq!(ran, 1);
    assert!(answers.iter().all(|answer| answer.status == 409 || answer.status == 201));
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_on_one_database_know_each_others_keys() {
    let (held, gate) = Behaviour::from(agent()).held();
    let (vendor, host, account) = dixa(held).await;
    let other = Setup::new().plugin_at("dixa", &vendor.url()).beside(&host).start().await;
    let target = create("ticketing", account, "");
    let mut first = keyed(&host, "shared").open("POST", &target, Some(&ada())).await;
    vendor.wait_for_requests(1).await;
    assert_eq!(keyed(&other, "shared").post(&target, &ada()).await.status, 409);
    gate.release();
    let first = first.answer().await.expect("an answer");
    let again = keyed(&other, "shared").post(&target, &ada()).await;
    assert_eq!((again.status, &again.body, is_replayed(&again)), (first.status, &first.body, true));

    vendor.always(agent());
    let mut requests = tokio::task::JoinSet::new();
    for number in 0..40 {
        let host = if number % 2 == 0 { &host } else { &other };
        let (client, target) = (keyed(host, "race"), target.clone());
        requests.spawn(async move { client.post(&target, &ada()).await.status });
    }
    assert!(requests.join_all().await.iter().all(|status| [201, 409].contains(status)));
    assert_eq!(vendor.requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_methods_paths_and_keys_do_not_clash() {
    let (vendor, host, account) = dixa(agent()).await;
    let another = host.account("dixa").await;
    let targets = [
        ("POST", create("ticketing", account, "")),
        ("POST", create("ticketing", another, "")),
        ("PATCH", update("ticketing", "1", account, "")),
        ("PATCH", update("ticketing", "2", account, "")),
        ("PATCH", update("ticketing", "2", another, "")),
    ];
    for key in ["a", "b"] {
        for (method, target) in &targets {
            let answer = keyed(&host, key).send(method, target, Some(&ada())).await;
            assert!(answer.status < 300 && !is_replayed(&answer), "{key} {method} {target}: {}", answer.text());
        }
    }
    let writes = vendor.requests().iter().filter(|request| request.method != "GET").count();
    assert_eq!(writes, 2 * targets.len());
    let stranger = host.call_token(Some("somebody-else")).await;
    let stranger = Client::new(host.address).token(&stranger).header("idempotency-key", "a");
    assert_eq!(stranger.post(&targets[0].1, &ada()).await.status, 404, "a kept answer is not for other tenants");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_1_to_255_visible_characters_and_comes_once() {
    let (vendor, host, account) = dixa(agent()).await;
    let target = create("ticketing", account, "");
    for bad in ["", "two words", "\u{e9}", &"x".repeat(256)] {
        let answer = keyed(&host, bad).post(&target, &ada()).await;
        assert_eq!(answer.status, 400, "{bad}");
        let failure = answer.json()["details"]["failures"][0].clone();
        assert_eq!((&failure["path"], &failure["in"]), (&json!("idempotency-key"), &json!("header")));
    }
    let twice = keyed(&host, "a").header("idempotency-key", "a").post(&target, &ada()).await;
    assert!(twice.status == 400 && twice.text().contains("must come once"), "{}", twice.text());
    assert_eq!(vendor.requests().len(), 0);
    for good in ["!", &"x".repeat(255)] {
        assert_eq!(keyed(&host, good).post(&target, &ada()).await.status, 201, "{good}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_ignores_the_key_and_a_stream_is_kept_whole() {
    let (vendor, host, account) = dixa(agent()).await;
    let dry = create("ticketing", account, "&mortise_dry_run=true");
    let stream = create("ticketing", account, "&truto_response_format=stream");
    for _ in 0..2 {
        let answer = keyed(&host, "k").post(&dry, &ada()).await;
        assert_eq!((answer.status, is_replayed(&answer)), (200, false));
    }
    let first = keyed(&host, "k").post(&stream, &ada()).await;
    let again = keyed(&host, "k").post(&stream, &ada()).await;
    assert_eq!((first.status, is_replayed(&first), is_replayed(&again)), (201, false, true), "{}", first.text());
    assert_eq!(first.json()["data"]["id"], AGENT_ID, "the vendor's own body");
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_answer_cannot_be_read_in_the_database() {
    let (_vendor, host, account) = dixa(agent()).await;
    assert_eq!(keyed(&host, "very-secret-key").post(&create("ticketing", account, ""), &ada()).await.status, 201);
    assert_eq!(keyed(&host, "other-key").post(&create("ticketing", account, ""), &ada()).await.status, 201);
    assert_eq!(host.sql("UPDATE idempotency_key SET fingerprint = fingerprint WHERE state = 'kept'").await, 2);
    // A reader of the database cannot see that two requests were equal. From a plain digest, one could guess a short
    // body.
    let alike = "DELETE FROM idempotency_key WHERE fingerprint IN \
                 (SELECT fingerprint FROM idempotency_key GROUP BY fingerprint HAVING COUNT(*) > 1)";
    assert_eq!(host.sql(alike).await, 0);
    let data = host.shut_down().await;
    let database = database::written(data.path()).await;
    let found = |needle: &str| database.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(found(&account.to_string()), "the search finds text in the database");
    for secret in ["ada@example.com", "Ada Example", AGENT_ID, "very-secret-key"] {
        assert!(!found(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_hangs_up_does_not_cancel_its_call() {
    let (held, gate) = Behaviour::from(agent()).held();
    let (vendor, mut host, account) = dixa(held).await;
    let target = create("ticketing", account, "");
    let connection = keyed(&host, "gone").open("POST", &target, Some(&ada())).await;
    vendor.wait_for_requests(1).await;
    drop(connection);
    // A shutdown waits for this call, too.
    let ended = host.ask_to_stop();
    gate.release();
    mortise_tests::expect("end of the host", ended).await.expect("the server ends well");
    assert_eq!(host.sql("UPDATE idempotency_key SET fingerprint = fingerprint WHERE state = 'kept'").await, 1);
    let host = Setup::new().plugin_at("dixa", &vendor.url()).beside(&host).start().await;
    let again = keyed(&host, "gone").post(&target, &ada()).await;
    assert_eq!((again.status, is_replayed(&again)), (201, true), "{}", again.text());
    assert_eq!(vendor.requests().len(), 1);
}

/// A call that has sent its write. The test makes its process count as dead.
async fn dead_after_its_write(key: &str) -> (Vendor, Host, Uuid, mortise_tests::vendor::Gate, Connection) {
    let (held, gate) = Behaviour::from(agent()).held();
    let (vendor, host, account) = dixa(held).await;
    let first = keyed(&host, key).open("POST", &create("ticketing", account, ""), Some(&ada())).await;
    vendor.wait_for_requests(1).await;
    assert_eq!(host.sql("UPDATE idempotency_key SET lease_until = 0 WHERE state = 'sent'").await, 1);
    (vendor, host, account, gate, first)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_died_after_its_write_has_an_unknown_outcome() {
    let (vendor, host, account, gate, mut first) = dead_after_its_write("lost").await;
    let target = create("ticketing", account, "");
    for _ in 0..2 {
        let answer = keyed(&host, "lost").post(&target, &ada()).await;
        let message = answer.json()["message"].as_str().unwrap().to_owned();
        assert_eq!((answer.status, answer.header("retry-after")), (409, None));
        assert!(message.contains("unknown") && message.contains("new key"), "{message}");
    }
    assert_eq!(vendor.requests().len(), 1);
    // The process was alive after all.
    gate.release();
    assert_eq!(first.answer().await.map(|answer| answer.status), Some(201));
    assert!(is_replayed(&keyed(&host, "lost").post(&target, &ada()).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_died_before_its_write_runs_again_and_its_ghost_writes_nothing() {
    let (vendor, host, account) = dixa(agent()).await;
    let target = update("ticketing", AGENT_ID, account, "");
    // Clears a field, so that this integration reads before it writes.
    let body = json!({"name": "Ada Example", "first_name": null});
    let (held, gate) = Behaviour::from(agent()).held();
    vendor.next(held);
    let mut first = keyed(&host, "ghost").open("PATCH", &target, Some(&body)).await;
    vendor.wait_for_requests(1).await;
    assert_eq!(host.sql("UPDATE idempotency_key SET lease_until = 0 WHERE state = 'running'").await, 1);

    let second = keyed(&host, "ghost").patch(&target, &body).await;
    assert_eq!((second.status, is_replayed(&second)), (200, false), "{}", second.text());
    gate.release();
    let first = first.answer().await.expect("an answer");
    assert_eq!((first.status, first.header("retry-after")), (409, Some("1")), "{}", first.text());
    let third = keyed(&host, "ghost").patch(&target, &body).await;
    assert_eq!((third.status, &third.body, is_replayed(&third)), (200, &second.body, true));
    assert_eq!(vendor.requests().iter().filter(|request| request.method == "PUT").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_came_late_to_its_write_is_not_taken_for_dead_while_it_writes() {
    let (vendor, host, account) = dixa(agent()).await;
    let target = update("ticketing", AGENT_ID, account, "");
    let body = json!({"name": "Ada Example", "first_name": null});
    let ((reads, read), (writes, write)) = (Behaviour::from(agent()).held(), Behaviour::from(agent()).held());
    vendor.next(reads).next(writes);
    let mut first = keyed(&host, "late").open("PATCH", &target, Some(&body)).await;
    vendor.wait_for_requests(1).await;
    // As if the call waited for the database longer than its lease.
    assert_eq!(host.sql("UPDATE idempotency_key SET lease_until = 0, expires_at = expires_at - 86300000000").await, 1);
    read.release();
    vendor.wait_for_requests(2).await;
    let second = keyed(&host, "late").patch(&target, &body).await;
    assert_eq!((second.status, second.header("retry-after")), (409, Some("1")), "{}", second.text());
    write.release();
    assert_eq!(first.answer().await.map(|answer| answer.status), Some(200));
    assert!(is_replayed(&keyed(&host, "late").patch(&target, &body).await));
    assert_eq!(vendor.requests().iter().filter(|request| request.method == "PUT").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_too_large_to_keep_is_said_to_be_and_never_written_twice() {
    let (vendor, host, account) = dixa(agent()).await;
    let target = create("ticketing", account, "&truto_response_format=raw");
    for (bytes, is_kept) in [(200 << 10, true), (300 << 10, false)] {
        let before = vendor.requests().len();
        vendor.next(Answer::json(201, &json!({"data": {"id": AGENT_ID, "note": "x".repeat(bytes)}})));
        let client = keyed(&host, &format!("large-{bytes}"));
        let first = client.post(&target, &ada()).await;
        assert_eq!(first.status, 201, "{}", first.text());
        assert!(first.body.len() > bytes, "the caller gets the whole answer");
        let again = client.post(&target, &ada()).await;
        if is_kept {
            assert_eq!((again.status, &again.body, is_replayed(&again)), (201, &first.body, true));
        } else {
            assert_eq!((again.status, again.header("retry-after")), (409, None), "{}", again.text());
            let message = again.json()["message"].as_str().expect("a message").to_owned();
            assert!(message.contains("status 201") && message.contains("too large to keep"), "{message}");
        }
        assert_eq!(vendor.requests().len(), before + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_kept_answers_go_with_their_account() {
    let (_vendor, host, account) = dixa(agent()).await;
    let other = host.account("dixa").await;
    for account in [account, other] {
        assert_eq!(keyed(&host, "gone").post(&create("ticketing", account, ""), &ada()).await.status, 201);
    }
    assert_eq!(host.client().delete(&format!("/integrated-account/{account}")).await.status, 200);
    assert_eq!(host.sql("DELETE FROM idempotency_key").await, 1, "only the other account's is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyed_call_that_meets_the_deletion_of_its_account_is_a_404_and_writes_nothing() {
    let (vendor, host, account) = dixa(agent()).await;
    // The account is deleted while the call reads, before its first write.
    let body = json!({"name": "Ada Example", "first_name": null});
    let (held, gate) = Behaviour::from(agent()).held();
    vendor.next(held);
    let mut reading =
        keyed(&host, "reads").open("PATCH", &update("ticketing", AGENT_ID, account, ""), Some(&body)).await;
    vendor.wait_for_requests(1).await;
    assert_eq!(host.client().delete(&format!("/integrated-account/{account}")).await.status, 200);
    gate.release();
    let answer = reading.answer().await.expect("an answer");
    assert_eq!(answer.status, 404, "{}", answer.text());
    assert_eq!(answer.json()["message"], "integrated account not found");
    assert_eq!(vendor.requests().len(), 1, "the read and nothing else");

    // Another host deletes the account, and this host has not seen it when the call takes the key.
    let account = host.account("dixa").await;
    let target = create("ticketing", account, "");
    assert_eq!(host.client().post(&target, &ada()).await.status, 201);
    host.sql("DELETE FROM integrated_account").await;
    let answer = keyed(&host, "claims").post(&target, &ada()).await;
    assert_eq!((answer.status, answer.header("retry-after")), (404, None), "{}", answer.text());
    assert_eq!(vendor.requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_mark_in_the_database_no_write_leaves() {
    let (vendor, host, account) = dixa(agent()).await;
    let target = update("ticketing", AGENT_ID, account, "");
    let body = json!({"name": "Ada Example", "first_name": null});
    let (held, gate) = Behaviour::from(agent()).held();
    vendor.next(held);
    let mut first = keyed(&host, "unmarked").open("PATCH", &target, Some(&body)).await;
    vendor.wait_for_requests(1).await;
    host.sql("ALTER TABLE idempotency_key RENAME TO elsewhere").await;
    gate.release();
    let first = first.answer().await.expect("an answer");
    assert_eq!((first.status, first.header("retry-after")), (503, Some("5")), "{}", first.text());
    assert_eq!(vendor.requests().len(), 1, "the read and nothing else");
    host.sql("ALTER TABLE elsewhere RENAME TO idempotency_key").await;
    assert_eq!(keyed(&host, "unmarked").patch(&target, &body).await.status, 409, "until the lease ends");
    host.sql("UPDATE idempotency_key SET lease_until = 0").await;
    assert_eq!(keyed(&host, "unmarked").patch(&target, &body).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_could_not_be_kept_is_an_unknown_outcome() {
    let (held, gate) = Behaviour::from(agent()).held();
    let (vendor, host, account) = dixa(held).await;
    let target = create("ticketing", account, "");
    let mut first = keyed(&host, "unkept").open("POST", &target, Some(&ada())).await;
    vendor.wait_for_requests(1).await;
    host.sql("ALTER TABLE idempotency_key RENAME TO elsewhere").await;
    gate.release();
    assert_eq!(first.answer().await.map(|answer| answer.status), Some(201), "the caller still gets the answer");
    host.sql("ALTER TABLE elsewhere RENAME TO idempotency_key").await;
    host.sql("UPDATE idempotency_key SET lease_until = 0").await;
    let again = keyed(&host, "unkept").post(&target, &ada()).await;
    assert_eq!((again.status, again.header("retry-after")), (409, None), "{}", again.text());
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_forgotten_in_time() {
    let vendor = Vendor::start(agent()).await;
    let brief = |limits: &mut mortise::config::Limits| limits.idempotency_ms = 1;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).limits(brief).start().await;
    let target = create("ticketing", host.account("dixa").await, "");
    for _ in 0..2 {
        let answer = keyed(&host, "brief").post(&target, &ada()).await;
        assert_eq!((answer.status, is_replayed(&answer)), (201, false));
        // The kept answer expires before the next request.
        assert_eq!(host.sql("UPDATE idempotency_key SET expires_at = expires_at - 1000").await, 1);
    }
    assert_eq!(vendor.requests().len(), 2);
    assert_eq!(host.app.service.accounts.idempotency().purge().await.unwrap(), 1);
    assert_eq!(host.sql("DELETE FROM idempotency_key").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdks_immediate_resends_are_one_write_with_a_key_and_more_without() {
    let (vendor, host, account) = dixa(agent()).await;
    let target = create("ticketing", account, "");
    for status in [502, 503, 504, 409] {
        vendor.always(Answer::json(status, &json!({"message": "busy"})));
        for (client, writes) in [(keyed(&host, &format!("sdk-{status}")), 1), (host.client(), 3)] {
            let before = vendor.requests().len();
            let answers = send_as_truto(&client, &target, &ada()).await;
            assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [status; 3]);
            assert_eq!(vendor.requests().len() - before, writes, "{status}");
        }
    }
}
