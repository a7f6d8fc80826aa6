//! Accounts whose credentials cannot sign requests: the host signs in for them, once for all waiting callers.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use mortise::account::{ExchangedToken, Stored};
use mortise_tests::canary::{Canary, Search};
use mortise_tests::client::Answer as CallersAnswer;
use mortise_tests::database;
use mortise_tests::host::{Host, Setup, create};
use mortise_tests::logs;
use mortise_tests::spawned::Spawned;
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

const SLUG: &str = "every-exchange";

/// The target of a request whose URL the host composed.
fn is_sign_in(request: &Recorded) -> bool {
    request.path() == "/token"
}

/// The sign-ins among the requests.
fn sign_ins(vendor: &Vendor) -> Vec<Recorded> {
    vendor.requests().into_iter().filter(is_sign_in).collect()
}

/// A vendor that answers sign-ins with `token`, and accepts this access token alone for all other requests.
fn vendor_of(access_token: &str, token: Answer) -> Behaviour {
    let signed = format!("Bearer {access_token}");
    Behaviour::by(move |request| match is_sign_in(request) {
        true => token.clone(),
        false if request.header("authorization") == Some(&signed) => {
            Answer::json(201, &json!({ "id": "1", "name": "Ada" }))
        }
        false => Answer::json(401, &json!({ "message": "no such token" })),
    })
}

/// The answer to a sign-in in the form of OAuth 2.0.
fn token(access_token: &str, expires_in: u32) -> Answer {
    Answer::json(200, &json!({ "access_token": access_token, "expires_in": expires_in, "token_type": "Bearer" }))
}

/// An account that the test makes through the API.
async fn account(host: &Host, slug: &str, method: Option<&str>, context: Value) -> Uuid {
    let body = json!({ "integration": slug, "tenant_id": "t", "authentication_method": method, "context": context });
    let answer = host.client().post("/integrated-account", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")
}

async fn client_credentials(host: &Host) -> Uuid {
    account(host, SLUG, Some("oauth2-client-credentials"), json!({ "client_secret": "client-secret" })).await
}

/// Makes a call with one write.
async fn call(host: &Host, account: Uuid) -> CallersAnswer {
    call_in(host, account, "").await
}

async fn call_in(host: &Host, account: Uuid, query: &str) -> CallersAnswer {
    let steps = json!({ "method": "POST", "target": "/users", "primary": true, "body": "{}" }).to_string();
    host.client().post(&create("ticketing", account, query), &json!({ "name": steps })).await
}

/// The outcome of that write for the guest.
fn outcome(answer: &CallersAnswer) -> Value {
    assert_eq!(answer.status, 201, "{}", answer.text());
    let outcomes: Value = serde_json::from_str(answer.json()["name"].as_str().expect("a report")).expect("JSON");
    outcomes[0].clone()
}

/// The account in the API's answer.
async fn shown(host: &Host, account: Uuid) -> Value {
    host.client().get(&format!("/integrated-account/{account}")).await.json()
}

/// Sets the expiry of the account's token, and the time from which the host replaces it, in seconds from now.
async fn set_times(host: &Host, account: Uuid, refresh_in: i64, expires_in: i64) {
    let tokens = host.app.service.accounts.exchanged_tokens();
    let token = tokens.get(account).await.expect("a database").token.expect("a token");
    let at = |seconds| Timestamp::now() + SignedDuration::from_secs(seconds);
    let moved = ExchangedToken { sealed: token.sealed.clone(), refresh_at: at(refresh_in), expires_at: at(expires_in) };
    let holder = Uuid::new_v4();
    assert!(tokens.lease(account, holder, Duration::from_secs(60)).await.expect("a database"), "no host signs in");
    assert_eq!(tokens.store(account, holder, &moved, None).await.expect("a database"), Stored::Kept);
}

async fn host(vendor: &Vendor) -> Host {
    Setup::new().plugin_at(SLUG, &vendor.url()).start().await
}

/// Another host on the same database, with the same key.
async fn beside(host: &Host, vendor: &Vendor) -> Host {
    Setup::new().beside(host).plugin_at(SLUG, &vendor.url()).start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_calls_on_a_token_that_has_just_ended_cost_one_sign_in() {
    let vendor = Vendor::start(vendor_of("first", token("first", 3_600))).await;
    let host = host(&vendor).await;
    let account = client_credentials(&host).await;
    for _ in 0..3 {
        assert_eq!(outcome(&call(&host, account).await)["status"], 201);
    }
    assert_eq!(sign_ins(&vendor).len(), 1, "a token is used until it ends");

    set_times(&host, account, -10, -1).await;
    let (held, gate) = vendor_of("second", token("second", 3_600)).held();
    vendor.next(held).always(vendor_of("second", token("second", 3_600)));
    let calls = join_all((0..50).map(|_| call(&host, account)));
    let (answers, ()) = tokio::join!(calls, async {
        vendor.wait_for_requests(5).await;
        gate.release();
    });
    for answer in &answers {
        assert_eq!(outcome(answer)["status"], 201);
    }
    assert_eq!((sign_ins(&vendor).len(), vendor.requests().len()), (2, 5 + 50));
    let metrics = host.operator().get("/metrics").await.text();
    let counted = format!("mortise_sign_ins_total{{integration=\"{SLUG}\",outcome=\"ok\"}} 2");
    assert!(metrics.contains(&counted), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_on_one_database_sign_in_once() {
    let vendor = Vendor::start(vendor_of("one", token("one", 3_600))).await;
    let one = host(&vendor).await;
    let account = client_credentials(&one).await;
    let other = beside(&one, &vendor).await;
    let (held, gate) = vendor_of("one", token("one", 3_600)).held();
    vendor.next(held);
    let calls = join_all((0..20).map(|n| call(if n % 2 == 0 { &one } else { &other }, account)));
    let (answers, ()) = tokio::join!(calls, async {
        vendor.wait_for_requests(1).await;
        gate.release();
    });
    for answer in &answers {
        assert_eq!(outcome(answer)["status"], 201);
    }
    assert_eq!(sign_ins(&vendor).len(), 1);

    // New credentials end the token on both hosts.
    let path = format!("/integrated-account/{account}");
    let changed = one.client().patch(&path, &json!({ "context": { "client_secret": "changed-secret" } })).await;
    assert_eq!(changed.status, 200);
    assert_eq!(outcome(&call(&one, account).await)["status"], 201);
    let asked = sign_ins(&vendor);
    assert_eq!(asked.len(), 2);
    assert!(String::from_utf8_lossy(&asked[1].body).contains("changed-secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_whose_holder_died_is_taken_over_when_its_time_is_over_and_not_before() {
    let vendor = Vendor::start(vendor_of("one", token("one", 3_600))).await;
    let host = host(&vendor).await;
    let account = client_credentials(&host).await;
    let (lease, begun) = (Duration::from_millis(900), Instant::now());
    let tokens = host.app.service.accounts.exchanged_tokens();
    // The lease of a process that was killed during a sign-in.
    assert!(tokens.lease(account, Uuid::new_v4(), lease).await.expect("a database"));
    assert!(!tokens.lease(account, Uuid::new_v4(), lease).await.expect("a database"), "one holder at a time");
    let answers = join_all((0..10).map(|_| call(&host, account))).await;
    assert!(begun.elapsed() >= lease, "{:?}", begun.elapsed());
    for answer in &answers {
        assert_eq!(outcome(answer)["status"], 201);
    }
    assert_eq!(sign_ins(&vendor).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_right_to_sign_in_leaves_the_token_of_its_successor_alone() {
    let vendor = Vendor::start(vendor_of("successor", token("successor", 3_600))).await;
    let slow = host(&vendor).await;
    let account = client_credentials(&slow).await;
    let successor = beside(&slow, &vendor).await;
    let (held, gate) = Behaviour::from(token("late", 3_600)).held();
    vendor.next(held);
    let (late, ()) = tokio::join!(call(&slow, account), async {
        vendor.wait_for_requests(1).await;
        // As if the sign-in took longer than its lease.
        assert_eq!(slow.sql("UPDATE exchanged_token SET leased_until = 0").await, 1);
        assert_eq!(outcome(&call(&successor, account).await)["status"], 201);
        gate.release();
    });
    // The vendor refuses the late token. The host signs with the token that the successor stored.
    assert_eq!(outcome(&late)["status"], 201);
    assert_eq!(sign_ins(&vendor).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_while_it_signs_in_is_followed_by_another() {
    let vendor = Vendor::start(Behaviour::never()).await;
    let slug = "signs-in-vanta";
    // A lease is 1.5 times as long as the limit of a sign-in.
    let mut killed = Spawned::start(slug, &vendor.url(), &[("MORTISE_LIMITS_TOKEN_EXCHANGE_MS", "4000")]).await;
    let lease = Duration::from_secs(6);
    let survivor = Setup::new().plugin_at(slug, &vendor.url()).beside_process(&killed).start().await;
    let target = create("ticketing", killed.account, "");
    let begun = Instant::now();
    let (user, client) = (json!({ "name": "Ada" }), killed.client());
    let abandoned = client.open("POST", &target, Some(&user)).await;
    vendor.wait_for_requests(1).await;
    killed.kill();
    drop(abandoned);
    vendor.always(Behaviour::by(|request| match request.path() {
        "/oauth/token" => token("token", 3_600),
        _ => Answer::json(201, &json!({ "id": "1", "name": "Ada" })),
    }));
    let answer = survivor.client().post(&target, &user).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(begun.elapsed() >= lease, "{:?}", begun.elapsed());
    let paths: Vec<_> = vendor.requests().iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(paths, ["/oauth/token", "/oauth/token", "/users"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_waits_for_a_sign_in_no_longer_than_it_may_take_itself() {
    let vendor = Vendor::start(Behaviour::never()).await;
    let limits = |limits: &mut mortise::config::Limits| limits.call_deadline_ms = 2_000;
    let host = Setup::new().limits(limits).plugin_at(SLUG, &vendor.url()).start().await;
    let account = client_credentials(&host).await;
    let (held, gate) = vendor_of("late", token("late", 3_600)).held();
    vendor.next(held).always(vendor_of("late", token("late", 3_600)));
    let answer = call(&host, account).await;
    assert_eq!((answer.status, answer.json().get("truto_is_remote_error")), (504, None), "{}", answer.text());
    // The sign-in continues without its caller, and the next call uses its token.
    gate.release();
    assert_eq!(outcome(&call(&host, account).await)["status"], 201);
    assert_eq!(sign_ins(&vendor).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_replaced_ahead_of_its_end_while_calls_go_on_with_it() {
    let vendor = Vendor::start(vendor_of("old", token("old", 3_600))).await;
    let host = host(&vendor).await;
    let account = client_credentials(&host).await;
    call(&host, account).await;
    set_times(&host, account, -1, 3_600).await;
    let new = Behaviour::by(|request| match request.header("authorization") {
        _ if is_sign_in(request) => token("new", 3_600),
        Some("Bearer old" | "Bearer new") => Answer::json(201, &json!({ "id": "1" })),
        _ => Answer::json(401, &json!({})),
    });
    vendor.always(new);
    assert_eq!(outcome(&call(&host, account).await)["status"], 201);
    let requests = vendor.wait_for_requests(4).await;
    assert!(requests[2..].iter().any(|request| request.header("authorization") == Some("Bearer old")));
    assert_eq!(sign_ins(&vendor).len(), 2);
    // Soon afterwards, the host signs with the new token.
    let signed_anew = async {
        loop {
            call(&host, account).await;
            let last = vendor.requests().pop().expect("a request");
            if last.header("authorization") == Some("Bearer new") {
                break;
            }
        }
    };
    tokio::time::timeout(mortise_tests::PATIENCE, signed_anew).await.expect("the new token is used");
    assert_eq!(sign_ins(&vendor).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_the_vendor_refuses_is_replaced_once_and_the_request_sent_again() {
    let vendor = Vendor::start(vendor_of("first", token("first", 3_600))).await;
    let host = host(&vendor).await;
    let account = client_credentials(&host).await;
    call(&host, account).await;
    // The vendor has revoked the token.
    vendor.always(vendor_of("second", token("second", 3_600)));
    let before = vendor.requests().len();
    let answers = join_all((0..10).map(|_| call(&host, account))).await;
    for answer in &answers {
        assert_eq!(outcome(answer)["status"], 201);
    }
    assert_eq!(sign_ins(&vendor).len(), 2, "one sign-in for all");
    let resent: Vec<_> = vendor.requests().split_off(before).into_iter().filter(|r| !is_sign_in(r)).collect();
    assert!(resent.iter().all(|request| request.method == "POST" && request.body == b"{}"));
    let debugged = call_in(&host, account, "&truto_response_format=debug").await.json();
    assert_eq!(debugged["debug"]["requests"].as_array().map(Vec::len), Some(1), "a sign-in belongs to no call");

    // If the vendor refuses the new token, too, the refusal is the outcome of the request.
    vendor.always(vendor_of("nobody has this one", token("third", 3_600)));
    let answer = call_in(&host, account, "&truto_response_format=debug").await;
    assert_eq!(outcome_status(&answer), 401);
    let attempts = answer.json()["debug"]["requests"].clone();
    let statuses: Vec<_> = attempts.as_array().expect("attempts").iter().map(|a| a["status"].clone()).collect();
    assert_eq!(statuses, [json!(401), json!(401)]);
    assert_eq!(sign_ins(&vendor).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_replaced_in_a_call_leaves_the_account_well_whatever_the_plugin_says() {
    let vendor = Vendor::start(vendor_of("first", token("first", 3_600))).await;
    let host = host(&vendor).await;
    let account = client_credentials(&host).await;
    call(&host, account).await;
    for (token_now, kind, status) in [("second", "vendor", 502), ("third", "not-found", 404)] {
        // The vendor has revoked the token. With the new token, its answer makes the plugin fail.
        vendor.always(vendor_of(token_now, token(token_now, 3_600)));
        let steps = json!({ "method": "POST", "target": "/users", "primary": true, "body": "{}", "fail": kind });
        let user = json!({ "name": steps.to_string() });
        let answer = host.client().post(&create("ticketing", account, ""), &user).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(!answer.text().contains("no such token"), "{}", answer.text());
        assert_eq!(shown(&host, account).await["status"], "active");
        assert_eq!(outcome(&call(&host, account).await)["status"], 201);
    }
}

/// The status of the first outcome in a report in format `debug`.
fn outcome_status(answer: &CallersAnswer) -> u64 {
    let report = answer.json()["result"]["name"].as_str().expect("a report").to_owned();
    serde_json::from_str::<Value>(&report).expect("JSON")[0]["status"].as_u64().expect("a status")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_refresh_token_takes_the_old_ones_place_and_an_answer_without_one_leaves_it() {
    let vendor = Vendor::start(Answer::json(500, &json!({}))).await;
    let one = host(&vendor).await;
    let context = json!({ "client_secret": "client-secret", "refresh_token": "refresh-0" });
    let account = account(&one, SLUG, None, context).await;
    let with = |access: &str, refresh: Option<&str>| {
        let answer = json!({ "access_token": access, "refresh_token": refresh, "expires_in": 0 });
        vendor_of(access, Answer::json(200, &answer))
    };
    let sent = || {
        let body = sign_ins(&vendor).pop().expect("a sign-in").body;
        url::form_urlencoded::parse(&body).find(|(name, _)| name == "refresh_token").expect("it is sent").1.into_owned()
    };
    // Each token expires at once, so each call signs in.
    for (answered, expected) in [
        (Some("refresh-1"), "refresh-0"),
        (None, "refresh-1"),
        (Some(""), "refresh-1"),
        (Some("refresh-2"), "refresh-1"),
    ] {
        vendor.always(with("token", answered));
        assert_eq!(outcome(&call(&one, account).await)["status"], 201);
        assert_eq!(sent(), expected, "before {answered:?} was answered");
    }
    vendor.always(with("token", None));
    // The new refresh token also holds for another process.
    let other = beside(&one, &vendor).await;
    assert_eq!(outcome(&call(&other, account).await)["status"], 201);
    assert_eq!(sent(), "refresh-2");
    let basic = sign_ins(&vendor)[0].header("authorization").map(str::to_owned);
    assert_eq!(basic.as_deref(), Some("Basic Y2xpZW50OmNsaWVudC1zZWNyZXQ="));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_form_encoded_for_basic_authentication_unless_the_vendor_does_not_decode_it() {
    let vendor = Vendor::start(vendor_of("one", token("one", 3_600))).await;
    let host = host(&vendor).await;
    let secret = "s&c+r:e %\u{e9}-._*";
    for (method, context, expected) in [
        ("oauth2-refresh", json!({ "client_secret": secret, "refresh_token": "r" }), "s%26c%2Br%3Ae+%25%C3%A9-._*"),
        ("oauth2-password", json!({ "password": secret }), secret),
    ] {
        let account = account(&host, SLUG, Some(method), context).await;
        assert_eq!(outcome(&call(&host, account).await)["status"], 201);
        let sent = sign_ins(&vendor).pop().expect("a sign-in");
        let expected = format!("Basic {}", STANDARD.encode(format!("client:{expected}")));
        assert_eq!(sent.header("authorization"), Some(expected.as_str()), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_fails_says_who_must_act() {
    let vendor = Vendor::start(Answer::json(500, &json!({}))).await;
    let limits = |limits: &mut mortise::config::Limits| limits.token_exchange_ms = 400;
    let host = Setup::new().limits(limits).plugin_at(SLUG, &vendor.url()).start().await;
    let error = |code: &str| json!({ "error": code, "error_description": format!("the words for {code}") });
    // The vendor's answer, the status for the caller, the message for the caller, and whether the account needs new
    // credentials.
    let cases: Vec<(Behaviour, u16, &str, bool)> = vec![
        (Answer::json(400, &error("invalid_grant")).into(), 401, "the words for invalid_grant", true),
        (Answer::json(401, &error("invalid_client")).into(), 401, "the words for invalid_client", true),
        (Answer::json(403, &error("access_denied")).into(), 401, "the words for access_denied", true),
        (Answer::json(200, &error("invalid_grant")).into(), 401, "the words for invalid_grant", true),
        (Answer::json(401, &json!({ "error": { "code": "401001", "detail": "wrong" } })).into(), 401, "wrong", true),
        (Answer::json(200, &error("bad_refresh_token")).into(), 401, "the words for bad_refresh_token", true),
        (
            Answer::json(200, &json!({ "ok": false, "error": "invalid_refresh_token" })).into(),
            401,
            "invalid_refresh_token",
            true,
        ),
        (Answer::json(400, &json!({ "status": "BAD_CLIENT_ID", "message": "no app" })).into(), 401, "no app", true),
        // Error codes that are in no standard.
        (Answer::json(200, &error("unheard_of")).into(), 401, "the words for unheard_of", true),
        (Answer::json(403, &error("of_tomorrow")).into(), 401, "the words for of_tomorrow", true),
        (
            Answer::new(200, "text/plain", "error=bad_verification_code&error_description=The+code+is+over.").into(),
            401,
            "The code is over.",
            true,
        ),
        (Answer::json(400, &error("temporarily_unavailable")).into(), 503, "too busy (status 400)", false),
        (Answer::json(200, &error("server_error")).into(), 503, "too busy (status 200)", false),
        (
            Answer::json(400, &json!({ "errors": [{ "code": "TOO_MANY_REQUESTS" }] })).into(),
            503,
            "TOO_MANY_REQUESTS",
            false,
        ),
        (
            Answer::json(200, &json!({ "error": { "code": 500, "message": "Internal failure" } })).into(),
            503,
            "Internal failure",
            false,
        ),
        (Answer::json(400, &error("unknown_error")).into(), 502, "the words for unknown_error", false),
        (
            Answer::json(403, &json!({ "statusCode": 403, "error": "Forbidden", "message": "blocked by policy" }))
                .into(),
            502,
            "blocked by policy",
            false,
        ),
        // Refusals with other codes and in other members.
        (Answer::json(400, &error("refresh_token_timeout")).into(), 401, "the words for refresh_token_timeout", true),
        (Answer::json(422, &error("invalid_grant")).into(), 401, "the words for invalid_grant", true),
        (Answer::new(400, "text/plain", "invalid_grant").into(), 401, "refused the account's credentials", true),
        (Answer::json(400, &json!([{ "errorCode": "INVALID_LOGIN", "message": "no" }])).into(), 401, "no", true),
        (
            Answer::json(200, &json!({ "Error": "invalid_grant", "Message": "It is over." })).into(),
            401,
            "It is over.",
            true,
        ),
        (
            Answer::json(401, &json!({ "errorCode": "E0000011", "errorSummary": "Invalid token provided" })).into(),
            401,
            "Invalid token provided",
            true,
        ),
        (
            Answer::json(400, &json!({ "errors": { "client_id": ["is unknown"] } })).into(),
            401,
            "client_id: is unknown",
            true,
        ),
        (
            Answer::json(200, &json!({ "STATUS": "Error", "MESSAGE": "no such user" })).into(),
            401,
            "no such user",
            true,
        ),
        (Answer::json(200, &json!({ "success": "false", "message": "it is over" })).into(), 401, "it is over", true),
        (Answer::json(400, &json!({ "errcode": 40_001, "errmsg": "it is over" })).into(), 401, "it is over", true),
        // Temporary or unspecific failures with the statuses of a refusal.
        (
            Answer::json(
                400,
                &json!({ "error": "Access Denied", "error_description": "You have made too many requests.", "status": "failure" }),
            )
            .into(),
            503,
            "too many requests",
            false,
        ),
        (Answer::json(400, &json!({ "error": "Oops, an error occurred" })).into(), 502, "Oops", false),
        (
            Answer::json(200, &json!({ "fault": { "faultstring": "Invalid client" } })).into(),
            502,
            "no usable value at /access_token: Invalid client",
            false,
        ),
        (Answer::html(401, "<h1>no</h1>").into(), 401, "refused the account's credentials", true),
        (Answer::json(400, &error("invalid_request")).into(), 502, "status 400", false),
        (Answer::html(403, "<h1>firewall</h1>").into(), 502, "status 403", false),
        (Answer::json(404, &json!({})).into(), 502, "status 404", false),
        (Answer::json(500, &json!({ "message": "oops" })).into(), 502, "status 500: oops", false),
        (Answer::json(503, &json!({})).header("retry-after", "7").into(), 503, "status 503", false),
        (Answer::json(429, &json!({})).into(), 503, "status 429", false),
        (Answer::redirect(302, "https://evil.example.net/").into(), 502, "status 302", false),
        (Answer::json(200, &json!({ "token": "elsewhere" })).into(), 502, "no usable value at /access_token", false),
        (Answer::html(200, "<h1>maintenance</h1>").into(), 502, "no usable value", false),
        (Behaviour::drop_before_answer(), 502, "closed the connection", false),
        (Behaviour::drop_mid_body(), 502, "incomplete", false),
        (Behaviour::endless_body(), 502, "larger than", false),
        (Behaviour::never(), 504, "within 400 ms", false),
    ];
    for (behaviour, status, words, needs_reauth) in cases {
        let account = client_credentials(&host).await;
        vendor.always(behaviour);
        let answer = call(&host, account).await;
        let begun = Instant::now();
        let body = answer.json();
        let message = body["message"].as_str().expect("a message");
        assert!(answer.status == status && message.contains(words), "{status} {words}: {}", answer.text());
        assert_eq!(body["truto_is_remote_error"] == true, needs_reauth, "{body}");
        if status == 503 {
            let expected = if words.contains("503") { "7" } else { "10" };
            assert_eq!(answer.header("retry-after"), Some(expected));
        }
        let shown = shown(&host, account).await;
        assert_eq!(shown["status"], if needs_reauth { "needs_reauth" } else { "active" }, "{words}");
        assert!(shown["last_error"]["message"].as_str().is_some_and(|kept| kept.contains(words)), "{shown}");

        // A call soon afterwards causes no vendor request.
        let before = sign_ins(&vendor).len();
        assert_eq!(call(&host, account).await.status, status);
        if begun.elapsed() < Duration::from_millis(900) {
            assert_eq!(sign_ins(&vendor).len(), before, "{words}");
        }
        if needs_reauth {
            // New credentials take effect at once.
            vendor.always(vendor_of("token", token("token", 3_600)));
            let context = json!({ "context": { "client_secret": "better-secret" } });
            host.client().patch(&format!("/integrated-account/{account}"), &context).await;
            assert_eq!(outcome(&call(&host, account).await)["status"], 201);
        }
    }

    // After a temporary failure, the next sign-in can succeed.
    let account = client_credentials(&host).await;
    vendor.always(Answer::json(500, &json!({})));
    assert_eq!(call(&host, account).await.status, 502);
    vendor.always(vendor_of("token", token("token", 3_600)));
    let recovered = async { while call(&host, account).await.status != 201 {} };
    tokio::time::timeout(mortise_tests::PATIENCE, recovered).await.expect("it signs in again");
    assert_eq!(shown(&host, account).await["last_error"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_signs_in_for_reads_only_and_never_marks_its_account() {
    let vendor = Vendor::start(Answer::json(401, &json!({ "error": "invalid_client" }))).await;
    let host = host(&vendor).await;
    let account = client_credentials(&host).await;
    let dry = async |steps: Value| {
        let target = create("ticketing", account, "&mortise_dry_run=true");
        host.client().post(&target, &json!({ "name": steps.to_string() })).await
    };
    let write = json!({ "method": "POST", "target": "/users", "primary": true, "body": "{}" });
    let taken = json!({ "method": "POST", "target": "/users", "headers": [["authorization", "mine"]] });
    let planned = dry(write.clone()).await;
    assert_eq!((planned.status, vendor.requests().len()), (200, 0), "{}", planned.text());
    assert!(!dry(taken).await.text().contains("mine"), "the signing header is reserved all the same");
    let refused = dry(json!([{ "target": "/users" }, write])).await;
    assert_eq!((refused.status, sign_ins(&vendor).len()), (200, 1), "{}", refused.text());
    let shown = shown(&host, account).await;
    assert_eq!((&shown["status"], &shown["last_error"]), (&json!("active"), &Value::Null));

    // The host signs the read if it can sign in.
    let other = client_credentials(&host).await;
    vendor.always(vendor_of("first", token("first", 3_600)));
    let target = create("ticketing", other, "&mortise_dry_run=true");
    let planned = host.client().post(&target, &json!({ "name": json!([{ "target": "/a" }, write]).to_string() })).await;
    assert_eq!(planned.json()["requests"].as_array().map(Vec::len), Some(2), "{}", planned.text());
    let sent: Vec<_> = vendor.requests().iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(sent, ["/token", "/token", "/a"]);
    assert_eq!(vendor.requests()[2].header("authorization"), Some("Bearer first"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_vendor_says_of_a_sign_in_is_for_the_caller_and_the_account_and_in_no_log() {
    // Random letters that do not look like a token.
    let random = Uuid::new_v4().simple().to_string();
    let letters: String = random.bytes().take(16).map(|byte| char::from(b'a' + byte % 26)).collect();
    let words = format!("ada {letters}");
    let said = json!({ "error": "invalid_client", "error_description": words });
    for status in [401, 500, 503] {
        let vendor = Vendor::start(vendor_of("first", token("first", 3_600))).await;
        let host = host(&vendor).await;
        let (early, late) = (client_credentials(&host).await, client_credentials(&host).await);
        call(&host, late).await;
        // One sign-in fails before its call begins, the other during the call.
        vendor.always(Behaviour::by({
            let said = said.clone();
            move |request| Answer::json(if is_sign_in(request) { status } else { 401 }, &said)
        }));
        for account in [early, late] {
            call(&host, account).await;
            let kept = shown(&host, account).await["last_error"]["message"].to_string();
            assert!(kept.contains(&words), "{status}: {kept}");
        }
        host.app.service.journal.flush().await;
        let log = host.operator().get("/log").await.text();
        assert!(log.contains(&late.to_string()) && !log.contains(&words), "{status}: {log}");
    }
    assert!(!logs::captured().contains(&words));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_page_tells_a_sign_in_that_failed_from_credentials_that_were_refused() {
    let vendor = Vendor::start(Answer::json(503, &json!({}))).await;
    let host = host(&vendor).await;
    call(&host, client_credentials(&host).await).await;
    let page = async || host.operator().get("/operator").await.text();
    let (failed, refused) = ("the last sign-in failed", "the vendor refused its credentials");
    let text = page().await;
    assert!(text.contains(failed) && !text.contains(refused), "{text}");
    vendor.always(Answer::json(401, &json!({})));
    call(&host, client_credentials(&host).await).await;
    let text = page().await;
    assert!(text.contains(failed) && text.contains(refused), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_in_the_middle_of_a_call_is_the_sign_ins_and_not_the_plugins_failure() {
    let vendor = Vendor::start(vendor_of("first", token("first", 3_600))).await;
    let host = Setup::new().plugin_at("signs-in-vanta", &vendor.url()).start().await;
    let context = json!({ "client_id": "id", "client_secret": "client-secret" });
    let sign_in = |request: &Recorded| request.path() == "/oauth/token";
    let by = move |answer: Answer| {
        Behaviour::by(move |request| match sign_in(request) {
            true => answer.clone(),
            false => Answer::json(401, &json!({ "message": "the token is over" })),
        })
    };
    let user = json!({ "name": "Ada" });
    let refused = json!({ "error": "invalid_client", "error_description": "who are you" });
    for (answer, status, needs_reauth) in [
        (Answer::json(401, &refused), 401, true),
        (Answer::json(500, &json!({})), 502, false),
        (Answer::json(503, &json!({})), 503, false),
    ] {
        let account = account(&host, "signs-in-vanta", None, context.clone()).await;
        let good = Behaviour::by(move |request| match sign_in(request) {
            true => token("first", 3_600),
            false => Answer::json(200, &json!({ "id": "1", "name": "Ada" })),
        });
        vendor.always(good);
        assert_eq!(host.client().post(&create("ticketing", account, ""), &user).await.status, 201);
        vendor.always(by(answer));
        let answer = host.client().post(&create("ticketing", account, ""), &user).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        let shown = shown(&host, account).await;
        assert_eq!(shown["status"], if needs_reauth { "needs_reauth" } else { "active" }, "{shown}");
        if needs_reauth {
            assert_eq!(answer.json()["raw_response"], refused);
            assert_eq!(shown["last_error"]["raw_response"], refused);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_secret_of_an_answer_is_a_variable_of_the_guest() {
    let vendor = Vendor::start(Behaviour::by(|request| match is_sign_in(request) {
        true => Answer::json(200, &json!({ "session": { "key": "session-key" }, "site": 4711 })),
        false => Answer::json(201, &json!({})),
    }))
    .await;
    let host = host(&vendor).await;
    let account = account(&host, SLUG, Some("exchange"), json!({ "api_key": "abc", "region": "us" })).await;
    let answer = host.client().post(&create("ticketing", account, ""), &json!({ "name": "site" })).await;
    assert_eq!((answer.status, &answer.json()["name"]), (201, &json!("4711")), "{}", answer.text());
    call(&host, account).await;
    let requests = vendor.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(
        (requests[0].method.as_str(), requests[0].target.as_str()),
        ("GET", "/token?key=kAFQmDzST7DWlj99KOF%2Fcg%3D%3D")
    );
    assert_eq!(requests[0].header("x-api-key"), Some("abc"));
    assert_eq!(requests[1].header("x-session"), Some("Session session-key"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_chooses_its_sign_in_and_must_carry_what_that_needs() {
    let host = Setup::new().plugin(SLUG).start().await;
    let post = async |method: Option<&str>, context: Value| {
        let body =
            json!({ "integration": SLUG, "tenant_id": "t", "authentication_method": method, "context": context });
        host.client().post("/integrated-account", &body).await
    };
    for (method, context, status) in [
        (Some("oauth2-refresh"), json!({ "client_secret": "s", "refresh_token": "r" }), 201),
        (Some("oauth2-refresh"), json!({ "refresh_token": "r" }), 400),
        (Some("oauth2-client-credentials"), json!({ "client_secret": "s" }), 201),
        (Some("oauth2-password"), json!({ "password": "p" }), 201),
        (Some("exchange"), json!({ "api_key": "k" }), 201),
        (Some("exchange"), json!({ "password": "p" }), 400),
        (Some("bearer"), json!({ "client_secret": "s" }), 400),
        (None, json!({ "api_key": "k" }), 201),
        (None, json!({}), 400),
        // An account cannot carry a value that the exchange brings.
        (None, json!({ "api_key": "k", "access_token": "t" }), 400),
        (Some("exchange"), json!({ "api_key": "line\nbreak" }), 400),
    ] {
        let answer = post(method, context.clone()).await;
        assert_eq!(answer.status, status, "{method:?} {context}: {}", answer.text());
    }
    let shown = host.client().get(&format!("/integration/{SLUG}/capabilities")).await.json();
    let exchange = &shown["auth"][0]["exchange"];
    assert_eq!((&exchange["kind"], &exchange["encoding"]), (&json!("oauth2-refresh"), &json!("form")));
    assert_eq!(exchange["url"], "https://{region}.vendor.example.com/token");
    assert_eq!(exchange["answers"][1]["replaces"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secrets_of_a_sign_in_reach_the_vendor_and_nobody_else() {
    let secrets: Vec<_> = (0..5).map(|n| if n % 2 == 0 { Canary::new() } else { Canary::awkward() }).collect();
    let [client, refresh, rotated, access, second] = &secrets[..] else { unreachable!("five") };
    let vendor = Vendor::start(Behaviour::never()).await;
    let host = host(&vendor).await;
    let mut heard = Vec::new();
    let context = json!({ "client_secret": client.as_str(), "refresh_token": refresh.as_str() });
    let mut id = account(&host, SLUG, Some("oauth2-refresh"), context.clone()).await;
    let answer = |token: &Canary| json!({ "access_token": token.as_str(), "refresh_token": rotated.as_str(), "expires_in": 3_600, "id_token": token.as_str() });
    let names = [
        "read",
        "[{\"target\":\"/a\",\"read\":[\"etag\",\"x-echo\"]},{\"method\":\"POST\",\"target\":\"/b\",\"primary\":true}]",
    ];
    let everything = async |what: &str, id: Uuid, heard: &mut Vec<(String, Vec<u8>)>| {
        for format in
            ["", "&truto_response_format=raw", "&truto_response_format=stream", "&truto_response_format=debug"]
        {
            for name in names {
                let answer = host.client().post(&create("ticketing", id, format), &json!({ "name": name })).await;
                heard.push((format!("{what}{format} ({})", answer.status), answer.everything()));
            }
        }
    };
    // The API echoes its requests, and so the token. The second token replaces the first during a call.
    for token in [access, second] {
        let (signed, body) = (format!("Bearer {token}"), answer(token));
        let api = Behaviour::by(move |request| match request.header("authorization") {
            _ if is_sign_in(request) => Behaviour::from(Answer::json(200, &body)),
            Some(header) if header == signed => Behaviour::echo(),
            header => Answer::json(401, &json!({ "message": format!("{header:?} is over") })).into(),
        });
        vendor.always(api);
        everything("an echo", id, &mut heard).await;
        assert!(vendor.requests().iter().any(|r| r.header("authorization") == Some(&format!("Bearer {token}"))));
    }
    assert_eq!(sign_ins(&vendor).len(), 2);
    let sent = String::from_utf8_lossy(&sign_ins(&vendor)[1].body).into_owned();
    assert!(url::form_urlencoded::parse(sent.as_bytes()).any(|(_, value)| value == rotated.as_str()));
    // Sign-ins that fail, with the request in the answer.
    for status in [500, 200, 400, 401] {
        let tells = Behaviour::by(move |request| {
            let said = format!("{} {:?}", String::from_utf8_lossy(&request.body), request.headers);
            let said = json!({ "error": "invalid_grant", "error_description": said });
            Answer::json(if is_sign_in(request) { status } else { 401 }, &said)
        });
        vendor.always(tells);
        // The first sign-in fails during a call, the others fail before a call.
        everything("a failure", id, &mut heard).await;
        let shown = shown(&host, id).await;
        assert_eq!(shown["status"], if status == 500 { "active" } else { "needs_reauth" });
        heard.push(("the account".to_owned(), shown.to_string().into_bytes()));
        id = account(&host, SLUG, Some("oauth2-refresh"), context.clone()).await;
    }
    assert_told_nobody(host, heard, &secrets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_calls_own_sign_in_sent_and_brought_is_taken_out_of_its_answers() {
    let secrets: Vec<_> = (0..6).map(|_| Canary::new()).collect();
    let [client, refresh, rotated, access, unused, session] = &secrets[..] else { unreachable!("six") };
    let told = json!({ "id": "1", "name": format!("{client} {refresh} {rotated} {access} {unused} {session}") });
    let brought = json!({
        "access_token": format!(" {access}\n"), "refresh_token": rotated.as_str(), "id_token": unused.as_str(),
        "sid": session.as_str(), "expires_in": 3_600,
    });
    let signed = format!("Bearer {access}");
    let vendor = Vendor::start(Behaviour::by(move |request| match request.header("authorization") {
        _ if is_sign_in(request) => Answer::json(200, &brought),
        Some(header) if header == signed => Answer::json(201, &told),
        header => Answer::json(400, &json!({ "message": format!("{header:?}") })),
    }))
    .await;
    let host = host(&vendor).await;
    let other = beside(&host, &vendor).await;
    let context = json!({ "client_secret": client.as_str(), "refresh_token": refresh.as_str() });
    let search = Search::new(&secrets);
    for format in ["", "&truto_response_format=raw", "&truto_response_format=stream", "&truto_response_format=debug"] {
        let account = account(&host, SLUG, None, context.clone()).await;
        // The second call, and the call of another host, sign with the token of the first call.
        for host in [&host, &host, &other] {
            let answer = call_in(host, account, format).await;
            assert_eq!(answer.status, 201, "{}", answer.text());
            assert!(answer.text().contains("[redacted]"), "{}", answer.text());
            search.assert_absent(&format!("an answer{format}"), answer.everything());
        }
    }
    assert_eq!(sign_ins(&vendor).len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_a_number_is_sent_and_taken_out_of_answers_as_the_vendor_wrote_it() {
    let number = "123456789012345678901234567890";
    let vendor = Vendor::start(Behaviour::by(move |request| match is_sign_in(request) {
        true => Answer::new(200, "application/json", format!("{{\"access_token\":{number}}}")),
        false => Answer::json(400, &json!({ "message": request.header("authorization") })),
    }))
    .await;
    let host = host(&vendor).await;
    let answer = call_in(&host, client_credentials(&host).await, "&truto_response_format=debug").await;
    assert!(answer.text().contains("Bearer [redacted]") && !answer.text().contains(number), "{}", answer.text());
    assert_eq!(vendor.requests()[1].header("authorization"), Some(format!("Bearer {number}").as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_in_an_answer_that_refuses_a_sign_in_are_for_nobody() {
    let secrets: Vec<_> = (0..5).map(|_| Canary::new()).collect();
    let [client, access, refresh, unused, loose] = &secrets[..] else { unreachable!("five") };
    let vendor = Vendor::start(Behaviour::never()).await;
    let host = host(&vendor).await;
    // The member of the last value does not show that the value is a token.
    let error = json!({
        "error": "invalid_grant", "error_description": format!("{access} was the last one, and \"{loose}\" is over"),
        "access_token": access.as_str(), "sid": loose.as_str(), "code": loose.as_str(), "session": { "id": loose.as_str() },
        "data": { "refreshToken": refresh.as_str(), "credentials": [{ "value": unused.as_str() }] },
        "jwt": [loose.as_str()], "errors": [{ "type": loose.as_str() }, loose.as_str()], loose.as_str(): { "message": "no" },
    });
    let form = format!("error=invalid_grant&access_token={access}&refresh_token={refresh}&sid={loose}");
    let text = format!("The session {loose} is over.");
    let many = json!({ "error": "invalid_grant", "tokens": vec![access.as_str(); 500] });
    let answers = [200, 400, 401, 429, 500, 503].map(|status| Answer::json(status, &error));
    let texts = [form, text].map(|text| (Answer::new(401, "text/plain", text), ""));
    let answers = answers.map(|answer| (answer, "[redacted] was the last one, and \\\"[redacted]\\\" is over"));
    let mut heard = Vec::new();
    for (answer, words) in answers.into_iter().chain(texts).chain([(Answer::json(401, &many), "")]) {
        vendor.always(answer);
        let context = json!({ "client_secret": client.as_str(), "refresh_token": "the-refresh-token" });
        let id = account(&host, SLUG, None, context).await;
        for format in ["", "&truto_response_format=debug"] {
            let answer = call_in(&host, id, format).await;
            heard.push((format!("an answer{format} ({})", answer.status), answer.everything()));
        }
        let account = shown(&host, id).await.to_string();
        assert!(account.contains(words), "{account}");
        heard.push(("the account".to_owned(), account.into_bytes()));
    }
    assert_told_nobody(host, heard, &secrets).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_failure_tells_does_not_depend_on_how_its_credentials_are_written() {
    let vendor = Vendor::start(Behaviour::never()).await;
    let host = host(&vendor).await;
    let over = json!({ "error": "invalid_grant", "error_description": "The code is over" });
    let numeric = json!({
        "error": "invalid_grant", "error_description": "The code is over",
        "api_key": 1_234_567, "sid": "shortsid", "session": "abcdefghijkl", "otp": "q8Zr2p",
    });
    let quoted = r#"upstream said {"access_token":"q8Zr2pLm","refresh_token":"Zr2pLmq8","sid":"shortsid"}"#;
    let quoted = json!({ "message": quoted, "detail": "Zr2pLmq8 is over" });
    let named = json!({ "error": "refresh_token=q8Zr2pLm is revoked; password 'hunter2' was wrong" });
    let foreign = json!({ "error": "refresh_token：q8Zr2pLm, <pwd>Zr2pLmq8</pwd>, password «hunter2»" });
    for (answer, body, words) in [
        (Answer::json(401, &numeric), over, "The code is over"),
        (Answer::json(502, &quoted), Value::Null, "upstream said [redacted]"),
        (
            Answer::json(401, &named),
            json!({ "error": "refresh_token=[redacted] is revoked; password '[redacted]' was wrong" }),
            "refresh_token=[redacted] is revoked",
        ),
        (
            Answer::json(401, &foreign),
            json!({ "error": "refresh_token：[redacted], <pwd>[redacted]</pwd>, password «[redacted]»" }),
            "refresh_token：[redacted]",
        ),
    ] {
        vendor.always(answer);
        let id = client_credentials(&host).await;
        let answer = call_in(&host, id, "&truto_response_format=debug").await;
        let kept = shown(&host, id).await["last_error"].clone();
        assert_eq!(kept["raw_response"], body);
        assert!(kept["message"].as_str().is_some_and(|message| message.contains(words)), "{kept}");
        let told = format!("{}{kept}", String::from_utf8_lossy(&answer.everything()));
        for secret in ["1234567", "shortsid", "abcdefghijkl", "q8Zr2p", "Zr2pLmq8", "hunter2"] {
            assert!(!told.contains(secret), "{secret}: {told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_for_the_guest_with_a_credential_in_it_is_not_told() {
    let (key, session) = (Canary::new(), Canary::new());
    let vendor = Vendor::start(Behaviour::never()).await;
    let host = host(&vendor).await;
    for site in [key.to_string(), format!("site-{session}"), format!("{session}").to_uppercase()] {
        let answer = json!({ "session": { "key": session.as_str() }, "site": site, "token": site.to_uppercase() });
        vendor.always(Behaviour::by(move |request| match is_sign_in(request) {
            true => Answer::json(200, &answer),
            false => Answer::json(201, &json!({})),
        }));
        let account = account(&host, SLUG, Some("exchange"), json!({ "api_key": key.as_str() })).await;
        let answer = host.client().post(&create("ticketing", account, ""), &json!({ "name": "site" })).await;
        assert_eq!(answer.status, 502, "{}", answer.text());
        assert!(answer.text().contains("would get the value at /site"), "{}", answer.text());
        let search = Search::new(&[key.clone(), session.clone()]);
        search.assert_absent("an answer", answer.everything());
        search.assert_absent("the account", shown(&host, account).await.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_credentials_are_tried_at_once_and_a_late_answer_to_the_old_ones_changes_nothing() {
    let vendor = Vendor::start(vendor_of("new", token("new", 3_600))).await;
    let host = host(&vendor).await;
    let other = beside(&host, &vendor).await;
    let refusal = || Answer::json(401, &json!({ "error": "invalid_client" }));
    for (late, change) in [
        (refusal(), json!({ "context": { "client_secret": "better-secret" } })),
        (Answer::json(500, &json!({})), json!({ "context": { "client_secret": "better-secret" } })),
        (token("late", 3_600), json!({ "context": { "client_secret": "better-secret" } })),
        (refusal(), json!({ "authentication_method": "oauth2-password" })),
    ] {
        let context = json!({ "client_secret": "client-secret", "password": "the-password" });
        let account = account(&host, SLUG, Some("oauth2-client-credentials"), context).await;
        let before = vendor.requests().len();
        let (held, gate) = Behaviour::from(late).held();
        vendor.next(held);
        let (_stuck, ()) = tokio::join!(call(&host, account), async {
            vendor.wait_for_requests(before + 1).await;
            let path = format!("/integrated-account/{account}");
            let changed = host.client().patch(&path, &change).await;
            assert_eq!(changed.status, 200, "{}", changed.text());
            for host in [&host, &other] {
                assert_eq!(outcome(&call(host, account).await)["status"], 201, "the old sign-in is still under way");
            }
            gate.release();
        });
        let shown = shown(&host, account).await;
        assert_eq!((&shown["status"], &shown["last_error"]), (&json!("active"), &Value::Null), "{shown}");
        assert_eq!(outcome(&call(&host, account).await)["status"], 201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_a_sign_in_does_not_send_neither_ends_it_nor_the_token_that_it_brings() {
    let vendor = Vendor::start(vendor_of("token", token("token", 3_600))).await;
    let host = host(&vendor).await;
    let other = beside(&host, &vendor).await;
    for (change, stores_others) in [
        (json!({ "context": { "locale": "de" } }), false),
        (json!({ "context": { "locale": null, "region": "us" } }), false),
        (json!({ "context": { "client_secret": "client-secret" } }), false),
        (json!({ "authentication_method": "oauth2-refresh", "is_sandbox": false }), false),
        (json!({ "context": { "api_key": "of another method" } }), true),
    ] {
        let context = json!({ "client_secret": "client-secret", "refresh_token": "refresh-0" });
        let account = account(&host, SLUG, None, context).await;
        let accounts = &host.app.service.accounts;
        let sealed = async || accounts.get(account, None).await.expect("a database").expect("an account").sealed;
        let (before, stored) = (vendor.requests().len(), sealed().await);
        let rotated = json!({ "access_token": "token", "refresh_token": "refresh-1", "expires_in": 3_600 });
        let (held, gate) = Behaviour::from(Answer::json(200, &rotated)).held();
        vendor.next(held);
        let (first, second) = tokio::join!(call(&host, account), async {
            vendor.wait_for_requests(before + 1).await;
            let changed = host.client().patch(&format!("/integrated-account/{account}"), &change).await;
            assert_eq!(changed.status, 200, "{}", changed.text());
            let row = accounts.exchanged_tokens().get(account).await.expect("a database");
            assert!(row.leased_until.is_some(), "the sign-in goes on: {change}");
            assert_eq!(sealed().await != stored, stores_others, "{change}");
            gate.release();
            call(&other, account).await
        });
        assert_eq!((&outcome(&first)["status"], &outcome(&second)["status"]), (&json!(201), &json!(201)), "{change}");
        let changed = host.client().patch(&format!("/integrated-account/{account}"), &change).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        assert_eq!(outcome(&call(&host, account).await)["status"], 201);
        assert_eq!(vendor.requests()[before..].iter().filter(|request| is_sign_in(request)).count(), 1, "{change}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_meets_the_deletion_of_its_account_while_the_host_signs_in_is_a_404() {
    let vendor = Vendor::start(vendor_of("first", token("first", 3_600))).await;
    let host = host(&vendor).await;
    let refusal = || Answer::json(400, &json!({ "error": "invalid_grant" }));
    // Whether the sign-in is the second of the call, because the vendor refused the first token during the call.
    for (answer, is_second) in [(token("late", 3_600), false), (refusal(), false), (refusal(), true)] {
        let account = client_credentials(&host).await;
        if is_second {
            call(&host, account).await;
            vendor.next(Answer::json(401, &json!({ "message": "the token is over" })));
        }
        let (held, gate) = Behaviour::from(answer).held();
        vendor.next(held);
        let sent = vendor.requests().len() + 1 + usize::from(is_second);
        let keyed = host.client().header("idempotency-key", &account.to_string());
        let steps = json!({ "method": "POST", "target": "/users", "primary": true, "body": "{}" }).to_string();
        let target = create("ticketing", account, "");
        let user = json!({ "name": steps });
        let (answer, ()) = tokio::join!(keyed.post(&target, &user), async {
            vendor.wait_for_requests(sent).await;
            assert_eq!(host.client().delete(&format!("/integrated-account/{account}")).await.status, 200);
            gate.release();
        });
        assert_eq!((answer.status, vendor.requests().len()), (404, sent), "{}", answer.text());
        assert_eq!(answer.json()["message"], "integrated account not found");
    }

    // Another host deletes the account, and this host has not seen it when it signs in.
    let account = client_credentials(&host).await;
    assert_eq!(call_in(&host, account, "&mortise_dry_run=true").await.status, 200);
    host.sql("DELETE FROM integrated_account").await;
    let sent = vendor.requests().len();
    let answer = call(&host, account).await;
    assert_eq!((answer.status, vendor.requests().len()), (404, sent), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_a_vendor_did_not_get_in_time_goes_out_once_more_on_another_connection() {
    let vendor = Vendor::start(vendor_of("first", token("first", 3_600))).await;
    let host = host(&vendor).await;
    let not_in_time = || Behaviour::raw(Answer::json(408, &json!({})).header("connection", "close").to_bytes());
    vendor.next(not_in_time());
    assert_eq!(outcome(&call(&host, client_credentials(&host).await).await)["status"], 201);
    assert_eq!((sign_ins(&vendor).len(), vendor.connections()), (2, 2));
    vendor.next(not_in_time()).next(not_in_time());
    let answer = call(&host, client_credentials(&host).await).await;
    assert_eq!((answer.status, sign_ins(&vendor).len()), (503, 4), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_was_refused_while_its_refresh_token_rotated_is_active_again() {
    let vendor = Vendor::start(Behaviour::never()).await;
    let host = host(&vendor).await;
    let context = json!({ "client_secret": "client-secret", "refresh_token": "refresh-0" });
    // The vendor accepts each refresh token once.
    vendor.always(Behaviour::by(|request| match is_sign_in(request) {
        true if String::from_utf8_lossy(&request.body).contains("refresh-1") => token("second", 3_600),
        true => Answer::json(400, &json!({ "error": "invalid_grant" })),
        false => Answer::json(201, &json!({ "id": "1", "name": "Ada" })),
    }));
    for by_operator in [false, true] {
        let account = account(&host, SLUG, None, context.clone()).await;
        let path = format!("/integrated-account/{account}");
        let before = vendor.requests().len();
        let rotated = json!({ "access_token": "first", "refresh_token": "refresh-1", "expires_in": 3_600 });
        let (held, gate) = Behaviour::from(Answer::json(200, &rotated)).held();
        vendor.next(held);
        let (first, ()) = tokio::join!(call(&host, account), async {
            vendor.wait_for_requests(before + 1).await;
            let change = match by_operator {
                true => json!({ "status": "needs_reauth" }),
                false => json!({ "context": { "client_secret": "other-secret" } }),
            };
            assert_eq!(host.client().patch(&path, &change).await.status, 200);
            assert_eq!(call(&host, account).await.status, 401);
            assert_eq!(shown(&host, account).await["status"], "needs_reauth");
            gate.release();
        });
        assert_eq!(outcome(&first)["status"], 201);
        let shown = shown(&host, account).await;
        let expected = if by_operator { "needs_reauth" } else { "active" };
        assert_eq!((&shown["status"], &shown["last_error"]), (&json!(expected), &Value::Null), "{shown}");
        assert_eq!(call(&host, account).await.status, if by_operator { 401 } else { 201 });
    }
}

/// The sign-in of one real vendor.
struct Sheet {
    slug: &'static str,
    method: Option<&'static str>,
    context: Value,
    /// The request line of the sign-in, without the HTTP version.
    line: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    answer: Value,
    /// The headers that sign the next request, and its target.
    signed: &'static [(&'static str, &'static str)],
    path: &'static str,
    lifetime: i64,
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");
const BEARER: &[(&str, &str)] = &[("authorization", "Bearer access-token")];

fn sheets() -> Vec<Sheet> {
    let client = json!({ "client_id": "client", "client_secret": "secret&1" });
    let with = |more: Value| {
        let mut all = client.as_object().expect("an object").clone();
        all.extend(more.as_object().expect("an object").clone());
        Value::Object(all)
    };
    let oauth =
        |expires_in: Value| json!({ "access_token": "access-token", "token_type": "Bearer", "expires_in": expires_in });
    let sheet = |slug| Sheet {
        slug,
        method: None,
        context: client.clone(),
        line: "",
        headers: &[FORM],
        body: "",
        answer: oauth(json!(3_599)),
        signed: BEARER,
        path: "/users",
        lifetime: 3_599,
    };
    let salesforce = Sheet {
        line: "POST /oauth2/token",
        answer: json!({ "access_token": "access-token", "instance_url": "https://acme.my.salesforce.com" }),
        lifetime: 1_800,
        ..sheet("signs-in-salesforce")
    };
    vec![
        Sheet {
            method: Some("oauth2-client-credentials"),
            context: with(json!({ "my_domain": "acme" })),
            body: "grant_type=client_credentials&client_id=client&client_secret=secret%261",
            answer: salesforce.answer.clone(),
            ..salesforce
        },
        Sheet {
            context: with(json!({ "my_domain": "acme", "refresh_token": "5Aep861" })),
            body: "grant_type=refresh_token&client_id=client&client_secret=secret%261&refresh_token=5Aep861",
            ..salesforce
        },
        Sheet {
            line: "POST /oauth/token",
            headers: &[JSON],
            body: r#"{"grant_type":"client_credentials","client_id":"client","client_secret":"secret&1","scope":"vanta-api.all:read vanta-api.all:write"}"#,
            ..sheet("signs-in-vanta")
        },
        Sheet {
            context: json!({ "pod": "10ax", "site": "acme", "pat_name": "mortise", "pat_secret": "qlE1g9" }),
            line: "POST /auth/signin",
            headers: &[JSON, ("accept", "application/json")],
            body: r#"{"credentials":{"personalAccessTokenName":"mortise","personalAccessTokenSecret":"qlE1g9","site":{"contentUrl":"acme"}}}"#,
            answer: json!({ "credentials": {
                "token": "access-token", "site": { "id": "9a8b7c6d", "contentUrl": "acme" }, "user": { "id": "9f9e9d9c" },
                "estimatedTimeToExpiration": "1:05:38",
            } }),
            signed: &[("x-tableau-auth", "access-token")],
            path: "/sites/9a8b7c6d/users",
            lifetime: 3_938,
            ..sheet("signs-in-tableau")
        },
        Sheet {
            context: with(json!({ "scope": "ReportsAPI instance_00", "username": "api.user", "api_key": "key+1" })),
            line: "POST /authorize/connect/token",
            headers: &[FORM, ("authorization", "Basic Y2xpZW50OnNlY3JldCUyNjE=")],
            body: "grant_type=password&username=api.user&password=key%2B1&scope=ReportsAPI+instance_00",
            ..sheet("signs-in-blackline")
        },
        Sheet {
            context: with(json!({ "account_id": "0d26daa6-x" })),
            line: "POST /accounts/0d26daa6-x/v1/token",
            headers: &[FORM, ("authorization", "Basic Y2xpZW50OnNlY3JldCUyNjE=")],
            body: "grant_type=client_credentials&scope=all-apis",
            ..sheet("signs-in-databricks")
        },
        Sheet {
            context: with(json!({ "munchkin_id": "123-abc-456" })),
            line: "GET /identity/oauth/token?grant_type=client_credentials&client_id=client&client_secret=secret%261",
            headers: &[],
            ..sheet("signs-in-adobe-marketo-engage")
        },
        Sheet {
            context: with(json!({ "app_key": "app-key" })),
            line: "POST /auth/tokens",
            headers: &[JSON],
            body: r#"{"clientID":"client","clientSecret":"secret&1"}"#,
            answer: oauth(json!("3600")),
            signed: &[("authorization", "Bearer access-token"), ("dw-client-app-key", "app-key")],
            lifetime: 3_600,
            ..sheet("signs-in-drive-wealth")
        },
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sheet_of_a_real_vendor_is_declared_without_code() {
    let sheets = sheets();
    let vendor = Vendor::start(Behaviour::never()).await;
    let slugs: BTreeSet<_> = sheets.iter().map(|sheet| sheet.slug).collect();
    let setup = slugs.iter().fold(Setup::new(), |setup, slug| setup.plugin_at(slug, &vendor.url()));
    let host = setup.plugin_at("signs-in-paralus", &vendor.url()).start().await;
    let user = json!({ "name": "Ada" });
    for sheet in &sheets {
        let (before, answer) = (vendor.requests().len(), sheet.answer.clone());
        let account = account(&host, sheet.slug, sheet.method, sheet.context.clone()).await;
        let line = sheet.line.to_owned();
        vendor.always(Behaviour::by(move |request| match format!("{} {}", request.method, request.target) == line {
            true => Answer::json(200, &answer),
            false => Answer::json(201, &json!({ "id": "1", "name": "Ada" })),
        }));
        let answer = host.client().post(&create("ticketing", account, ""), &user).await;
        assert_eq!(answer.status, 201, "{}: {}", sheet.slug, answer.text());
        let requests = vendor.requests().split_off(before);
        let [sign_in, request] = &requests[..] else { panic!("{}: {requests:?}", sheet.slug) };
        assert_eq!(format!("{} {}", sign_in.method, sign_in.target), sheet.line);
        assert_eq!(String::from_utf8_lossy(&sign_in.body), sheet.body, "{}", sheet.slug);
        for (name, value) in sheet.headers {
            assert_eq!(sign_in.header(name), Some(*value), "{} {name}", sheet.slug);
        }
        assert_eq!(request.path(), sheet.path);
        for (name, value) in sheet.signed {
            assert_eq!(request.header(name), Some(*value), "{} {name}", sheet.slug);
        }
        let token = host.app.service.accounts.exchanged_tokens().get(account).await.expect("a database").token;
        let left = token.expect("a token").expires_at.duration_since(Timestamp::now()).as_secs();
        assert!((sheet.lifetime - 60..=sheet.lifetime).contains(&left), "{}: {left}", sheet.slug);
    }

    // No sign-in. The credential is computed from the secret: the MD5 of "abc" in base64.
    let before = vendor.requests().len();
    let context = json!({ "site": "acme", "api_key_id": "key-id", "api_secret": "abc" });
    let account = account(&host, "signs-in-paralus", None, context).await;
    assert_eq!(host.client().post(&create("ticketing", account, ""), &user).await.status, 201);
    let requests = vendor.requests().split_off(before);
    assert_eq!(requests.len(), 1);
    let signed = (requests[0].header("x-api-keyid"), requests[0].header("x-api-token"));
    assert_eq!(signed, (Some("key-id"), Some("kAFQmDzST7DWlj99KOF/cg==")));
}

/// Asserts that neither the answers, nor the database, nor the log has a secret.
async fn assert_told_nobody(host: Host, mut heard: Vec<(String, Vec<u8>)>, secrets: &[Canary]) {
    let data = host.shut_down().await;
    heard.push(("the database".to_owned(), database::written(data.path()).await));
    heard.push(("the log".to_owned(), logs::captured().into_bytes()));
    let search = Search::new(secrets);
    for (what, text) in &heard {
        search.assert_absent(what, text);
    }
}
