//! Vendors that misbehave, against the real Dixa component. Each gives its own call the status that the API promises,
//! and the next call succeeds.

use std::time::{Duration, Instant};

use mortise_tests::client::Answer as CallersAnswer;
use mortise_tests::host::{Host, Setup, create, update};
use mortise_tests::measure::Latencies;
use mortise_tests::spawned::Spawned;
use mortise_tests::vendor::{Answer, Behaviour, Greeting, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

/// A short time, so that the host soon notices silence.
const PATIENCE_MS: u64 = 400;

struct Setting {
    vendor: Vendor,
    host: Host,
    account: Uuid,
}

fn agent() -> Answer {
    Answer::json(201, &json!({ "data": { "id": "1", "displayName": "Ada", "email": "ada@example.com" } }))
}

fn ada() -> Value {
    json!({ "name": "Ada", "emails": [{ "email": "ada@example.com" }] })
}

impl Setting {
    async fn start() -> Self {
        let vendor = Vendor::start(agent()).await;
        let short = |limits: &mut mortise::config::Limits| {
            limits.vendor_timeout_ms = PATIENCE_MS;
            limits.vendor_idle_ms = PATIENCE_MS;
        };
        let host = Setup::new().limits(short).plugin_at("dixa", &vendor.url()).start().await;
        let account = host.account("dixa").await;
        Self { vendor, host, account }
    }

    async fn create(&self, format: &str) -> CallersAnswer {
        let target = create("ticketing", self.account, &format!("&truto_response_format={format}"));
        self.host.client().post(&target, &ada()).await
    }

    /// The answer to a create while the vendor behaves like this. Asserts that the next create succeeds.
    async fn answer(&self, behaviour: impl Into<Behaviour>) -> CallersAnswer {
        self.vendor.next(behaviour);
        let answer = self.create("unified").await;
        let next = self.create("unified").await;
        assert_eq!(next.status, 201, "the next call fails after {}: {}", answer.text(), next.text());
        answer
    }

    /// As [`Setting::answer`]. Asserts that the answer is an error of the host, not of the vendor.
    async fn fails(&self, status: u16, behaviour: impl Into<Behaviour>) -> Value {
        let answer = self.answer(behaviour).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        let body = answer.json();
        assert_eq!(body["statusCode"], status);
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
        assert!(answer.header("x-request-id").is_some());
        body
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_a_504_in_time() {
    let setting = Setting::start().await;
    for behaviour in [Behaviour::never(), Behaviour::stall_mid_body()] {
        let started = Instant::now();
        setting.fails(504, behaviour).await;
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
    // The vendor accepts a connection and does not read from it. First, the vendor closes the connection that the host
    // keeps.
    setting.vendor.next(Behaviour::drop_before_answer());
    setting.create("unified").await;
    setting.vendor.greet(Greeting::Ignore);
    let ignored = setting.create("unified").await;
    assert_eq!(ignored.status, 504, "{}", ignored.text());
    setting.vendor.greet(Greeting::Serve);
    assert_eq!(setting.create("unified").await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_drips_for_ever_ends_with_the_calls_deadline() {
    let vendor = Vendor::start(Behaviour::drip(Duration::from_millis(150))).await;
    let limits = |limits: &mut mortise::config::Limits| {
        limits.vendor_idle_ms = 1_000;
        limits.call_deadline_ms = 1_500;
    };
    let host = Setup::new().limits(limits).plugin_at("dixa", &vendor.url()).start().await;
    let account = host.account("dixa").await;
    let started = Instant::now();
    let answer = host.client().post(&create("ticketing", account, ""), &ada()).await;
    assert_eq!(answer.status, 504, "{}", answer.text());
    assert!(started.elapsed() < Duration::from_secs(5));
    vendor.always(agent());
    assert_eq!(host.client().post(&create("ticketing", account, ""), &ada()).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drip_below_the_limits_is_an_answer() {
    let setting = Setting::start().await;
    setting.vendor.next(Behaviour::by(|request| match request.method.as_str() {
        "POST" => Behaviour::drip(Duration::from_millis(1)),
        _ => agent().into(),
    }));
    let answer = setting.create("raw").await;
    assert_eq!((answer.status, answer.json()), (201, json!({ "id": "1", "name": "drip" })));
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_end_early_are_a_502() {
    let setting = Setting::start().await;
    for behaviour in [
        Behaviour::drop_before_answer(),
        Behaviour::drop_mid_body(),
        Behaviour::raw("HTTP/1.1 200 OK\r\ncontent-length: 10"),
        Behaviour::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"dat"),
        Behaviour::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
        Behaviour::raw("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
        Behaviour::raw("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}"),
        Behaviour::raw("HTTP/1.1 099 Odd\r\n\r\n"),
        Behaviour::raw("HTTP/2.0 200 OK\r\n\r\n"),
        Behaviour::raw("SSH-2.0-OpenSSH_9.9\r\n"),
        Behaviour::raw("<html>"),
        Behaviour::raw(vec![0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]),
        Behaviour::raw(""),
    ] {
        let body = setting.fails(502, behaviour).await;
        assert!(body.get("raw_response").is_none_or(Value::is_null), "{body}");
    }
    setting.vendor.next(Behaviour::drop_before_answer());
    setting.create("unified").await;
    setting.vendor.greet(Greeting::Close);
    assert_eq!(setting.create("unified").await.status, 502, "closed before the request");
    setting.vendor.greet(Greeting::Serve);
    assert_eq!(setting.create("unified").await.status, 201);
    let nobody = format!("http://{}", setting.vendor.address());
    drop(setting.vendor);
    let host = Setup::new().plugin_at("dixa", &nobody).start().await;
    let account = host.account("dixa").await;
    assert_eq!(host.client().post(&create("ticketing", account, ""), &ada()).await.status, 502, "no vendor listens");
}

#[tokio::test(flavor = "multi_thread")]
async fn encodings_that_were_not_asked_for_are_a_502_that_says_that_the_write_is_done() {
    let setting = Setting::start().await;
    for encoding in ["br", "deflate", "zstd", "compress", "gzip, gzip", "gzip, identity", "x-unknown", "gzip,"] {
        let body = setting.fails(502, agent().header("content-encoding", encoding)).await;
        let message = body["message"].as_str().unwrap_or_default();
        assert!(message.contains("accepted the write (status 201), but its answer cannot be read"), "{message}");
    }
    setting.fails(502, agent().header("content-encoding", "\u{1}")).await;
    setting.fails(502, agent().gzip().await.gzip().await).await;
    setting.fails(502, agent().header("content-encoding", "gzip").header("content-encoding", "gzip")).await;
    setting.fails(502, agent().header("content-encoding", "gzip")).await;
    let cut = agent().gzip().await.to_bytes();
    setting.fails(502, Behaviour::raw(&cut[..cut.len() - 12])).await;
    for answer in [agent().gzip().await, agent().header("content-encoding", "identity")] {
        assert_eq!(setting.answer(answer).await.status, 201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_a_body_is_a_success_whatever_its_encoding_is_said_to_be() {
    let vendor = Vendor::start(agent()).await;
    let host = Setup::new().plugin_at("egress-prober", &vendor.url()).start().await;
    let account = host.account("egress-prober").await;
    let steps = json!({ "method": "POST", "target": "/users", "primary": true, "body": "{}" });
    let user = json!({ "name": steps.to_string() });
    for encoding in ["gzip", "br", "zstd", "x-unknown", "gzip, br"] {
        for head in [
            "204 No Content\r\n",
            "304 Not Modified\r\n",
            "200 OK\r\ncontent-length: 0\r\n",
            "201 Created\r\ntransfer-encoding: chunked\r\n",
        ] {
            let end = if head.contains("chunked") { "0\r\n\r\n" } else { "" };
            let empty = format!("HTTP/1.1 {head}content-encoding: {encoding}\r\n\r\n{end}");
            for format in ["unified", "raw", "normalized", "stream", "debug"] {
                vendor.next(Behaviour::raw(empty.clone()));
                let target = create("ticketing", account, &format!("&truto_response_format={format}"));
                let key = format!("{encoding}{head}{format}").replace(|c: char| !c.is_ascii_alphanumeric(), "");
                let client = match format {
                    "stream" => host.client(),
                    _ => host.client().header("idempotency-key", &key),
                };
                let answer = client.post(&target, &user).await;
                assert_eq!((answer.status, answer.complete), (201, true), "{format} {empty}: {}", answer.text());
                match format {
                    "raw" | "stream" => assert_eq!(answer.text(), "", "{format} {empty}"),
                    "unified" => assert_eq!(answer.json()["remote_data"], Value::Null, "{}", answer.text()),
                    "debug" => {
                        assert_eq!(answer.json()["debug"]["requests"][0]["error"], Value::Null, "{}", answer.text())
                    }
                    _ => {}
                }
                if format != "stream" {
                    let again = client.post(&target, &user).await;
                    assert_eq!(
                        (again.status, again.header("idempotent-replayed")),
                        (201, Some("true")),
                        "{format} {empty}"
                    );
                }
            }
        }
    }
    // An empty body is not the gzip file that the header announces.
    vendor.next(Behaviour::raw("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-encoding: gzip\r\n\r\n"));
    let answer = host.client().post(&create("ticketing", account, "&truto_response_format=raw"), &user).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_a_write_that_cannot_be_read_says_that_the_vendor_accepted_it() {
    let setting = Setting::start().await;
    let cut = "HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"data\":";
    let large = "HTTP/1.1 201 Created\r\ncontent-length: 10000000\r\n\r\n{";
    let endless = "HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"dat";
    for (status, behaviour) in [
        (502, Behaviour::raw(cut)),
        (502, Behaviour::raw(large)),
        (502, Behaviour::raw(endless)),
        (502, agent().header("content-encoding", "gzip").into()),
        (504, Behaviour::stall_mid_body()),
    ] {
        for format in ["unified", "raw", "debug"] {
            setting.vendor.next(behaviour.clone());
            let answer = setting.create(format).await;
            assert_eq!(answer.status, status, "{format}: {}", answer.text());
            let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
            assert!(message.contains("the vendor accepted the write (status 20"), "{format}: {message}");
            assert!(message.contains("its answer cannot be read: the vendor"), "{format}: {message}");
        }
    }
    // The host does not say "accepted" after an error status.
    setting.vendor.next(Behaviour::raw(cut.replace("201 Created", "500 Oops")));
    assert!(!setting.create("raw").await.text().contains("accepted"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_http_does_not_have_is_no_answer() {
    let setting = Setting::start().await;
    for status in [600, 700, 999] {
        let body = setting.fails(502, Answer::json(status, &json!({ "message": "odd" }))).await;
        assert!(
            body["message"].as_str().is_some_and(|message| message.contains(&format!("status {status}"))),
            "{body}"
        );
        assert_eq!(body.get("raw_response"), None, "{body}");
    }
    for format in ["raw", "stream", "debug"] {
        setting.vendor.next(Answer::json(999, &json!({})));
        assert_eq!(setting.create(format).await.status, 502, "{format}");
    }
}

/// An empty gzip file.
const EMPTY_MEMBER: [u8; 20] = [31, 139, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

#[tokio::test(flavor = "multi_thread")]
async fn gzip_in_many_members_or_of_empty_blocks_holds_nobody_up() {
    let setting = Setting::start().await;
    let whole = agent().gzip().await.to_bytes();
    let at = whole.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head") + 4;
    let packed = |body: Vec<u8>| Answer::new(201, "application/json", body).header("content-encoding", "gzip");
    let some = [EMPTY_MEMBER.repeat(50), whole[at..].to_vec(), EMPTY_MEMBER.repeat(50)].concat();
    assert_eq!(setting.answer(packed(some)).await.status, 201);
    // A gzip member of empty blocks. Each block has ten bits, and eight bits of it begin the next block.
    let head = &EMPTY_MEMBER[..10];
    let blocks = [head, &[0x02, 0x08, 0x20, 0x80, 0x00].repeat(800_000)].concat();
    for bytes in [EMPTY_MEMBER.repeat(180_000), [EMPTY_MEMBER.repeat(129), whole[at..].to_vec()].concat(), blocks] {
        setting.vendor.next(packed(bytes));
        let slow = setting.create("unified");
        let health = Latencies::of_health(setting.host.address, 200);
        let (answer, health) = tokio::join!(slow, health);
        assert_eq!(answer.status, 502, "{}", answer.text());
        let slowest = health.percentile(100);
        assert!(slowest < Duration::from_millis(250), "/healthz waited {slowest:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_compressed_is_counted_against_the_call() {
    let vendor = Vendor::start(agent()).await;
    let limits = |limits: &mut mortise::config::Limits| {
        limits.vendor_body_bytes = 4_000;
        limits.vendor_total_bytes = 10_000;
    };
    let host = Setup::new().limits(limits).plugin_at("egress-prober", &vendor.url()).start().await;
    let account = host.account("egress-prober").await;
    vendor.always(Answer::new(200, "text/plain", EMPTY_MEMBER.repeat(128)).header("content-encoding", "gzip"));
    let steps = json!([{ "target": "/users", "repeat": 5 }]);
    let answer = host.client().post(&create("ticketing", account, ""), &json!({ "name": steps.to_string() })).await;
    let report: Value = serde_json::from_str(answer.json()["name"].as_str().expect("a report")).expect("JSON");
    let read: Vec<_> = report.as_array().expect("outcomes").iter().map(|step| step["body"].is_string()).collect();
    assert_eq!(read, [true, true, true, false, false], "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed_and_are_no_answer() {
    let setting = Setting::start().await;
    let collector = Vendor::start(agent()).await;
    for status in [301, 302, 303, 307, 308] {
        for location in ["http://169.254.169.254/latest/meta-data/".to_owned(), format!("{}/agents", collector.url())] {
            let answer = setting.answer(Answer::redirect(status, &location)).await;
            assert_eq!(answer.status, 502, "{}", answer.text());
            assert_eq!(answer.header("location"), None);
        }
    }
    assert_eq!(collector.connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_cannot_be_read_are_a_502() {
    let setting = Setting::start().await;
    let deep = "[".repeat(100_000);
    for answer in [
        Answer::invalid_json(),
        Answer::new(200, "application/json", "null"),
        Answer::new(200, "application/json", "[]"),
        Answer::new(200, "application/json", "{\"data\":{\"id\":1.5}}"),
        Answer::new(200, "application/json", deep),
    ] {
        let body = setting.fails(502, answer).await;
        let message = body["message"].as_str().unwrap_or_default();
        assert!(message.contains("the write is done, but the vendor's answer cannot be read"), "{body}");
    }
    let body = setting.fails(502, Answer::html(200, "<h1>Welcome</h1>")).await;
    assert!(body["message"].as_str().unwrap_or_default().contains("the outcome is unknown"), "{body}");
    // Without mapping, the host passes on a body that cannot be mapped.
    setting.vendor.next(Answer::invalid_json());
    let raw = setting.create("raw").await;
    assert_eq!((raw.status, raw.text()), (201, r#"{"id":"1","name":"#.to_owned()));
    // The host reads JSON with any content type.
    let agent = agent().to_bytes();
    let body = agent.split(|byte| *byte == b'\n').next_back().expect("a body").to_vec();
    for content_type in ["image/png", "text/html", "", "application/json; charset=utf-16"] {
        assert_eq!(setting.answer(Answer::new(201, content_type, body.clone())).await.status, 201, "{content_type:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendors_error_is_its_status_and_its_body() {
    let setting = Setting::start().await;
    let html = setting.answer(Answer::html(500, "<h1>Oops</h1>")).await;
    assert_eq!(html.status, 500);
    let body = html.json();
    assert_eq!((&body["raw_response"], &body["truto_is_remote_error"]), (&json!("<h1>Oops</h1>"), &json!(true)));
    for (status, answered) in [(400, 400), (404, 404), (409, 409), (422, 422), (418, 418), (503, 503), (599, 599)] {
        let answer = setting.answer(Answer::json(status, &json!({ "message": "no", "n": 1.0 }))).await;
        assert_eq!((answer.status, &answer.json()["message"]), (answered, &json!("no")), "{}", answer.text());
        assert!(answer.text().contains(r#""raw_response":{"message":"no","n":1.0}"#), "{}", answer.text());
    }
    let endless = setting.answer(Behaviour::raw("HTTP/1.1 500 Oops\r\ncontent-length: 100000\r\n\r\n{")).await;
    assert_eq!(
        (endless.status, &endless.json()["raw_response"]),
        (500, &Value::Null),
        "an error whose body breaks off"
    );
    // A pause of thirty years is one day in the caller's answer, and the host keeps it for one hour.
    setting.vendor.next(Answer::json(429, &json!({})).header("retry-after", "1000000000"));
    let limited = setting.create("unified").await;
    assert_eq!((limited.status, limited.header("retry-after")), (429, Some("86400")));
    let paused = setting.create("unified").await;
    let rest = paused.header("retry-after").and_then(|rest| rest.parse::<u32>().ok());
    assert!(paused.status == 429 && rest.is_some_and(|rest| (3_500..=3_600).contains(&rest)), "{rest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_of_headers_are_a_502_and_merely_many_or_large_ones_are_cut() {
    let setting = Setting::start().await;
    for behaviour in [
        Behaviour::header_flood(10_000),
        Behaviour::header_flood(129),
        Behaviour::huge_header(4 << 20),
        Behaviour::huge_header(1 << 20),
        Behaviour::raw("HTTP/1.1 200 OK\r\nx\u{0}y: 1\r\n\r\n"),
        Behaviour::raw(format!("HTTP/1.1 200 {}", "O".repeat(4 << 20))),
    ] {
        setting.fails(502, behaviour).await;
    }
    let large = agent().header("x-huge", &"x".repeat(64 << 10)).header("x-ratelimit-huge", &"x".repeat(64 << 10));
    let answer = setting.answer(large).await;
    assert_eq!((answer.status, answer.header("x-ratelimit-huge")), (201, None));
    let many = (0..100).fold(agent(), |answer, n| answer.header(&format!("x-ratelimit-{n}"), "1"));
    let answer = setting.answer(many).await;
    let passed = answer.headers.iter().filter(|(name, _)| name.starts_with("x-ratelimit-")).count();
    assert_eq!((answer.status, passed <= 64), (201, true), "{passed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_gone_between_two_requests_costs_what_was_missed() {
    let setting = Setting::start().await;
    // The update is done. The request after it, which only completes the answer, fails in every way.
    for behaviour in [Behaviour::drop_before_answer(), Answer::html(500, "x").into(), Answer::invalid_json().into()] {
        setting.vendor.next(agent()).next(behaviour);
        let answer =
            setting.host.client().patch(&update("ticketing", "1", setting.account, ""), &json!({ "name": "A" })).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_and_endless_bodies_are_a_502_and_cost_no_memory() {
    let vendor = Vendor::start(agent()).await;
    let host = Spawned::start("dixa", &vendor.url(), &[]).await;
    let target = |format: &str| create("ticketing", host.account, &format!("&truto_response_format={format}"));
    let ordinary = host.client().post(&target("unified"), &ada()).await;
    assert_eq!(ordinary.status, 201, "{}", ordinary.text());
    let before = host.peak_memory();
    let bomb = Answer::gzip_bomb(200).await;
    for behaviour in [bomb.clone().into(), Behaviour::endless_body(), bomb.clone().gzip().await.into()] {
        for format in ["unified", "raw", "debug"] {
            vendor.next(behaviour.clone());
            let answer = host.client().post(&target(format), &ada()).await;
            assert_eq!(answer.status, 502, "{format}: {}", answer.text());
        }
        assert_eq!(host.client().post(&target("unified"), &ada()).await.status, 201);
    }
    // The vendor announces 1 TiB, and sends one byte.
    vendor.next(Behaviour::raw("HTTP/1.1 200 OK\r\ncontent-length: 1099511627776\r\n\r\n{"));
    assert_eq!(host.client().post(&target("unified"), &ada()).await.status, 502);
    // The host does not keep a stream: it costs no memory at any length, and ends when its reader leaves.
    vendor.next(bomb);
    let mut stream = host.client().open("POST", &target("stream"), Some(&ada())).await;
    stream.head().await.expect("an answer");
    let mut streamed = 0;
    while let Some(chunk) = stream.chunk().await.filter(|chunk| !chunk.is_empty()) {
        streamed += chunk.len();
    }
    assert_eq!(streamed, 200 << 20);
    let grown = host.peak_memory().saturating_sub(before);
    assert!(grown < 48 << 20, "resident memory grew by {} MiB", grown >> 20);
    assert_eq!(host.client().post(&target("unified"), &ada()).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_long_to_search_for_credentials_hold_up_no_others() {
    let vendor = Vendor::start(agent()).await;
    let host = Spawned::start("dixa", &vendor.url(), &[("TOKIO_WORKER_THREADS", "1")]).await;
    let target = create("ticketing", host.account, "&truto_response_format=raw");
    for unit in ["%", "&", "\\", "\\u0041"] {
        let text = unit.repeat((1 << 20) / unit.len());
        let answer = Answer::new(200, "text/plain", text.as_str()).gzip().await;
        let (answers, healthy) = answer_twice(&vendor, &host, &target, answer).await;
        for answer in answers {
            assert!(answer.status == 201 && answer.text() == text, "{unit}: {}", answer.status);
        }
        // One thread serves all requests. If calls kept it to themselves, `/healthz` would answer once between two
        // calls.
        assert!(healthy > 4, "{unit}: /healthz answered {healthy} times meanwhile");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_that_are_long_to_search_for_a_sentence_hold_up_no_others() {
    let vendor = Vendor::start(agent()).await;
    let host = Spawned::start("dixa", &vendor.url(), &[("TOKIO_WORKER_THREADS", "1")]).await;
    let target = create("ticketing", host.account, "");
    // The time must not grow with the square of this number.
    let fields: serde_json::Map<_, _> = (0..20_000).map(|number| (number.to_string(), json!(1))).collect();
    for body in [json!({ "errors": fields }), json!({ "error": [fields] }), json!(fields)] {
        let (answers, healthy) = answer_twice(&vendor, &host, &target, Answer::json(400, &body)).await;
        for answer in answers {
            assert_eq!(answer.status, 400, "{}", answer.text());
        }
        assert!(healthy > 0, "/healthz answered meanwhile");
    }
}

/// Makes two calls at once, to which the vendor gives this answer. Returns the caller's answers, and the number of
/// answers of `/healthz` meanwhile.
async fn answer_twice(vendor: &Vendor, host: &Spawned, target: &str, answer: Answer) -> ([CallersAnswer; 2], usize) {
    vendor.next(answer.clone());
    vendor.next(answer);
    let (client, ada) = (host.client(), ada());
    let calls = async { tokio::join!(client.post(target, &ada), client.post(target, &ada)) };
    tokio::pin!(calls);
    let mut healthy = 0;
    loop {
        tokio::select! {
            biased;
            (first, second) = &mut calls => return ([first, second], healthy),
            health = client.get("/healthz") => {
                assert_eq!(health.status, 200);
                healthy += 1;
            }
        }
    }
}
