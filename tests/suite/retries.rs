//! The requests that the host sends to a vendor again, those that it never repeats, and the vendor's limits.

use mortise::config::Limits;
use mortise_tests::client::Answer as CallersAnswer;
use mortise_tests::host::{Host, Setup, create, session_account};
use mortise_tests::vendor::{Answer, Behaviour, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

/// A component that sends the described requests, its vendor and one account.
struct Prober {
    vendor: Vendor,
    host: Host,
    slug: &'static str,
    account: Uuid,
}

impl Prober {
    async fn start() -> Self {
        Self::start_with("egress-prober", |_| {}).await
    }

    async fn start_with(slug: &'static str, limits: impl FnOnce(&mut Limits)) -> Self {
        let vendor = Vendor::start(Answer::json(200, &json!({ "id": "1" }))).await;
        let host = Setup::new().limits(limits).plugin_at(slug, &vendor.url()).start().await;
        let account = host.account(slug).await;
        Self { vendor, host, slug, account }
    }

    async fn send(&self, account: Uuid, query: &str, steps: Value) -> CallersAnswer {
        let script = json!({ "name": steps.to_string() });
        self.host.client().post(&create("ticketing", account, query), &script).await
    }

    /// The outcome of each step.
    async fn probe(&self, steps: Value) -> Vec<Value> {
        self.probe_as(self.account, steps).await
    }

    async fn probe_as(&self, account: Uuid, steps: Value) -> Vec<Value> {
        let answer = self.send(account, "", steps).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let report = answer.json()["name"].as_str().expect("a report").to_owned();
        serde_json::from_str(&report).expect("JSON")
    }

    /// The number of vendor requests for one step, and its outcome.
    async fn cost(&self, step: Value) -> (usize, Value) {
        let before = self.vendor.requests().len();
        let outcome = self.probe(step).await.remove(0);
        (self.vendor.requests().len() - before, outcome)
    }
}

fn asks_to_wait(status: u16, retry_after: &str) -> Answer {
    Answer::json(status, &json!({ "message": "later" })).header("retry-after", retry_after)
}

/// The answer of a vendor that has waited too long for a request on a connection.
fn not_in_time() -> Behaviour {
    Behaviour::raw(Answer::json(408, &json!({})).header("connection", "close").to_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_sent_again_only_where_the_vendor_says_when_and_a_read_where_it_may_help() {
    let prober = Prober::start().await;
    let good = || Behaviour::from(Answer::json(200, &json!({ "id": "1" })));
    let status = |status| Behaviour::from(Answer::json(status, &json!({})));
    for (behaviour, write, read) in [
        (Behaviour::from(asks_to_wait(429, "0")), 2, 2),
        (asks_to_wait(503, "0").into(), 2, 2),
        (asks_to_wait(503, "Wed, 21 Oct 2015 07:28:00 GMT").into(), 2, 2),
        (status(429), 1, 1),
        (status(503), 1, 2),
        (status(502), 1, 2),
        (status(504), 1, 2),
        (status(500), 1, 1),
        (status(409), 1, 1),
        (status(404), 1, 1),
        (status(408), 1, 1),
        (not_in_time(), 2, 2),
        (asks_to_wait(503, "600").into(), 1, 1),
        (Behaviour::drop_before_answer(), 1, 2),
        (Behaviour::drop_mid_body(), 1, 2),
    ] {
        for (method, requests) in [("POST", write), ("PUT", write), ("DELETE", write), ("GET", read)] {
            prober.vendor.next(behaviour.clone()).always(good());
            let (seen, outcome) = prober.cost(json!({ "method": method, "target": "/users", "body": "{}" })).await;
            assert_eq!(seen, requests, "{method}: {outcome}");
            assert_eq!(outcome["status"] == 200, requests == 2, "{method}: {outcome}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_repeated_so_often_as_the_limit_says_and_each_attempt_is_shown() {
    for (limit, attempts) in [(2, 3), (1, 2), (0, 1)] {
        let prober = Prober::start_with("egress-prober", |limits| limits.vendor_retries = limit).await;
        prober.vendor.always(asks_to_wait(429, "0"));
        let steps = json!({ "method": "POST", "target": "/users", "primary": true, "body": "{}" });
        let answer = prober.send(prober.account, "&truto_response_format=debug", steps).await;
        let requests = answer.json()["debug"]["requests"].clone();
        let shown: Vec<_> = requests.as_array().expect("attempts").iter().map(|r| r["status"].clone()).collect();
        assert_eq!((shown, prober.vendor.requests().len()), (vec![json!(429); attempts], attempts));
    }
    // The caller gets the answer to the last attempt.
    let prober = Prober::start().await;
    let steps = json!({ "method": "POST", "target": "/users", "primary": true, "body": "{}" });
    for format in ["raw", "stream"] {
        prober.vendor.next(asks_to_wait(503, "0")).next(asks_to_wait(429, "0"));
        let answer = prober.send(prober.account, &format!("&truto_response_format={format}"), steps.clone()).await;
        assert_eq!((answer.status, answer.json()), (201, json!({ "id": "1" })), "{format}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_a_vendor_did_not_get_in_time_goes_out_once_more_on_another_connection() {
    let prober = Prober::start_with("egress-prober", |limits| limits.vendor_retries = 5).await;
    let write = || json!({ "method": "POST", "target": "/users", "body": "{}" });
    prober.cost(write()).await;
    prober.vendor.next(not_in_time());
    let (seen, outcome) = prober.cost(write()).await;
    assert_eq!((seen, &outcome["status"], prober.vendor.connections()), (2, &json!(200), 2), "{outcome}");
    prober.vendor.next(not_in_time()).next(not_in_time());
    let (seen, outcome) = prober.cost(write()).await;
    assert_eq!((seen, &outcome["status"]), (2, &json!(408)), "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_not_made_is_tried_again_for_any_method() {
    let prober = Prober::start().await;
    let nobody = {
        let vendor = Vendor::start(Behaviour::never()).await;
        vendor.url()
    };
    let host = Setup::new().plugin_at("egress-prober", &nobody).start().await;
    let account = host.account("egress-prober").await;
    let nobody = Prober { host, account, ..prober };
    let steps = json!({ "method": "POST", "target": "/users", "primary": true, "body": "{}" });
    let answer = nobody.send(nobody.account, "&truto_response_format=debug", steps).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
    let attempts = answer.json()["debug"]["requests"].clone();
    assert_eq!(attempts.as_array().map(Vec::len), Some(3));
    assert_eq!(nobody.slug, "egress-prober");
}

#[tokio::test(flavor = "multi_thread")]
async fn repetitions_stay_inside_the_calls_time() {
    let prober = Prober::start_with("egress-prober", |limits| {
        limits.call_deadline_ms = 1_500;
        limits.vendor_retry_wait_ms = 60_000;
    })
    .await;
    prober.vendor.always(asks_to_wait(503, "2"));
    let (seen, outcome) = prober.cost(json!({ "method": "GET", "target": "/users" })).await;
    assert_eq!((seen, &outcome["status"]), (1, &json!(503)), "the answer is not withheld until the time is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_vendor_wants_a_pause_it_is_not_asked_for_that_account() {
    let prober = Prober::start().await;
    let post = json!({ "method": "POST", "target": "/users", "body": "{}" });
    prober.vendor.next(asks_to_wait(429, "120"));
    let (seen, outcome) = prober.cost(post.clone()).await;
    assert_eq!((seen, &outcome["status"]), (1, &json!(429)));
    // The host sends no request, and the guest gets a failure.
    let (seen, outcome) = prober.cost(post.clone()).await;
    assert_eq!((seen, &outcome["kind"]), (0, &json!("vendor")), "{outcome}");
    assert!(outcome["message"].as_str().is_some_and(|message| message.contains("the vendor limits")), "{outcome}");
    // Another account is not affected.
    let other = prober.host.account(prober.slug).await;
    assert_eq!(prober.probe_as(other, post).await[0]["status"], 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_callers_429_says_whose_limit_it_is() {
    let vendor = Vendor::start(Answer::json(201, &json!({ "id": "1", "name": "Ada" }))).await;
    let host = Setup::new()
        .plugin_at("signs-in-paralus", &vendor.url())
        .plugin_at("waits-on-vendor", &vendor.url())
        .start()
        .await;
    let account = host.account("signs-in-paralus").await;
    let call = async || host.client().post(&create("ticketing", account, ""), &json!({ "name": "Ada" })).await;
    assert_eq!(call().await.status, 201);
    vendor.next(asks_to_wait(429, "77").header("x-ratelimit-remaining", "0"));
    let first = call().await;
    assert_eq!((first.status, &first.json()["truto_is_remote_error"]), (429, &json!(true)));
    assert_eq!((first.header("retry-after"), first.header("x-ratelimit-remaining")), (Some("77"), Some("0")));
    let before = vendor.requests().len();
    let repeated = call().await;
    assert_eq!(
        (repeated.status, &repeated.json()["truto_is_remote_error"]),
        (429, &json!(true)),
        "{}",
        repeated.text()
    );
    assert!(repeated.json()["truto_error_insight"]["rate_limit_error"].is_object());
    let rest: u32 = repeated.header("retry-after").and_then(|rest| rest.parse().ok()).expect("the rest of the pause");
    assert!((60..=77).contains(&rest), "{rest}");
    assert_eq!(vendor.requests().len(), before, "the vendor is not asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn declared_limits_hold_for_each_account_and_are_our_own_429() {
    let prober = Prober::start_with("limited", |_| {}).await;
    let outcomes = prober.probe(json!([{ "target": "/users", "repeat": 5 }])).await;
    let statuses: Vec<_> = outcomes.iter().map(|outcome| outcome["status"].clone()).collect();
    assert_eq!(statuses, [json!(200), json!(200), json!(200), json!(200), Value::Null]);
    let message = outcomes[4]["message"].as_str().expect("a message");
    assert!(message.contains("4 requests in 3600 s"), "{message}");
    assert_eq!((outcomes[4]["kind"].as_str(), prober.vendor.requests().len()), (Some("denied"), 4));
    let other = prober.host.account("limited").await;
    assert_eq!(prober.probe_as(other, json!([{ "target": "/users" }])).await[0]["status"], 200);

    // An honest update of the first account: the plugin fails the call, and the limit gives it the status and the time.
    let target = mortise_tests::host::update("ticketing", "1", prober.account, "");
    let answer = prober.host.client().patch(&target, &json!({ "name": "Ada" })).await;
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert_eq!(answer.json().get("truto_is_remote_error"), None);
    assert!(answer.json()["message"].as_str().is_some_and(|message| message.contains("4 requests in 3600 s")));
    let wait: u32 = answer.header("retry-after").and_then(|wait| wait.parse().ok()).expect("a time");
    assert!((800..=900).contains(&wait), "{wait}");
    let shown = prober.host.client().get("/integration/limited/capabilities").await.json();
    assert_eq!(shown["limits"], json!([{ "requests": 50, "seconds": 86_400 }, { "requests": 4, "seconds": 3_600 }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transcript_knows_whether_a_write_may_have_reached_the_vendor() {
    use mortise::egress::{Delivery, OutboundRequest, RemoteInput};

    let prober = Prober::start_with("egress-prober", |limits| limits.vendor_retries = 1).await;
    let generation = prober.host.app.service.registry.get("egress-prober").expect("it is served");
    let sealed = prober.host.app.service.accounts.get(prober.account, None).await.unwrap().unwrap().sealed;
    for (behaviours, method, expected) in [
        (vec![Behaviour::from(Answer::json(201, &json!({})))], "POST", true),
        (vec![Answer::json(201, &json!({})).into()], "GET", false),
        (vec![Answer::json(500, &json!({})).into()], "POST", true),
        (vec![Behaviour::drop_before_answer()], "PATCH", true),
        (vec![Answer::json(503, &json!({})).into()], "POST", true),
        (vec![asks_to_wait(503, "0").into(), asks_to_wait(503, "0").into()], "POST", false),
        (vec![asks_to_wait(429, "0").into(), asks_to_wait(429, "0").into()], "POST", false),
        (vec![Answer::json(429, &json!({})).into()], "DELETE", false),
        (vec![Answer::json(401, &json!({})).into()], "PUT", false),
        (vec![Answer::json(408, &json!({})).into()], "POST", true),
        (vec![not_in_time(), not_in_time()], "POST", false),
        (vec![asks_to_wait(429, "0").into(), Answer::json(200, &json!({})).into()], "POST", true),
    ] {
        for behaviour in behaviours {
            prober.vendor.next(behaviour);
        }
        let account = session_account(prober.account, sealed.clone());
        let egress = &prober.host.app.service.egress;
        let session = egress.session(&generation.profile, account, RemoteInput::default(), Delivery::Buffered).await;
        let mut session = session.expect("a session");
        let transcript = session.transcript();
        assert!(!transcript.may_have_written());
        let request = OutboundRequest {
            method: method.parse().expect("a method"),
            target: "/users".to_owned(),
            query: vec![],
            headers: vec![],
            body: None,
            primary: true,
        };
        let _ = session.send(request).await;
        assert_eq!(transcript.may_have_written(), expected, "{method} {:?}", transcript.exchanges());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_of_the_plugin_is_not_about_an_answer_that_it_never_saw() {
    let prober = Prober::start().await;
    for (kind, expected) in [("vendor", 502), ("not-found", 404)] {
        for answered in [200, 201] {
            prober
                .vendor
                .next(asks_to_wait(429, "0"))
                .next(Answer::json(answered, &json!({ "error": "no such field" })));
            let steps = json!({ "method": "POST", "target": "/users", "primary": true, "body": "{}", "fail": kind });
            let answer = prober.send(prober.account, "", steps).await;
            assert_eq!((answer.status, answer.header("retry-after")), (expected, None), "{}", answer.text());
            assert!(!answer.text().contains("later"), "{}", answer.text());
        }
    }
    // A failure may refer to an answer that the plugin did get.
    prober.vendor.next(asks_to_wait(429, "0")).next(Answer::json(422, &json!({ "message": "mean it" })));
    let steps = json!({ "method": "POST", "target": "/users", "primary": true, "body": "{}", "fail": "vendor" });
    let answer = prober.send(prober.account, "", steps).await;
    assert_eq!((answer.status, &answer.json()["message"]), (422, &json!("mean it")), "{}", answer.text());
}
