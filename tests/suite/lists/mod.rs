//! Lists of users: pages, cursors and filters. The host refuses requests that it could not answer truthfully. The
//! vendor decides the plugin's answers to the host (`tests/hostile/src/puppet.rs`).

mod cursors;
mod limits;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use mortise::config::Limits;
use mortise_tests::client::Answer as CallersAnswer;
use mortise_tests::host::{Host, Setup, update};
use mortise_tests::vendor::{Answer, Behaviour, Recorded, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

/// A host with the puppet, its vendor and an account.
struct Stage {
    vendor: Vendor,
    host: Host,
    account: Uuid,
}

impl Stage {
    async fn start(vendor: impl Into<Behaviour>) -> Self {
        Self::of("puppet", vendor).await
    }

    /// Starts with another integration that lists as the puppet does.
    async fn of(slug: &str, vendor: impl Into<Behaviour>) -> Self {
        Self::with(slug, vendor, |_| {}).await
    }

    /// Starts with other limits.
    async fn with(slug: &str, vendor: impl Into<Behaviour>, change: impl FnOnce(&mut Limits)) -> Self {
        let vendor = Vendor::start(vendor).await;
        let limits = |limits: &mut Limits| {
            // Without retries, because these tests count the requests of a list.
            limits.vendor_retries = 0;
            change(limits);
        };
        let host = Setup::new().limits(limits).plugin_at(slug, &vendor.url()).start().await;
        let account = host.account(slug).await;
        Self { vendor, host, account }
    }

    fn target(&self, query: &str) -> String {
        format!("/unified/ticketing/users?integrated_account_id={}{query}", self.account)
    }

    async fn list(&self, query: &str) -> CallersAnswer {
        self.host.client().get(&self.target(query)).await
    }

    /// Asserts that the answer is a page, and returns it.
    async fn page(&self, query: &str) -> Value {
        let answer = self.list(query).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// The identifiers of all pages.
    async fn all(&self, query: &str) -> Vec<String> {
        self.rest(query, "").await
    }

    /// The identifiers of the pages from this cursor on.
    async fn rest(&self, query: &str, cursor: &str) -> Vec<String> {
        let (mut ids, mut cursor) = (Vec::new(), cursor.to_owned());
        loop {
            let page = self.page(&format!("{query}&next_cursor={cursor}")).await;
            ids.extend(page["result"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => return ids,
            }
        }
    }
}

/// The query parameters of a vendor request.
fn parameters(request: &Recorded) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(request.query().unwrap_or_default().as_bytes()).into_owned().collect()
}

fn id(index: u64) -> String {
    format!("u{index:05}")
}

fn row(index: u64, place: u64) -> Value {
    let user = json!({"id": id(index), "name": format!("User {index}"), "created_at": "2026-01-31T09:30:00Z"});
    json!({"user": user, "source": format!("/data/{place}")})
}

/// A page with these users and the vendor's own text for each.
fn page(users: impl IntoIterator<Item = u64>, next: Option<String>) -> Answer {
    let users: Vec<u64> = users.into_iter().collect();
    let rows: Vec<_> = (0..).zip(&users).map(|(place, index)| row(*index, place)).collect();
    let data: Vec<_> = users.iter().map(|index| format!("{{\"n\": {index}.0,\"z\":1,\"a\":2}}")).collect();
    let page = json!({"rows": rows, "next": next});
    let body = format!("{{\"data\":[{}],\"page\":{page}}}", data.join(" , "));
    Answer::new(200, "application/json", body)
}

/// A vendor with `users` users, whose cursor is a number of rows.
fn directory(users: u64) -> Behaviour {
    Behaviour::by(move |request| {
        let parameters = parameters(request);
        let number = |name: &str| parameters.get(name).map_or(0, |text| text.parse::<u64>().unwrap());
        let (from, size) = (number("cursor"), number("size"));
        let to = (from + size).min(users);
        page(from..to, (to < users).then(|| to.to_string()))
    })
}

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
async fn a_cursor_opens_for_its_own_list_alone() {
    let stage = Stage::start(directory(9)).await;
    let other = stage.host.account("puppet").await;
    let asked = "&limit=2&email=a%40x.io&organization_id=7&sort_by[name]=asc&remote_query[expand]=all";
    let first = stage.page("&limit=2").await;
    let bare = first["next_cursor"].as_str().unwrap().to_owned();
    // No user has an address, so the filter removes none.
    let filtered = stage.page(asked).await["next_cursor"].as_str().unwrap().to_owned();
    stage.page(&format!("{asked}&next_cursor={filtered}")).await;
    let requests = stage.vendor.requests().len();
    for (query, named) in [
        (format!("&limit=3&next_cursor={bare}"), "another limit"),
        (format!("&limit=2&email=a%40x.io&next_cursor={bare}"), "another email"),
        (format!("&limit=2&next_cursor={filtered}"), "another email"),
        (format!("{}&next_cursor={filtered}", asked.replace("a%40x.io", "b%40x.io")), "another email"),
        (format!("{}&next_cursor={filtered}", asked.replace("=7", "=8")), "another organization_id"),
        (format!("{}&next_cursor={filtered}", asked.replace("=asc", "=desc")), "another sort_by"),
        (format!("{}&next_cursor={filtered}", asked.replace("=all", "=none")), "another remote_query"),
        (format!("&limit=2&next_cursor={bare}x"), "was changed"),
        (format!("&limit=2&next_cursor={}", bare.replacen('.', "", 1)), "was changed"),
        ("&limit=2&next_cursor=2".to_owned(), "was changed"),
        (format!("&limit=2&next_cursor={}", "a".repeat(20_000)), "was changed"),
        (format!("&limit=2&next_cursor={bare}&next_cursor={bare}"), "takes one value"),
    ] {
        let answer = stage.list(&query).await;
        assert_eq!(answer.status, 400, "{query}");
        let failure = &answer.json()["details"]["failures"][0];
        assert_eq!(failure["path"], "next_cursor", "{query}");
        assert!(failure["message"].as_str().unwrap().contains(named), "{query}: {failure}");
    }
    let of_another =
        stage.target(&format!("&limit=2&next_cursor={bare}")).replace(&stage.account.to_string(), &other.to_string());
    assert_eq!(stage.host.client().get(&of_another).await.status, 400);
    assert_eq!(stage.vendor.requests().len(), requests, "the host sent no request");
    // Without a limit, the list continues with its first limit.
    assert_eq!(stage.page(&format!("&next_cursor={bare}")).await["result_count"], 2);
    // Both values mean the first page.
    for none in ["", "None"] {
        assert_eq!(stage.page(&format!("&limit=2&next_cursor={none}")).await["result"], first["result"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_the_vendor_goes_back_as_it_came() {
    let hostile = format!("a+b/c==&%2B \u{e9}{}", "x".repeat(3_000));
    let (given, expected) = (hostile.clone(), hostile.clone());
    let stage = Stage::start(Behaviour::by(move |request| match parameters(request).get("cursor") {
        None => page(0..2, Some(given.clone())),
        Some(cursor) if *cursor == expected => page(2..4, None),
        Some(_) => Answer::json(500, &json!({})),
    }))
    .await;
    assert_eq!(stage.all("&limit=2").await, (0..4).map(id).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_repeats_itself_is_an_error_and_no_end() {
    type Next = fn(u64) -> Option<String>;
    let same: Next = |_| Some("again".to_owned());
    let alternating: Next = |page| Some(if page % 2 == 0 { "a" } else { "b" }.to_owned());
    for (next, rows_differ, sentence) in [
        (same, true, "cursor of an earlier one"),
        (alternating, true, "cursor of an earlier one"),
        ((|page| Some(page.to_string())) as Next, false, "rows of the page before"),
    ] {
        let asked = std::sync::atomic::AtomicU64::new(0);
        let stage = Stage::start(Behaviour::by(move |_| {
            let number = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let from = if rows_differ { number * 2 } else { 0 };
            page(from..from + 2, next(number))
        }))
        .await;
        let mut cursor = String::new();
        let answer = loop {
            let answer = stage.list(&format!("&limit=2&next_cursor={cursor}")).await;
            if answer.status != 200 {
                break answer;
            }
            cursor = answer.json()["next_cursor"].as_str().expect("the list goes on").to_owned();
        };
        assert_eq!(answer.status, 502);
        assert!(answer.text().contains(sentence), "{}", answer.text());
        assert!(stage.vendor.requests().len() <= 4);
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
async fn what_is_not_declared_is_refused_before_anything_is_asked() {
    let stage = Stage::start(directory(3)).await;
    for (query, path, named) in [
        ("&first_name=Ada", "first_name", "it has email, name, is_active, created_at[gte]"),
        ("&created_at=2026-01-01T00:00:00Z", "created_at", "it has email"),
        ("&created_at[gt]=2026-01-01T00:00:00Z", "created_at[gt]", "it has email"),
        ("&email[like]=a", "email[like]", "it has email"),
        ("&filter=x", "filter", "it has email"),
        ("&group_id=7", "group_id", "updated_at[lte], organization_id"),
        ("&groups[]=7", "groups", "it has email"),
        ("&user_id[a][b]=7", "user_id[a]", "it has email"),
        ("&force=true", "force", "it has email"),
        ("&created_at[gte]=yesterday", "created_at[gte]", "RFC 3339"),
        ("&created_at[gte]=20260131T093000Z", "created_at[gte]", "RFC 3339"),
        ("&created_at[gte]=2026-01-31t09:30z", "created_at[gte]", "RFC 3339"),
        ("&created_at[gte]=2026-01-31T09:30:00Z[Europe/Berlin]", "created_at[gte]", "RFC 3339"),
        ("&is_active=maybe", "is_active", "true or false"),
        ("&email=a&email=b", "email", "one value"),
        ("&sort_by[email]=asc", "sort_by[email]", "it has sort_by[name]"),
        ("&sort_by[name]=up", "sort_by[name]", "asc, desc"),
        ("&sort_by=name", "sort_by", "sort_by[name]=asc"),
        ("&limit=0", "limit", "1 or more"),
        ("&limit=many", "limit", "1 or more"),
        ("&truto_key_by=colour", "truto_key_by", "a field of the answer"),
    ] {
        let answer = stage.list(query).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        let failure = &answer.json()["details"]["failures"][0];
        assert_eq!(failure["path"], path, "{query}");
        assert!(failure["message"].as_str().unwrap().contains(named), "{query}: {failure}");
    }
    assert!(stage.vendor.requests().is_empty());
    // Declared parameters reach the vendor. Times are in UTC.
    let query =
        "&created_at[gte]=2026-01-31T10:30:00%2B01:00&name=Ada&is_active=True&sort_by%5Bname%5D=DESC&truto_unknown=1";
    stage.page(query).await;
    let asked = parameters(stage.vendor.requests().last().unwrap());
    let expected = [
        ("created_at.gte", "2026-01-31T09:30:00Z"),
        ("is_active.eq", "true"),
        ("name.eq", "Ada"),
        ("size", "3"),
        ("sort.name", "desc"),
    ];
    assert_eq!(asked, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_and_an_order_that_are_required_are_named_if_they_are_not_given() {
    let stage = Stage::of("demanding-puppet", page([1], None)).await;
    let (from, order) = ("created_at[gte]=2026-01-01T00:00:00Z", "sort_by[name]=asc");
    for (query, missing) in [
        (String::new(), &["created_at[gte]", "sort_by[name]"][..]),
        (format!("&{from}"), &["sort_by[name]"]),
        (format!("&{order}&created_at[gte]="), &["created_at[gte]"]),
    ] {
        let answer = stage.list(&query).await;
        assert_eq!(answer.status, 400, "{query}");
        let failures = answer.json()["details"]["failures"].take();
        let told = |path: &&str| json!([path, format!("query parameter {path} is required")]);
        let expected: Vec<_> = missing.iter().map(told).collect();
        let found: Vec<_> =
            failures.as_array().unwrap().iter().map(|failure| json!([failure["path"], failure["message"]])).collect();
        assert_eq!(found, expected, "{query}: {failures}");
    }
    assert!(stage.vendor.requests().is_empty());
    assert_eq!(stage.page(&format!("&{from}&{order}")).await["result_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_hold_whatever_the_vendor_makes_of_them() {
    // A vendor that ignores every filter.
    let user = |id: &str, email: &str, name: &str, created: &str, active: Option<bool>| {
        let mut user =
            json!({"id": id, "name": name, "created_at": created, "emails": [{"email": "x@y.z"}, {"email": email}]});
        if let Some(active) = active {
            user["status"] = if active { "active" } else { "inactive" }.into();
        }
        json!({"user": user, "source": ""})
    };
    let rows = json!([
        user("1", "A.B+c@X.io", "Ada", "2026-01-31T09:29:59Z", Some(true)),
        user("2", "a.b@x.io", "ada", "2026-01-31T09:30:00Z", Some(false)),
        user("3", "a.b+c@x.io.example", "Ada", "2026-01-31T09:30:01Z", None),
        {"user": {"id": "4"}, "source": ""},
    ]);
    let stage = Stage::start(Answer::json(200, &json!({"page": {"rows": rows}}))).await;
    for (query, ids) in [
        ("", vec!["1", "2", "3", "4"]),
        ("&email=a.b%2Bc%40x.io", vec!["1", "4"]),
        ("&email=nobody%40x.io", vec!["4"]),
        ("&name=Ada", vec!["1", "3", "4"]),
        ("&is_active=true", vec!["1", "3", "4"]),
        ("&is_active=false", vec!["2", "3", "4"]),
        ("&created_at[gte]=2026-01-31T09:30:00Z", vec!["2", "3", "4"]),
        ("&created_at[lt]=2026-01-31T09:30:00Z", vec!["1", "4"]),
        ("&created_at[gte]=2026-01-31T09:30:00Z&created_at[lt]=2026-01-31T09:30:01Z", vec!["2", "4"]),
        ("&name=Ada&created_at[gte]=2026-01-31T09:30:00Z", vec!["3", "4"]),
    ] {
        assert_eq!(stage.all(&format!("{query}&limit=100")).await, ids, "{query}");
    }
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

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_read_by_its_identifier() {
    let user = json!({"user": {"name": "Ada", "emails": []}, "own": 1.50});
    let stage = Stage::start(Answer::new(200, "application/json", user.to_string())).await;
    let target = update("ticketing", "a%20b", stage.account, "");
    let answer = stage.host.client().get(&target).await;
    assert_eq!(answer.json(), json!({"id": "a b", "name": "Ada", "emails": [], "remote_data": user}));
    assert_eq!(stage.vendor.requests()[0].target, "/users/a%20b");
    for (vendor, status) in [
        (Answer::json(404, &json!({"message": "no"})), 404),
        (Answer::json(410, &json!({"message": "gone"})), 404),
        (Answer::json(200, &json!({"user": null})), 502),
        (Answer::json(200, &json!({})), 404),
        (Answer::json(403, &json!({"message": "no"})), 403),
    ] {
        stage.vendor.next(vendor);
        let answer = stage.host.client().get(&target).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let asked = stage.vendor.requests().len();
    for query in ["&group_id=7", "&organization_id=7", "&email=a%40x.io", "&reassign_to=8", "&limit=1"] {
        let answer = stage.host.client().get(&format!("{target}{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        assert!(answer.text().contains("puppet takes no parameters of its own here"), "{query}: {}", answer.text());
    }
    assert_eq!(stage.vendor.requests().len(), asked);
    for id in ["..", "a%2Fb", "%00"] {
        let answer = stage.host.client().get(&update("ticketing", id, stage.account, "")).await;
        assert_eq!(answer.status, 400, "{id}");
    }
    assert_eq!(stage.host.client().get(&update("crm", "1", stage.account, "")).await.status, 501);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_not_there_is_not_found_in_every_format() {
    let there = r#"{"user": {"name":"Ada"}, "n": 1.50}"#;
    let stage = Stage::start(Answer::new(200, "application/json", there)).await;
    for format in ["unified", "raw", "normalized", "stream", "debug"] {
        let target = update("ticketing", "7", stage.account, &format!("&truto_response_format={format}"));
        let found = stage.host.client().get(&target).await;
        assert_eq!(found.status, 200, "{format}: {}", found.text());
        if ["raw", "stream"].contains(&format) {
            assert_eq!(found.text(), there, "{format}");
        }
        stage.vendor.next(Answer::json(200, &json!({"users": []})));
        let missing = stage.host.client().get(&target).await;
        assert_eq!(missing.status, 404, "{format}: {}", missing.text());
        assert!(missing.text().contains("the vendor has no such user"), "{format}: {}", missing.text());
    }
    stage.vendor.next(Answer::json(200, &json!({"users": []})));
    let dry = stage.host.client().get(&update("ticketing", "7", stage.account, "&mortise_dry_run=true")).await;
    assert_eq!((dry.status, &dry.json()["requests"][0]["status"]), (200, &json!(200)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_is_no_write_whatever_its_method() {
    let vendor = Vendor::start(Behaviour::by(|request| match request.path() {
        "/users" => page([1], None),
        _ => Answer::json(200, &json!({"user": {"name": "Ada"}})),
    }))
    .await;
    let host = Setup::new().plugin_at("puppet", &vendor.url()).start().await;
    let account = host.account("puppet").await;
    let of_one = update("ticketing", "search-7", account, "");
    let of_all = format!("/unified/ticketing/users?integrated_account_id={account}&organization_id=9");
    for target in [of_one, of_all] {
        let dry = host.client().get(&format!("{target}&mortise_dry_run=true")).await;
        let sent = &dry.json()["requests"][0];
        assert_eq!((&sent["method"], &sent["status"]), (&json!("POST"), &json!(200)), "{target}: {}", dry.text());
        // The host repeats a POST that only reads.
        for trouble in
            [Answer::json(502, &json!({})).into(), Behaviour::drop_before_answer(), Behaviour::drop_mid_body()]
        {
            let before = vendor.requests().len();
            vendor.next(trouble);
            let answer = host.client().get(&target).await;
            assert_eq!((answer.status, vendor.requests().len()), (200, before + 2), "{target}: {}", answer.text());
        }
        for _ in 0..3 {
            vendor.next(Behaviour::drop_mid_body());
        }
        let broken = host.client().get(&target).await;
        assert_eq!(broken.status, 502, "{target}: {}", broken.text());
        assert!(!broken.text().contains("write"), "the call writes nothing: {}", broken.text());
    }
}
