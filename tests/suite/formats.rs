//! The five response formats of both unified routes, over real sockets with the real components.

use std::collections::BTreeSet;

use mortise::config::Limits;
use mortise_tests::canary::Canary;
use mortise_tests::client;
use mortise_tests::host::{Setup, create};
use mortise_tests::vendor::{Answer, Behaviour, Vendor};
use serde_json::{Value, json};

use crate::fixtures::{self, Case, ada, agent, cases, dixa};

const TICKETING: [&str; 13] = [
    "id",
    "name",
    "first_name",
    "last_name",
    "username",
    "emails",
    "is_active",
    "team_ids",
    "avatar",
    "roles",
    "created_at",
    "updated_at",
    "etag",
];
const CRM: [&str; 7] = ["id", "name", "email", "is_active", "urls", "created_at", "updated_at"];
const USER_DIRECTORY: [&str; 30] = [
    "id",
    "external_id",
    "identifiers",
    "name",
    "first_name",
    "last_name",
    "username",
    "emails",
    "phones",
    "urls",
    "avatar",
    "title",
    "bio",
    "languages",
    "timezone",
    "user_type",
    "status",
    "roles",
    "groups",
    "organizations",
    "workspaces",
    "licenses",
    "is_2fa_enabled",
    "is_email_verified",
    "created_at",
    "updated_at",
    "activated_at",
    "last_active_at",
    "last_login_at",
    "status_changed_at",
];

/// Checks every operation in one format: the case, and the answer to the caller.
async fn every_operation(format: &str, check: impl Fn(&Case, &client::Answer)) {
    let (vendor, host) = fixtures::start().await;
    for case in cases() {
        let secret = Canary::new();
        let account = fixtures::account(&host, case.slug, secret.as_str()).await;
        let before = vendor.requests().len();
        let target = case.target(account, &format!("&truto_response_format={format}"));
        let answer = host.client().send(case.method(), &target, Some(&case.body)).await;
        let context = format!("{} {} {}", case.slug, case.category, case.method());
        assert_eq!(answer.status, case.status(), "{context}: {}", answer.text());
        assert!(answer.complete && answer.header("mortise-generation").is_some() || format == "stream", "{context}");
        secret.assert_absent("the answer", answer.everything());

        let sent = &vendor.requests()[before..];
        let asked: Vec<_> = sent.iter().map(|request| (request.method.as_str(), request.path())).collect();
        let expected = if ["raw", "stream"].contains(&format) { &case.requests[..1] } else { case.requests };
        assert_eq!(asked, expected, "{context}: without mapping, its requests are left out");
        for request in sent {
            let credential = request.header("authorization").unwrap_or_default();
            assert!(credential.ends_with(secret.as_str()), "{context}: every request is signed");
        }
        check(&case, &answer);
    }
}

/// The answer as JSON, with `null` for each place with the vendor's untouched text, and the number of these places. No
/// JSON library reads these places.
fn without_vendor_text(answer: &client::Answer, case: &Case) -> (Value, usize) {
    let text = answer.text();
    let count = text.matches(&case.answer).count();
    (serde_json::from_str(&text.replace(&case.answer, "null")).unwrap_or_else(|_| panic!("not JSON: {text}")), count)
}

#[tokio::test(flavor = "multi_thread")]
async fn unified_answers_with_mapped_fields_and_the_vendors_own_bytes() {
    every_operation("unified", |case, answer| {
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let mut expected = case.unified.clone();
        expected["remote_data"] = Value::Null;
        assert_eq!(without_vendor_text(answer, case), (expected, 1), "the vendor's text, byte for byte");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_answers_with_the_vendors_bytes_and_content_type() {
    every_operation("raw", |case, answer| {
        assert_eq!(answer.text(), case.answer);
        assert_eq!(answer.header("content-type"), Some(case.content_type));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_answers_with_the_vendors_bytes_and_content_type() {
    every_operation("stream", |case, answer| {
        assert!(answer.complete);
        assert_eq!(answer.text(), case.answer);
        assert_eq!(answer.header("content-type"), Some(case.content_type));
        assert_eq!(answer.header("transfer-encoding"), Some("chunked"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn normalized_answers_with_every_field_of_the_schema_and_dates_in_utc() {
    every_operation("normalized", |case, answer| {
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let schema: &[&str] = match case.category {
            "ticketing" => &TICKETING,
            "crm" => &CRM,
            _ => &USER_DIRECTORY,
        };
        let mut expected: serde_json::Map<String, Value> =
            schema.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
        expected.extend(case.unified.as_object().unwrap().clone());
        let utc = match case.slug {
            "dixa" => json!({"created_at": "2020-12-16T09:41:43Z"}),
            "planhat" => json!({"created_at": "2024-02-03T10:00:00Z", "updated_at": "2024-02-03T10:30:00Z"}),
            _ => json!({"created_at": "2022-07-06T18:15:38Z", "last_active_at": "2023-07-06T18:15:38Z"}),
        };
        expected.extend(utc.as_object().unwrap().clone());
        assert_eq!(answer.json(), Value::Object(expected), "{}", case.slug);
        let keys = answer.json().as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        assert!(!keys.contains("remote_data"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn debug_answers_with_every_vendor_request_and_no_credential() {
    every_operation("debug", |case, answer| {
        let (body, count) = without_vendor_text(answer, case);
        assert_eq!(count, 2, "as remote_data and as the body of its answer: {}", answer.text());
        let mut expected = case.unified.clone();
        expected["remote_data"] = Value::Null;
        assert_eq!(body["result"], expected);
        let requests = body["debug"]["requests"].as_array().unwrap();
        let path = |url: &Value| url.as_str().unwrap().splitn(4, '/').nth(3).map(|path| format!("/{path}"));
        let shown: Vec<_> =
            requests.iter().map(|r| (r["method"].as_str().unwrap(), path(&r["url"]).unwrap())).collect();
        let asked: Vec<_> = case.requests.iter().map(|(method, path)| (*method, (*path).to_owned())).collect();
        assert_eq!(shown, asked);
        assert_eq!((&requests[0]["primary"], &requests[0]["status"]), (&json!(true), &json!(case.status())));
        assert!(requests.iter().all(|request| request["headers"].get("authorization").is_none()), "{body}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_not_json_is_a_string_in_remote_data_and_untouched_in_raw() {
    let vendor = Vendor::start(Answer::new(200, "text/plain", "Created \u{e4}\n")).await;
    let host = Setup::new().plugin_at("reader", &vendor.url()).plugin_at("dixa", &vendor.url()).start().await;
    let (reader, account) = (host.account("reader").await, host.account("dixa").await);

    let answer = host.client().post(&create("ticketing", reader, ""), &json!({"name": "x"})).await;
    assert_eq!((answer.status, &answer.json()["remote_data"]), (201, &json!("Created \u{e4}\n")));
    for format in ["raw", "stream"] {
        let target = create("ticketing", account, &format!("&truto_response_format={format}"));
        let answer = host.client().post(&target, &ada()).await;
        assert_eq!((answer.status, answer.text().as_str()), (201, "Created \u{e4}\n"), "{format}");
        assert_eq!(answer.header("content-type"), Some("text/plain"), "{format}");
    }
    // If the answer cannot be mapped, the call has failed, although the vendor may have done the work.
    let answer = host.client().post(&create("ticketing", account, ""), &ada()).await;
    assert_eq!((answer.status, &answer.json()["error"]), (502, &json!("Bad Gateway")), "{}", answer.text());
    let answer = host.client().post(&create("ticketing", account, "&truto_response_format=debug"), &ada()).await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.json()["debug"]["requests"][0]["response_body"], "Created \u{e4}\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_body_is_null_in_remote_data_and_empty_in_raw() {
    let no_content = Behaviour::raw("HTTP/1.1 204 No Content\r\n\r\n");
    for empty in [Answer::new(200, "application/json", "").into(), no_content] {
        let vendor = Vendor::start(empty).await;
        let host = Setup::new().plugin_at("reader", &vendor.url()).plugin_at("dixa", &vendor.url()).start().await;
        let (reader, account) = (host.account("reader").await, host.account("dixa").await);
        let answer = host.client().post(&create("ticketing", reader, ""), &json!({"name": "x"})).await;
        assert_eq!((answer.status, answer.json().get("remote_data")), (201, Some(&Value::Null)));
        for format in ["raw", "stream"] {
            let target = create("ticketing", account, &format!("&truto_response_format={format}"));
            let answer = host.client().post(&target, &ada()).await;
            assert_eq!((answer.status, answer.text().as_str(), answer.complete), (201, "", true), "{format}");
        }
        let answer = host.client().post(&create("ticketing", account, ""), &ada()).await;
        assert_eq!((answer.status, answer.json()), (201, json!({ "remote_data": null })));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_answer_arrives_decompressed_in_every_format() {
    let case = cases().remove(0);
    let compressed = Answer::new(201, case.content_type, case.answer.as_str()).gzip().await;
    let (vendor, host, account) = dixa(compressed).await;
    for format in ["unified", "raw", "normalized", "stream", "debug"] {
        let target = create("ticketing", account, &format!("&truto_response_format={format}"));
        let answer = host.client().post(&target, &ada()).await;
        assert_eq!(answer.status, 201, "{format}: {}", answer.text());
        assert_eq!(answer.header("content-encoding"), None, "{format}");
        match format {
            "raw" | "stream" => assert_eq!(answer.text(), case.answer, "{format}"),
            "normalized" => assert_eq!(answer.json()["id"], fixtures::AGENT_ID),
            _ => assert!(answer.text().contains(&case.answer), "{format}"),
        }
    }
    assert!(vendor.requests().iter().all(|request| request.header("accept-encoding") == Some("gzip")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_passes_through_what_is_too_large_to_hold() {
    let filler = "x".repeat(6 << 20);
    let large = format!(r#"{{"data":{{"id":"1","filler":"{filler}"}}}}"#);
    let (vendor, host, account) = dixa(Answer::new(201, "application/json", large.as_str())).await;
    let target = create("ticketing", account, "&truto_response_format=stream");
    let answer = host.client().post(&target, &ada()).await;
    assert!(answer.complete && answer.body == large.as_bytes(), "{} of {} bytes", answer.body.len(), large.len());
    vendor.always(Answer::new(201, "application/json", large.as_str()).gzip().await);
    let answer = host.client().post(&target, &ada()).await;
    assert!(answer.complete && answer.body == large.as_bytes(), "{} of {} bytes", answer.body.len(), large.len());
    for format in ["unified", "raw", "normalized", "debug"] {
        let target = create("ticketing", account, &format!("&truto_response_format={format}"));
        let answer = host.client().post(&target, &ada()).await;
        assert_eq!(answer.status, 502, "{format} has a bound: {} bytes", answer.body.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_reaches_the_caller_before_the_vendor_has_finished() {
    let (gated, gate) = Behaviour::gated(["{\"data\":", "{\"id\":\"1\"}", "}"]);
    let (_vendor, host, account) = dixa(gated).await;
    let target = create("ticketing", account, "&truto_response_format=stream");
    gate.release();
    let mut connection = host.client().open("POST", &target, Some(&ada())).await;
    let (status, _) = connection.head().await.expect("an answer");
    assert_eq!(status, 201);
    assert_eq!(
        connection.chunk().await.as_deref(),
        Some(&b"{\"data\":"[..]),
        "the first piece, while the vendor waits"
    );
    gate.release();
    assert_eq!(connection.chunk().await.as_deref(), Some(&b"{\"id\":\"1\"}"[..]));
    gate.release();
    assert_eq!(connection.chunk().await.as_deref(), Some(&b"}"[..]));
    gate.release();
    assert_eq!(connection.chunk().await.as_deref(), Some(&b""[..]), "the proper end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_goes_away_closes_the_vendors_connection() {
    // The vendor is silent after its first chunk, so the host has no bytes whose write could fail. It must notice in
    // another way that the caller is gone.
    let (gated, gate) = Behaviour::gated(["{\"data\":", "{}}"]);
    let vendor = Vendor::start(gated).await;
    let patient = |limits: &mut Limits| (limits.vendor_idle_ms, limits.call_deadline_ms) = (600_000, 600_000);
    let host = Setup::new().plugin_at("dixa", &vendor.url()).limits(patient).start().await;
    let account = host.account("dixa").await;
    let target = create("ticketing", account, "&truto_response_format=stream");
    gate.release();
    let mut connection = host.client().open("POST", &target, Some(&ada())).await;
    connection.head().await.expect("an answer");
    connection.chunk().await.expect("a chunk");
    drop(connection);
    vendor.wait_for_closed(1).await;

    // The same before the answer has begun, in every format.
    vendor.always(Behaviour::never());
    for (count, format) in ["unified", "raw", "normalized", "stream", "debug"].into_iter().enumerate() {
        let target = create("ticketing", account, &format!("&truto_response_format={format}"));
        let connection = host.client().open("POST", &target, Some(&ada())).await;
        vendor.wait_for_requests(count + 2).await;
        drop(connection);
        vendor.wait_for_closed(count + 2).await;
    }
    vendor.always(agent());
    assert_eq!(host.client().post(&create("ticketing", account, ""), &ada()).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vendor_that_dies_mid_body_is_never_taken_for_a_whole_answer() {
    let (_vendor, host, account) = dixa(Behaviour::drop_mid_body()).await;
    let target = create("ticketing", account, "&truto_response_format=stream");
    let answer = host.client().post(&target, &ada()).await;
    assert_eq!((answer.status, answer.complete), (201, false), "chunks without an end: {}", answer.text());
    for format in ["unified", "raw", "normalized", "debug"] {
        let target = create("ticketing", account, &format!("&truto_response_format={format}"));
        let answer = host.client().post(&target, &ada()).await;
        assert_eq!(answer.status, 502, "{format}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_does_not_end_is_cut_off_at_the_calls_deadline() {
    // The first vendor stops within its body. The second never stops, and its caller does not read meanwhile.
    for endless in [Behaviour::stall_mid_body(), Behaviour::endless_body()] {
        let vendor = Vendor::start(endless).await;
        let brief = |limits: &mut Limits| limits.call_deadline_ms = 500;
        let host = Setup::new().plugin_at("dixa", &vendor.url()).limits(brief).start().await;
        let account = host.account("dixa").await;
        let target = create("ticketing", account, "&truto_response_format=stream");
        let mut connection = host.client().open("POST", &target, Some(&ada())).await;
        vendor.wait_for_closed(1).await;
        let answer = connection.answer().await.expect("an answer");
        assert_eq!((answer.status, answer.complete), (201, false), "{} bytes", answer.body.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vendors_sentence_is_read_where_the_integration_says_that_it_stands() {
    let said = json!({ "message": "Invalid data", "problems": [{}, { "words": "No seats left." }] });
    for (body, message) in [(said, "No seats left."), (json!({ "message": "Invalid data" }), "Invalid data")] {
        let vendor = Vendor::start(Answer::json(422, &body)).await;
        let host = Setup::new().plugin_at("egress-prober", &vendor.url()).start().await;
        let account = host.account("egress-prober").await;
        let script = json!({ "name": json!({ "target": "/", "fail": "vendor" }).to_string() });
        let answer = host.client().post(&create("ticketing", account, ""), &script).await;
        assert_eq!((answer.status, &answer.json()["message"]), (422, &json!(message)));
    }
}
