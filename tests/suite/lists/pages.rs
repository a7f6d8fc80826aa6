//! The pages of a list: each is whole or an error, and together they have every user once.

use std::sync::{Arc, Mutex};

use mortise_tests::vendor::{Answer, Behaviour};
use serde_json::{Value, json};

use super::stage::{Stage, directory, id, page, parameters};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_its_users_the_vendors_text_of_each_and_where_to_go_on() {
    let stage = Stage::start(directory(5)).await;
    let answer = stage.list("&limit=2").await;
    let mut first = answer.json();
    let cursor = first["next_cursor"].take();
    let expected = json!({
        "result": [
            {"id": "u00000", "name": "User 0", "created_at": "2026-01-31T09:30:00Z", "remote_data": {"n": 0.0, "z": 1, "a": 2}},
            {"id": "u00001", "name": "User 1", "created_at": "2026-01-31T09:30:00Z", "remote_data": {"n": 1.0, "z": 1, "a": 2}},
        ],
        "next_cursor": null, "prev_cursor": null, "result_count": 2, "is_partial_response": true,
    });
    assert_eq!(first, expected);
    assert!(answer.text().contains(r#""remote_data":{"n": 1.0,"z":1,"a":2}"#), "the vendor's bytes: {}", answer.text());
    let cursor = cursor.as_str().unwrap();
    assert!(
        cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)),
        "the cursor needs no encoding: {cursor}"
    );
    assert_eq!(stage.all("&limit=2").await, (0..5).map(id).collect::<Vec<_>>());
    let last = stage.page("&limit=5").await;
    assert_eq!((&last["next_cursor"], &last["result_count"]), (&Value::Null, &json!(5)));
    // Without a limit, the vendor request has the declared usual size. A limit beyond the declared bounds becomes the
    // bound.
    for (query, size) in
        [("", "3"), ("&limit=1", "2"), ("&limit=100", "100"), ("&limit=5000", "100"), ("&limit=None", "3")]
    {
        stage.page(query).await;
        assert_eq!(parameters(stage.vendor.requests().last().unwrap())["size"], size, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_users_are_listed_once_each_while_the_integration_is_reloaded() {
    let stage = Stage::start(directory(10_000)).await;
    let reload = async {
        for _ in 0..3 {
            let path = "/integration/puppet/reload";
            assert_eq!(stage.host.client().post(path, &json!({})).await.status, 200);
        }
    };
    let (ids, ()) = tokio::join!(stage.all("&limit=100&truto_ignore_remote_data=true"), reload);
    assert_eq!(ids, (0..10_000).map(id).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_beyond_the_limit_are_kept_for_the_next_page() {
    // This vendor's pages have five rows, whatever the request says.
    let vendor = Behaviour::by(|request| match parameters(request).get("cursor").map(String::as_str) {
        None => page(0..5, Some("second".to_owned())),
        Some("second") => page(5..7, None),
        other => panic!("{other:?}"),
    });
    let stage = Stage::start(vendor).await;
    for limit in [1, 2, 3, 4, 5, 7] {
        assert_eq!(stage.all(&format!("&limit={limit}")).await, (0..7).map(id).collect::<Vec<_>>(), "{limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_in_a_page_that_was_begun_hides_nobody_who_stays() {
    for (deleted, rest) in [
        (&[1][..], &[3, 4, 5, 6, 7][..]),
        (&[2], &[3, 4, 5, 6, 7]),
        (&[1, 2], &[3, 4, 5, 6, 7]),
        (&[2, 3], &[4, 5, 6, 7]),
        (&[1, 2, 3, 4, 5], &[6, 7]),
    ] {
        let users = Arc::new(Mutex::new((1..=7).collect::<Vec<u64>>()));
        let directory = users.clone();
        // This vendor's cursor is the last user of a page, and its pages have five users, whatever the request says.
        let stage = Stage::start(Behaviour::by(move |request| {
            let after = parameters(request).get("cursor").map_or(0, |text| text.parse().unwrap());
            let behind: Vec<u64> = directory.lock().unwrap().iter().copied().filter(|user| *user > after).collect();
            let next = (behind.len() > 5).then(|| behind[4].to_string());
            page(behind.into_iter().take(5), next)
        }))
        .await;
        for limit in [1, 2] {
            *users.lock().unwrap() = (1..=7).collect();
            let query = format!("&limit={limit}");
            let mut cursor = String::new();
            for _ in 0..2 / limit {
                let page = stage.page(&format!("{query}&next_cursor={cursor}")).await;
                cursor = page["next_cursor"].as_str().unwrap().to_owned();
            }
            users.lock().unwrap().retain(|user| !deleted.contains(user));
            let expected: Vec<_> = rest.iter().copied().map(id).collect();
            assert_eq!(stage.rest(&query, &cursor).await, expected, "limit {limit}, without {deleted:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_pages_are_walked_over_within_a_bound() {
    let after = |empty: u64| {
        Behaviour::by(move |request| {
            let page_number = parameters(request).get("cursor").map_or(0, |text| text.parse::<u64>().unwrap());
            let users = if page_number < empty { 0..0 } else { 0..2 };
            page(users, (page_number < empty).then(|| (page_number + 1).to_string()))
        })
    };
    let stage = Stage::start(after(6)).await;
    assert_eq!(stage.page("&limit=2").await["result_count"], 2);
    assert_eq!(stage.vendor.requests().len(), 7);
    let stage = Stage::start(after(13)).await;
    let answer = stage.list("&limit=2").await;
    assert_eq!((answer.status, stage.vendor.requests().len()), (502, 10), "{}", answer.text());
    let cursor = answer.json()["details"]["next_cursor"].as_str().unwrap().to_owned();
    assert_eq!(stage.page(&format!("&limit=2&next_cursor={cursor}")).await["result_count"], 2);
    // An empty list is a page, and it is the last one.
    let stage = Stage::start(page(0..0, None)).await;
    let empty =
        json!({"result": [], "next_cursor": null, "prev_cursor": null, "result_count": 0, "is_partial_response": true});
    assert_eq!(stage.page("").await, empty);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_row_fails_its_page_and_names_its_place() {
    let good = || json!({"user": {"id": "1"}, "source": "/data/0"});
    let stage = Stage::start(directory(1)).await;
    for (second, sentence) in [
        (json!({"user": {"name": "Ada"}, "source": "/data/1"}), "row 1 (`/data/1`) has no `id`"),
        (json!({"user": {"id": ""}, "source": "/data/1"}), "row 1 (`/data/1`) has no `id`"),
        (json!({"user": {"id": "1"}, "source": "/data/1"}), "row 1 (`/data/1`) has the `id` of another row"),
        (json!({"user": 7, "source": "/data/1"}), "row 1 (`/data/1`) is not a user"),
        (
            json!({"user": {"id": "2", "created_at": "soon"}, "source": "/data/1"}),
            "row 1 (`/data/1`) is not a user: `created_at`",
        ),
        (json!({"user": {"id": "2"}, "source": "/data/7"}), "`/data/7` leads to nothing"),
        (json!({"user": {"id": "2"}, "source": "/data/0"}), "`/data/0` leads to the text of another row"),
        (json!({"user": {"id": "2"}, "source": "/data/0/of"}), "`/data/0/of` leads to the text of another row"),
        (json!({"user": {"id": "2"}, "source": "data"}), "`data` is not a JSON pointer"),
    ] {
        let body = json!({"data": [{"of": {}}, {}], "page": {"rows": [good(), second]}});
        stage.vendor.next(Answer::json(200, &body));
        let answer = stage.list("").await;
        assert_eq!(answer.status, 502, "{second}");
        assert!(answer.text().contains(sentence), "{second}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_bounds() {
    let stage = Stage::start(directory(1)).await;
    let rows = json!([{"user": {"id": "1"}, "source": ""}]);
    let large = json!([{"user": {"id": "1", "name": "x".repeat(1 << 20)}, "source": ""}]);
    for (page, reason) in [
        (json!({"rows": rows, "times": 10_001}), "its page has 10001 rows, and may have at most 10000"),
        (json!({"rows": rows, "times": 1_000_000}), "it passed too many bytes at once (limits.guest_hostcall_bytes)"),
        (json!({"rows": rows, "next": ""}), "the cursor of its next page is empty: a last page has none"),
        (json!({"rows": rows, "next": "x".repeat(4_097)}), "the cursor of its next page is longer than 4096 bytes"),
        (json!({"rows": rows, "next": "2\n"}), "the cursor of its next page has control characters"),
        (json!({"rows": large, "times": 9}), "its page is larger than 8388608 bytes"),
    ] {
        stage.vendor.next(Answer::json(200, &json!({ "page": page })));
        let answer = stage.list("").await;
        let told = format!("the integration failed while serving the call: {reason}");
        assert_eq!((answer.status, answer.json()["message"].as_str()), (502, Some(&*told)), "{}", answer.text());
        assert_eq!(stage.list("").await.status, 200, "it cost one call");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_read_whole_is_an_error_and_its_cursor_resumes() {
    let stage = Stage::start(directory(6)).await;
    let cursor = stage.page("&limit=2").await["next_cursor"].as_str().unwrap().to_owned();
    let second = format!("&limit=2&next_cursor={cursor}");
    let troubles: [(Behaviour, u16); 4] = [
        (Answer::json(500, &json!({})).into(), 500),
        (Behaviour::drop_mid_body(), 502),
        (Answer::json(422, &json!({})).into(), 400),
        (Answer::json(200, &json!({"page": {"rows": [{"user": {}, "source": ""}]}})).into(), 502),
    ];
    for (trouble, status) in troubles {
        stage.vendor.next(trouble);
        let answer = stage.list(&second).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        if status == 400 {
            assert!(answer.text().contains("begin again without it"), "{}", answer.text());
        }
    }
    let page = stage.page(&second).await;
    assert_eq!(page["result"][0]["id"], "u00002");
    stage.vendor.next(Answer::json(429, &json!({})).header("retry-after", "60"));
    let answer = stage.list(&second).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("60")));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_has_its_page() {
    let stage = Stage::start(directory(4)).await;
    let raw = stage.list("&limit=2&truto_response_format=raw").await;
    assert!(raw.text().starts_with("{\"data\":[{\"n\": 0.0,"), "{}", raw.text());
    let cursor = raw.header("mortise-next-cursor").expect("a cursor").to_owned();
    let second = stage.list(&format!("&limit=2&truto_response_format=raw&next_cursor={cursor}")).await;
    assert!(second.text().contains("\"n\": 2.0") && second.header("mortise-next-cursor").is_none());
    let stream = stage.list("&limit=2&truto_response_format=stream").await;
    assert_eq!((stream.status, stream.text()), (200, raw.text()));
    let normalized = stage.page("&limit=2&truto_response_format=normalized").await;
    assert_eq!(normalized["result"][0]["avatar"], Value::Null);
    assert_eq!(normalized["result"][0].get("remote_data"), None);
    let debug = stage.page("&limit=2&truto_response_format=debug").await;
    assert_eq!(debug["result"]["result_count"], 2);
    assert_eq!(debug["debug"]["requests"][0]["method"], "GET");
    let dry = stage.page("&limit=2&mortise_dry_run=true").await;
    assert_eq!((&dry["dry_run"], dry["requests"].as_array().unwrap().len()), (&json!(true), 1));
    let excluded = stage.page("&limit=2&truto_exclude_fields=name,remote_data").await;
    assert_eq!(excluded["result"][0], json!({"id": "u00000", "created_at": "2026-01-31T09:30:00Z"}));
    let keyed = stage.page("&limit=2&truto_key_by=id&truto_ignore_remote_data=true").await;
    assert_eq!(keyed["result"]["u00001"]["name"], "User 1");
    let by_time = stage.list("&limit=2&truto_key_by=created_at").await;
    assert!(by_time.status == 400 && by_time.text().contains("not every user"), "{}", by_time.text());
}
