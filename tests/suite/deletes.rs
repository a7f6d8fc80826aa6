//! Deletions of users: one request, whose declared effect is in every answer, and no accidental second request.

use mortise_tests::canary::Canary;
use mortise_tests::host::{Host, Setup, update};
use mortise_tests::vendor::{Answer, Behaviour, Vendor};
use serde_json::json;
use uuid::Uuid;

async fn start(vendor: impl Into<Behaviour>) -> (Vendor, Host, Uuid) {
    let vendor = Vendor::start(vendor).await;
    let host = Setup::new().plugin_at("puppet", &vendor.url()).start().await;
    let account = host.account("puppet").await;
    (vendor, host, account)
}

fn gone() -> Answer {
    Answer::new(204, "application/json", "")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_sends_one_request_and_says_what_it_does() {
    let (vendor, host, account) = start(gone()).await;
    for (query, body) in [
        ("", json!({"id": "a b"})),
        ("&truto_response_format=normalized", json!({"id": "a b"})),
        ("&truto_ignore_remote_data=true", json!({"id": "a b"})),
    ] {
        let answer = host.client().delete(&update("ticketing", "a%20b", account, query)).await;
        assert_eq!((answer.status, answer.json()), (200, body), "{query}");
        assert_eq!(answer.header("mortise-deletes"), Some("deactivates"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    let raw = host.client().delete(&update("ticketing", "7", account, "&truto_response_format=raw")).await;
    assert_eq!((raw.status, raw.text().as_str(), raw.header("mortise-deletes")), (200, "", Some("deactivates")));
    let debug = host.client().delete(&update("ticketing", "7", account, "&truto_response_format=debug")).await;
    assert_eq!(debug.json()["result"], json!({"id": "7"}));
    assert_eq!(debug.json()["debug"]["requests"][0]["method"], "DELETE");
    let requests = vendor.requests();
    assert_eq!(requests.len(), 5);
    assert_eq!((requests[0].method.as_str(), requests[0].target.as_str()), ("DELETE", "/users/a%20b"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_destructive_request_does_not_leave() {
    let (vendor, host, account) = start(gone()).await;
    let answer = host.client().delete(&update("ticketing", "1%2B2", account, "")).await;
    assert_eq!(answer.status, 502, "{}", answer.text());
    assert!(answer.text().contains("one request"), "{}", answer.text());
    assert_eq!(vendor.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_is_gone_is_not_found_whatever_the_vendor_calls_it() {
    let (vendor, host, account) = start(gone()).await;
    let target = update("ticketing", "7", account, "");
    for (theirs, ours) in [(404, 404), (410, 404), (403, 403), (409, 409), (422, 400), (500, 500)] {
        vendor.next(Answer::json(theirs, &json!({"message": "it has tickets"})));
        let answer = host.client().delete(&target).await;
        assert_eq!(answer.status, ours, "{}", answer.text());
        assert_eq!(answer.header("mortise-deletes"), None);
        if theirs != 422 {
            assert!(answer.text().contains("it has tickets"), "the reason is told: {}", answer.text());
        }
    }
    // The host does not repeat a deletion that the vendor may have done.
    let before = vendor.requests().len();
    vendor.next(Behaviour::drop_before_answer());
    assert_eq!(host.client().delete(&target).await.status, 502);
    assert_eq!(vendor.requests().len(), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_that_is_gone_when_the_host_deletes_again_was_deleted_by_the_first_attempt() {
    let (vendor, host, account) = start(gone()).await;
    let target = update("ticketing", "7", account, "");
    let later = |status| Answer::json(status, &json!({"message": "later"})).header("retry-after", "0");
    let not_in_time = Behaviour::raw(later(408).header("connection", "close").to_bytes());
    // A 429 does not count as an attempt: the vendor has not executed the request.
    for (first, gone) in [(later(503).into(), 200), (later(429).into(), 404), (not_in_time, 200)] {
        for (second, status) in [(404, gone), (410, gone), (409, 409), (403, 403)] {
            let before = vendor.requests().len();
            vendor.next(first.clone()).next(Answer::json(second, &json!({"message": "no"})));
            let answer = host.client().delete(&target).await;
            assert_eq!((answer.status, vendor.requests().len()), (status, before + 2), "{second}: {}", answer.text());
            if status == 200 {
                assert_eq!(
                    (answer.json(), answer.header("mortise-deletes")),
                    (json!({"id": "7"}), Some("deactivates"))
                );
            }
        }
    }
    // No format shows the vendor's answer about a deleted user.
    for format in ["raw", "stream"] {
        vendor.next(later(503)).next(Answer::json(404, &json!({"message": "no"})));
        let answer = host.client().delete(&format!("{target}&truto_response_format={format}")).await;
        assert_eq!((answer.status, answer.text()), (200, String::new()), "{format}");
    }
    // An attempt that the vendor refused with a final status has deleted nothing. An attempt of another call, or of a
    // read, does not count.
    vendor.next(later(503)).next(later(503)).next(later(503)).next(Answer::json(404, &json!({"message": "no"})));
    assert_eq!((host.client().delete(&target).await.status, host.client().delete(&target).await.status), (503, 404));
    vendor.next(later(503)).next(Answer::json(404, &json!({"message": "no"})));
    assert_eq!(host.client().get(&target).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_obeys_keys_sandboxes_and_dry_runs() {
    let (vendor, host, account) = start(gone()).await;
    let target = update("ticketing", "7", account, "");
    let client = host.client().header("idempotency-key", "order-66");
    let first = client.delete(&target).await;
    let again = client.delete(&target).await;
    assert_eq!((first.status, again.status), (200, 200));
    assert_eq!(
        (again.header("idempotent-replayed"), again.header("mortise-deletes")),
        (Some("true"), Some("deactivates"))
    );
    assert_eq!(vendor.requests().len(), 1);
    // Reads ignore an idempotency key.
    vendor.always(Answer::json(200, &json!({"user": {"id": "7"}})));
    for _ in 0..2 {
        let read = client.get(&target).await;
        assert_eq!((read.status, read.header("idempotent-replayed")), (200, None));
    }
    assert_eq!(vendor.requests().len(), 3);
    let dry = host.client().delete(&update("ticketing", "7", account, "&mortise_dry_run=true")).await;
    assert_eq!((dry.status, &dry.json()["requests"][0]["method"]), (200, &json!("DELETE")));
    assert_eq!(vendor.requests().len(), 3);

    let context = json!({"api_token": Canary::new().as_str()});
    let account = json!({"integration": "puppet", "tenant_id": "t", "is_sandbox": true, "context": context});
    let created = host.client().post("/integrated-account", &account).await.json();
    let sandbox: Uuid = created["id"].as_str().unwrap().parse().unwrap();
    let target = update("ticketing", "7", sandbox, "");
    assert_eq!(host.client().delete(&target).await.status, 405);
    assert_eq!(host.client().get(&target).await.status, 200, "a sandbox account reads");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_deletion_is_told_is_read_or_refused_before_anything_leaves() {
    let vendor = Vendor::start(gone()).await;
    let host = Setup::new().plugin_at("puppet", &vendor.url()).plugin_at("pager", &vendor.url()).start().await;
    let account = host.account("puppet").await;
    for (query, path, rule) in [
        ("&force=banana", "force", "must be true or false"),
        ("&force=true&force=true", "force", "must be given once"),
        ("&reassign_to=8&reassign_to=9", "reassign_to", "must be given once"),
        ("&reassign=8", "reassign", "puppet takes only reassign_to, force here"),
        ("&groups[]=8", "groups", "takes only reassign_to, force"),
        ("&organization_id=8", "organization_id", "takes only reassign_to, force"),
    ] {
        let answer = host.client().delete(&update("ticketing", "7", account, query)).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        let failure = &answer.json()["details"]["failures"][0];
        assert_eq!(failure["path"], path, "{query}");
        assert!(failure["message"].as_str().unwrap().contains(rule), "{query}: {failure}");
    }
    let pager = host.account("pager").await;
    let forced = host.client().delete(&update("crm", "7", pager, "&reassign_to=8&force=true")).await;
    assert_eq!(forced.status, 400, "{}", forced.text());
    assert!(forced.text().contains("pager takes only reassign_to here"), "{}", forced.text());
    assert!(vendor.requests().is_empty(), "the host sent no request");
    for query in ["&force=true&reassign_to=8", "&force=false"] {
        let answer = host.client().delete(&update("ticketing", "7", account, query)).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    }
    let unforced = host.client().delete(&update("crm", "7", pager, "&reassign_to=8&force=false")).await;
    assert_eq!(unforced.status, 200, "`false` counts as absent: {}", unforced.text());
}
