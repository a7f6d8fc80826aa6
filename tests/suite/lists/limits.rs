//! A call for a list has the limits of one call, even if it walks over many pages. Some limits are larger for a list
//! than for a record.

use mortise::account::{Caller, Scope};
use mortise::config::Limits;
use mortise::unified::record::Known;
use mortise::unified::{CallRecord, UnifiedRequest, serve};
use mortise_tests::client::Answer as CallersAnswer;
use mortise_tests::host::update;
use mortise_tests::vendor::{Answer, Behaviour};
use serde_json::{Value, json};
use uuid::Uuid;

use super::stage::{Stage, directory, page, parameters};

/// A vendor whose first pages have no users. The plugin does this work for each page. The last page has two users.
fn barren(pages: u64, work: Value) -> Behaviour {
    Behaviour::by(move |request| {
        if request.path() == "/more" {
            return Answer::json(200, &json!({}));
        }
        match parameters(request).get("cursor").map_or(0, |text| text.parse::<u64>().unwrap()) {
            last if last == pages => page(0..2, None),
            number => {
                let page = json!({"rows": [], "next": (number + 1).to_string()});
                Answer::json(200, &json!({"page": page, "work": work, "filler": "x".repeat(2_000)}))
            }
        }
    })
}

/// The cursor in the answer to a list with too many pages without users.
fn resumes(answer: &CallersAnswer) -> String {
    assert_eq!(answer.status, 502, "{}", answer.text());
    let body = answer.json();
    assert!(body["message"].as_str().unwrap().contains("had no user for this list"), "{body}");
    body["details"]["next_cursor"].as_str().expect("a cursor").to_owned()
}

async fn limited(vendor: impl Into<Behaviour>, change: impl FnOnce(&mut Limits)) -> Stage {
    Stage::with("puppet", vendor, change).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_are_walked_over_share_the_vendor_requests_of_the_call() {
    // Three requests for each page: five pages take 15 of the 16 requests of a call.
    let stage = Stage::start(barren(7, json!({"requests": 2}))).await;
    let cursor = resumes(&stage.list("").await);
    assert_eq!(stage.vendor.requests().len(), 15);
    assert_eq!(stage.page(&format!("&next_cursor={cursor}")).await["result_count"], 2);
    // With one request for each page, a call has enough requests for ten pages. The host asks for each page once.
    let stage = Stage::start(barren(9, json!({}))).await;
    assert_eq!(stage.page("").await["result_count"], 2);
    assert_eq!(stage.vendor.requests().len(), 10);
    // If a later page needs more requests than are left, the host refuses them.
    let stage = Stage::start(Behaviour::by(|request| match parameters(request).get("cursor").map(String::as_str) {
        _ if request.path() == "/more" => Answer::json(200, &json!({})),
        None => Answer::json(200, &json!({"page": {"rows": [], "next": "2"}, "work": {"requests": 3}})),
        Some(_) => Answer::json(200, &json!({"page": {"rows": []}, "work": {"requests": 12}})),
    }))
    .await;
    let answer = stage.list("").await;
    assert_eq!((answer.status, stage.vendor.requests().len()), (502, 16), "{}", answer.text());
    assert!(answer.text().contains("limits.vendor_requests"), "{}", answer.text());
    // The next call has all requests again.
    stage.vendor.always(directory(1));
    assert_eq!(stage.page("").await["result_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_are_walked_over_share_the_bytes_of_the_call() {
    let stage = limited(barren(5, json!({})), |limits| limits.vendor_total_bytes = 7_000).await;
    let cursor = resumes(&stage.list("").await);
    assert_eq!(stage.vendor.requests().len(), 3, "a fourth page of 2 kB has no room");
    assert_eq!(stage.page(&format!("&next_cursor={cursor}")).await["result_count"], 2);
    // A page that is larger than the earlier pages exceeds the limit.
    stage.vendor.next(Answer::json(200, &json!({"page": {"rows": [], "next": "1"}})));
    stage.vendor.next(Answer::json(200, &json!({"page": {"rows": []}, "filler": "x".repeat(6_990)})));
    let answer = stage.list("").await;
    assert_eq!(answer.status, 502);
    assert!(answer.text().contains("together larger than 7000 bytes (limits.vendor_total_bytes)"), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_are_walked_over_share_the_time_and_the_log_of_the_guest() {
    // Three pages of 300 ms, or somewhat more on a busy machine.
    let stage = limited(barren(9, json!({"ms": 300})), |limits| limits.guest_cpu_ms = 1_000).await;
    resumes(&stage.list("").await);
    let stage = Stage::start(barren(4, json!({"lines": 40}))).await;
    let answer = stage.list("").await;
    assert_eq!(answer.json()["result_count"], 2);
    let (log, id) = (mortise_tests::logs::captured(), answer.header("x-request-id").expect("every answer has one"));
    let lines = log.lines().filter(|line| line.contains(id) && line.contains("integration log")).count();
    assert_eq!(lines, 63, "64 lines, one of which says that the rest is left out");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bodies_of_pages_that_were_walked_over_are_kept_for_the_format_debug_alone() {
    let stage = Stage::start(barren(3, json!({}))).await;
    let known = async |query: &str| {
        let (tell, told) = tokio::sync::oneshot::channel::<Known>();
        let mut tell = Some(tell);
        let request = UnifiedRequest {
            category: mortise_model::Category::Ticketing,
            operation: mortise_model::Operation::ListUsers,
            id: None,
            query: format!("integrated_account_id={}{query}", stage.account),
            content_type: None,
            body: Default::default(),
            request_id: "".into(),
            key: None,
            record: CallRecord::new(move |known| {
                if let Some(tell) = tell.take() {
                    let _ = tell.send(known);
                }
            }),
        };
        let caller = Caller { token_id: Uuid::new_v4(), scope: Scope::Call, tenant_id: None, account: None };
        serve(&stage.host.app.service, &caller, request, |error| panic!("{error}")).await.expect("a page");
        told.await.expect("a record").transcript.expect("vendor requests")
    };
    let transcript = known("").await;
    assert_eq!(transcript.len(), 4);
    assert_eq!(Some(transcript.bytes()), transcript.primary().map(|answer| answer.body.len()), "the last page alone");
    assert!(known("&truto_response_format=debug").await.bytes() > 6_000);
    let debug = stage.page("&truto_response_format=debug").await;
    let requests = debug["debug"]["requests"].as_array().unwrap();
    assert!(requests.iter().all(|request| request["response_body"]["page"].is_object()), "{debug}");
}

/// A page with one user of this many bytes, of which the plugin maps a few.
fn heavy(bytes: usize) -> Answer {
    let user = json!({"id": "1", "filler": "x".repeat(bytes)});
    Answer::json(200, &json!({"data": [user], "page": {"rows": [{"user": {"id": "1"}, "source": "/data/0"}]}}))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_may_be_larger_than_a_record() {
    const MIB: usize = 1 << 20;
    let stage = limited(heavy(5 * MIB), |limits| limits.guest_cpu_ms = 10_000).await;
    let page = stage.page("").await;
    assert_eq!(page["result"][0]["remote_data"]["filler"].as_str().map(str::len), Some(5 * MIB));
    for format in ["raw", "stream", "debug"] {
        let answer = stage.list(&format!("&truto_response_format={format}")).await;
        assert_eq!((answer.status, answer.body.len() > 5 * MIB), (200, true), "{format}");
    }
    let compressed = heavy(5 * MIB).gzip().await;
    stage.vendor.next(compressed);
    assert_eq!(stage.page("").await["result_count"], 1);
    // A record, an answer that completes rows, and an error have the smaller limit.
    let small = "the vendor's answer is larger than 4194304 bytes (limits.vendor_body_bytes)";
    let record = stage.host.client().get(&update("ticketing", "1", stage.account, "")).await;
    assert_eq!(record.status, 502);
    assert!(record.text().contains(small), "{}", record.text());
    stage.vendor.next(Answer::json(200, &json!({"page": {"rows": []}, "work": {"requests": 1}})));
    let completed = stage.list("").await;
    assert!(completed.status == 502 && completed.text().contains(small), "{}", completed.text());
    // A list beyond its own limit is an error that names the limit, in every form in which the bytes arrive.
    let large = "the vendor's answer is larger than 16777216 bytes (limits.vendor_list_bytes)";
    for vendor in [heavy(16 * MIB).into(), Behaviour::endless_body(), Answer::gzip_bomb(17).await.into()] {
        stage.vendor.next(vendor);
        let answer = stage.list("").await;
        assert_eq!(answer.status, 502);
        assert!(answer.text().contains(large), "{}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_plugin_has_as_much_text_as_the_contract_says() {
    let pages = |rows: u64, bytes: usize| {
        let name = "x".repeat(bytes);
        let row = |id: u64| json!({"user": {"id": id.to_string(), "name": name}, "source": ""});
        Answer::json(200, &json!({"page": {"rows": (0..rows).map(row).collect::<Vec<_>>()}}))
    };
    let stage = limited(pages(8, 1_000_000), |limits| limits.guest_cpu_ms = 10_000).await;
    assert_eq!(stage.page("&limit=9").await["result_count"], 8);
    stage.vendor.next(pages(10_000, 800));
    assert_eq!(stage.page("&limit=100").await["result_count"], 100);
    // Beyond these limits, the log has the reason.
    for (page, reason) in [
        (pages(9, 1_000_000), "its page is larger than 8388608 bytes"),
        (pages(10_001, 1), "its page has 10001 rows, and may have at most 10000"),
    ] {
        stage.vendor.next(page);
        let refused = stage.list("&limit=9").await;
        assert_eq!(refused.status, 502, "{}", refused.text());
        let (log, id) =
            (mortise_tests::logs::captured(), refused.header("x-request-id").expect("every answer has one"));
        assert!(log.lines().any(|line| line.contains(id) && line.contains(reason)), "{reason}");
    }
}
