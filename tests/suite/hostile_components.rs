//! Components that attack the host: each attack costs its own call alone.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use mortise::egress::Resolve;
use mortise_tests::alone::alone;
use mortise_tests::canary::Canary;
use mortise_tests::client::Answer;
use mortise_tests::host::{Host, Setup, create, update};
use mortise_tests::logs;
use mortise_tests::measure::{Latencies, resident_mib};
use mortise_tests::vendor::{self, Behaviour, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

/// The time limit for guest and vendor in tests that are not about time. It is much longer than the CPU budget: on a
/// busy machine, a guest that computes for a long time gets little of the processor.
const DEADLINE: Duration = Duration::from_secs(20);

/// The number of endless guests that run at once.
const ENDLESS: usize = 64;

/// The time within which the API promises to answer while guests run.
const PROMISED: Duration = Duration::from_millis(20);

const BUDGET: (u16, &str) = (502, "the integration used more than 250 ms of CPU time");
const BROKEN: (u16, &str) = (502, "the integration failed while serving the call");

/// Every attack in `create-user`: the component, the user's `name` that chooses the attack, the status that it causes,
/// and a part of the answer.
#[rustfmt::skip]
const ATTACKS: &[(&str, &str, (u16, &str))] = &[
    // A guest that never returns uses up its CPU budget, whether or not it calls the host all the time.
    ("endless-loop",       "",                BUDGET),
    ("endless-host-calls", "",                BUDGET),
    ("endless-host-calls", "log",             BUDGET),
    ("endless-host-calls", "context",         BUDGET),
    // Guests that die.
    ("trap",               "",                BROKEN),
    ("trap",               "panic",           BROKEN),
    ("trap",               "exit",            BROKEN),
    ("trap",               "exit-1",          BROKEN),
    ("trap",               "out-of-bounds",   BROKEN),
    ("stack-overflow",     "",                BROKEN),
    ("stack-overflow",     "shadow",          BROKEN),
    ("crash-after-send",   "",                BROKEN),
    // Guests that request more than the limits allow. A guest that repeats a refused request ends like an endless loop.
    ("memory-bomb",        "",                BUDGET),
    // The limit that the guest reaches first depends on the machine.
    ("memory-bomb",        "small",           (502, "the integration")),
    ("memory-bomb",        "large",           (201, r#""name":"large: false""#)),
    ("table-bomb",         "",                BUDGET),
    // The host counts the memories and tables of a guest together. Wasmtime's own limiter would count each by itself.
    ("two-memories",       "",                BROKEN),
    ("two-tables",         "",                BROKEN),
    ("handle-leak",        "",                (201, r#""name":"16 held, then denied""#)),
    ("handle-leak",        "forever",         BUDGET),
    // Guests that hand over more than the host accepts.
    ("huge-answer",        "",                BROKEN),
    ("huge-answer",        "honest",          (502, "the integration")),
    ("huge-answer",        "over",            BROKEN),
    ("huge-answer",        "request",         BROKEN),
    ("huge-answer",        "log",             BROKEN),
    ("log-flood",          "",                (201, r#""name":"flooded""#)),
    ("log-flood",          "huge",            BROKEN),
    ("log-flood",          "invalid",         BROKEN),
    // Answers that are not a user.
    ("liar-answer",        "",                (502, "not a user")),
    ("liar-answer",        "empty",           (502, "not a user")),
    ("liar-answer",        "array",           (502, "not a user")),
    ("liar-answer",        "string",          (502, "not a user")),
    ("liar-answer",        "null",            (502, "not a user")),
    ("liar-answer",        "trailing",        (502, "not a user")),
    ("liar-answer",        "wrong-types",     (502, "not a user")),
    ("liar-answer",        "late",            (502, "not a user: `created_at` must be a time of RFC 3339")),
    ("liar-answer",        "deep",            (502, "not a user")),
    ("liar-answer",        "abyss",           (502, "not a user")),
    ("liar-answer",        "surrogate",       (502, "not a user")),
    // The last of two keys counts. No other program reads the text again after the host.
    ("liar-answer",        "duplicate-keys",  (201, r#""name":"b""#)),
    ("liar-answer",        "undeclared",      (201, r#""name":"a""#)),
    ("liar-answer",        "nothing",         (201, "{")),
    ("liar-answer",        "well-behaved",    (201, r#""name":"well-behaved""#)),
    // Failures with a false kind, and failures whose message tries to break out of its place.
    ("liar-answer",        "unknown-failure", (502, "no such kind")),
    ("liar-answer",        "long-failure",    (400, "name: éééé")),
    ("liar-answer",        "html-failure",    (404, "<b>: <script>[31m</script>")),
    ("liar-answer",        "vendor-failure",  (502, "")),
    // A request that the host refuses is an ordinary failure for the guest.
    ("second-primary",     "",                (201, r#""name":"denied""#)),
    ("egress-prober",      r#"{"target":"http://169.254.169.254/latest"}"#, (201, r#"\"kind\":\"denied\""#)),
    ("egress-prober",      r#"{"target":"/a\r\nhost: x"}"#,                 (201, r#"\"kind\":\"denied\""#)),
];

/// A user whose name chooses an attack. An empty name becomes a name that no component knows, because the host refuses
/// a blank name.
fn user(name: &str) -> Value {
    json!({ "name": if name.is_empty() { "none" } else { name } })
}

/// A vendor that answers everything but `/never`.
async fn vendor() -> Vendor {
    let answer = vendor::Answer::json(200, &json!({ "id": "1", "name": "Ada" }));
    Vendor::start(Behaviour::by(move |request| match request.path() {
        "/never" => Behaviour::never(),
        _ => answer.clone().into(),
    }))
    .await
}

/// A host with these components, all of them at one vendor, and with limits that a test reaches soon.
fn quick(vendor: &Vendor, slugs: impl IntoIterator<Item = &'static str>) -> Setup {
    let setup = slugs.into_iter().fold(Setup::new(), |setup, slug| setup.plugin_at(slug, &vendor.url()));
    setup.limits(|limits| {
        limits.guest_cpu_ms = 250;
        limits.call_deadline_ms = DEADLINE.as_millis() as u64;
    })
}

async fn attack(host: &Host, account: Uuid, name: &str) -> Answer {
    host.client().post(&create("ticketing", account, ""), &user(name)).await
}

/// Makes an honest update, and asserts that it succeeds.
async fn honest(host: &Host, account: Uuid) {
    let answer = host.client().patch(&update("ticketing", "1", account, ""), &user("Ada")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// The log records of one call. Each is one JSON object on one line.
fn records(call: &Answer) -> Vec<Value> {
    let id = call.header("x-request-id").expect("every answer has one");
    let log = logs::captured();
    let lines = log.lines().filter(|line| line.contains(id));
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in: {line}"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_attack_costs_one_call_its_status_and_nothing_else() {
    let vendor = vendor().await;
    let mut slugs: Vec<_> = ATTACKS.iter().map(|(slug, ..)| *slug).collect();
    slugs.dedup();
    let host = quick(&vendor, slugs.clone()).start().await;
    let bystander = host.account("egress-prober").await;
    for slug in slugs {
        let account = host.account(slug).await;
        let attacks = ATTACKS.iter().filter(|attack| attack.0 == slug);
        // All at once: one attack must not change the outcome of another.
        join_all(attacks.map(|(_, name, (status, part))| {
            let host = &host;
            async move {
                let answer = attack(host, account, name).await;
                assert!(answer.body.len() < 10_000, "{slug} `{name}`: {} bytes", answer.body.len());
                assert_eq!(answer.status, *status, "{slug} `{name}`: {}", answer.text());
                assert!(answer.text().contains(part), "{slug} `{name}`: {}", answer.text());
                honest(host, account).await;
            }
        }))
        .await;
        honest(&host, bystander).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_a_vendor_costs_time_and_no_cpu() {
    let vendor = vendor().await;
    vendor.next(Behaviour::stall_mid_body());
    let host = quick(&vendor, ["waits-on-vendor"]).limits(|limits| limits.call_deadline_ms = 2_000).start().await;
    let account = host.account("waits-on-vendor").await;
    for name in ["body", "", "body"] {
        let (started, answer) = (Instant::now(), attack(&host, account, name).await);
        let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
        assert_eq!((answer.status, message.as_str()), (504, "the call did not finish within 2000 ms"), "`{name}`");
        let took = started.elapsed();
        assert!((Duration::from_secs(2)..Duration::from_secs(4)).contains(&took), "{took:?}");
        honest(&host, account).await;
    }
    vendor.wait_for_closed(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_after_the_request_leaves_the_transcript() {
    let vendor = vendor().await;
    let host = quick(&vendor, ["crash-after-send"]).start().await;
    let account = host.account("crash-after-send").await;
    let target = create("ticketing", account, "&truto_response_format=debug");
    let answer = host.client().post(&target, &user("Ada")).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
    let answer = answer.json();
    let requests = answer["debug"]["requests"].as_array().expect("the vendor's side of the call");
    assert_eq!((requests.len(), &requests[0]["status"], &requests[0]["primary"]), (1, &json!(200), &json!(true)));
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_vendor_is_asked_for_is_bounded() {
    let vendor = vendor().await;
    let host = quick(&vendor, ["handle-leak", "second-primary"]).start().await;
    let (leak, second) = (host.account("handle-leak").await, host.account("second-primary").await);
    assert_eq!(attack(&host, second, "").await.status, 201);
    let paths = || vendor.requests().iter().map(|request| request.path().to_owned()).collect::<Vec<_>>();
    assert_eq!(paths(), ["/users"], "the second primary request is not sent");
    let forever = attack(&host, leak, "forever").await;
    assert_eq!((forever.status, paths().len()), (502, 17));
    let log = logs::captured();
    let refusals = log.lines().filter(|line| line.contains("egress: refused") && line.contains("handle-leak")).count();
    // The records of this call, and those of the other test that runs this component.
    assert!((16..=64).contains(&refusals), "{refusals} records of endlessly many requests");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_host_function_ends_one_call() {
    struct Panics;
    impl Resolve for Panics {
        fn resolve(
            &self,
            host: String,
        ) -> futures_util::future::BoxFuture<'static, std::io::Result<Vec<std::net::SocketAddr>>> {
            Box::pin(async move { panic!("a defect while {host} is looked up") })
        }
    }
    // With one slot, a call that kept it would be the last call.
    let one = |limits: &mut mortise::config::Limits| limits.concurrent_calls = 1;
    let host = Setup::new().plugin("endless-loop").limits(one).resolver(Panics).start().await;
    let account = host.account("endless-loop").await;
    for _ in 0..3 {
        let answer = host.client().patch(&update("ticketing", "1", account, ""), &user("Ada")).await;
        assert_eq!((answer.status, answer.json()["message"].as_str()), (BROKEN.0, Some(BROKEN.1)), "{}", answer.text());
    }
    assert_eq!(host.app.service.calls.in_flight(), 0);
    assert_eq!(host.client().get("/healthz").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_log_lines_is_bounded_and_stays_inside_its_field() {
    let vendor = vendor().await;
    let host = quick(&vendor, ["log-flood"]).start().await;
    let account = host.account("log-flood").await;
    let answer = attack(&host, account, "").await;
    assert_eq!(answer.status, 201, "{}", answer.text());

    let records = records(&answer);
    let lines: Vec<_> = records.iter().filter(|record| record["message"] == "integration log").collect();
    assert!((6..64).contains(&lines.len()), "{} lines", lines.len());
    let texts: Vec<_> = lines.iter().map(|line| line["text"].as_str().expect("the guest's text")).collect();
    assert!(texts.iter().map(|text| text.len()).sum::<usize>() < 32 << 10, "escapes included");
    assert!(texts.iter().any(|text| text.contains("forged")), "the flood is there: {texts:?}");
    for text in texts {
        assert!(!text.contains(char::is_control), "{text:?} would reach a terminal");
    }
    let rest = records.iter().filter(|record| record["message"] == "integration: the rest of its log is left out");
    assert_eq!(rest.count(), 1);
    for record in &records {
        assert_ne!(record["level"], "ERROR", "a guest cannot page people: {record}");
        assert!(record["target"].as_str().is_some_and(|target| !target.contains("forged")), "{record}");
        assert_eq!(record.get("forged"), None, "{record}");
    }
}

/// The host keeps a guest's standard error for the record of its crash. This guest does not crash.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_standard_error_is_swallowed() {
    let vendor = vendor().await;
    let setup = quick(&vendor, ["log-flood"]);
    let host = setup.limits(|limits| (limits.guest_cpu_ms, limits.call_deadline_ms) = (20_000, 20_000)).start().await;
    let answer = attack(&host, host.account("log-flood").await, "stderr").await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    for record in records(&answer) {
        assert!(!record.to_string().contains("forged"), "{record}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_guest_says_as_it_dies_is_one_bounded_record() {
    let vendor = vendor().await;
    let host = quick(&vendor, ["trap"]).start().await;
    let answer = attack(&host, host.account("trap").await, "panic").await;
    assert_eq!(answer.status, 502);
    let records = records(&answer);
    let said: Vec<_> = records.iter().filter_map(|record| record["stderr"].as_str()).collect();
    assert_eq!(said.len(), 1, "{records:?}");
    assert!(said[0].contains("a panic with") && said[0].contains("second line"), "{}", said[0]);
    assert!(said[0].len() < 8 << 10 && !said[0].contains(char::is_control), "{:?}", said[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guests_error_is_a_warning_of_the_host() {
    let vendor = vendor().await;
    let host = quick(&vendor, ["log-flood"]).start().await;
    let account = host.account("log-flood").await;
    let answer = attack(&host, account, "canary:printer on fire").await;
    let records = records(&answer);
    let line = records.iter().find(|record| record["message"] == "integration log").expect("one line");
    assert_eq!((&line["level"], &line["guest_level"]), (&json!("WARN"), &json!("error")));
    assert_eq!(line["text"], r#""printer on fire""#);
    assert_eq!(line["integration"], "log-flood");
}

/// The test captures the whole log, with the `trace` level of every library.
#[tokio::test(flavor = "multi_thread")]
async fn no_level_of_the_log_shows_what_a_guest_holds() {
    let vendor = Vendor::start(Behaviour::echo()).await;
    let host = quick(&vendor, ["crash-after-send"]).start().await;
    let account = host.account("crash-after-send").await;
    let name = Canary::new();
    let body = user(name.as_str());
    let sent = host.client().patch(&update("ticketing", "1", account, ""), &body).await;
    assert_eq!((sent.status, sent.json()["name"].as_str()), (200, Some(name.as_str())));
    assert_eq!(host.client().post(&create("ticketing", account, ""), &body).await.status, 502);
    assert!(logs::captured().contains(r#""level":"TRACE""#), "the log is complete");
    name.assert_absent("the log", logs::captured());
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_leave_no_memory_behind() {
    let vendor = vendor().await;
    let bombs = [
        ("memory-bomb", ""),
        ("memory-bomb", "small"),
        ("table-bomb", ""),
        ("huge-answer", "honest"),
        ("huge-answer", "over"),
        ("log-flood", ""),
        ("stack-overflow", "shadow"),
    ];
    let setup = quick(&vendor, ["memory-bomb", "table-bomb", "huge-answer", "log-flood", "stack-overflow"]);
    let alone = alone().await;
    let host = setup.limits(|limits| limits.guest_cpu_ms = 100).alone(&alone).start().await;
    let mut accounts = Vec::new();
    for (slug, name) in bombs {
        accounts.push((host.account(slug).await, name));
    }
    let round = async || {
        for (account, name) in &accounts {
            // Eight calls run at once, and each may hold 64 MiB.
            join_all((0..8).map(|_| attack(&host, *account, name))).await;
        }
        logs::clear();
        resident_mib(std::process::id())
    };
    let before = round().await;
    let mut after = before;
    for _ in 0..2 {
        after = round().await;
    }
    println!("resident after one round of bombs: {before} MiB, after three: {after} MiB");
    assert!(before < 1024, "{before} MiB");
    assert!(after < before + 64, "{before} MiB, then {after} MiB");
    honest(&host, accounts[0].0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_guests_hold_up_neither_the_api_nor_other_integrations() {
    let vendor = vendor().await;
    let setup = quick(&vendor, ["endless-loop", "trap"]);
    let alone = alone().await;
    let minute = 60_000;
    let host = setup
        .limits(|limits| {
            (limits.guest_cpu_ms, limits.call_deadline_ms) = (minute, minute);
            limits.concurrent_calls_per_integration = ENDLESS as u32;
        })
        .alone(&alone)
        .start()
        .await;
    let (endless, other) = (host.account("endless-loop").await, host.account("trap").await);
    let idle = Latencies::of_health(host.address, 200).await;

    let mut calls: FuturesUnordered<_> = (0..ENDLESS + 3).map(|_| attack(&host, endless, "")).collect();
    for _ in 0..3 {
        // The host refuses three calls, for which it has no slot. All other calls run.
        let refused = calls.next().await.expect("a refused call");
        assert_eq!((refused.status, refused.header("retry-after")), (503, Some("1")), "{}", refused.text());
    }
    let mut busy = Latencies::of_health(host.address, 200).await;
    for _ in 0..2 {
        if busy.percentile(99) > PROMISED {
            println!("again, for this machine may have been busy with something else: {busy}");
            busy = Latencies::of_health(host.address, 200).await;
        }
    }
    println!("/healthz idle: {idle}; with {ENDLESS} endless guests: {busy}");
    assert!(busy.percentile(99) <= PROMISED, "/healthz with {ENDLESS} endless guests: {busy}");
    for _ in 0..10 {
        honest(&host, other).await;
    }

    // The host ends the guests of callers that hang up.
    drop(calls);
    let freed = async {
        loop {
            let answer = host.client().patch(&update("ticketing", "1", endless, ""), &user("Ada")).await;
            match answer.status {
                503 => continue,
                status => return assert_eq!(status, 200, "{}", answer.text()),
            }
        }
    };
    mortise_tests::expect("room for another call", freed).await;
}
