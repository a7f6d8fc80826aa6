//! Vendors that misbehave, once for each style of paging that the SDK knows (`tests/hostile/examples/pager.rs`): a list
//! that moves, pages that lead nowhere, filters that the vendor ignores, failures in the middle, and deletions.

use std::collections::BTreeMap;

use mortise_tests::client::Answer as CallersAnswer;
use mortise_tests::host::{Host, Setup, update};
use mortise_tests::vendor::directory::{Directory, Person, Quirk, STYLES};
use mortise_tests::vendor::{Answer, Behaviour, Vendor};
use serde_json::{Value, json};
use uuid::Uuid;

/// Styles whose cursor is a user, so that moved rows cause no error.
const STEADY: [&str; 4] = ["cursor", "next", "link", "keyset"];

/// A host with the pager, its vendor, and an account for each style.
struct Stage {
    category: &'static str,
    directory: Directory,
    vendor: Vendor,
    host: Host,
    accounts: BTreeMap<&'static str, Uuid>,
}

impl Stage {
    async fn start() -> Self {
        // Without retries, because these tests count the requests of a list.
        Self::of("ticketing", 0).await
    }

    /// Starts with this category, and with at most this number of retries of a vendor request.
    async fn of(category: &'static str, repetitions: u32) -> Self {
        let directory = Directory::new();
        let vendor = Vendor::start(directory.behaviour()).await;
        let limits = move |limits: &mut mortise::config::Limits| {
            (limits.vendor_retries, limits.vendor_idle_ms) = (repetitions, 300);
        };
        let host = Setup::new().limits(limits).plugin_at("pager", &vendor.url()).start().await;
        let mut accounts = BTreeMap::new();
        for style in STYLES {
            accounts.insert(style, host.account_with("pager", "tenant", &[("style", style)]).await);
        }
        Self { category, directory, vendor, host, accounts }
    }

    async fn list(&self, style: &str, query: &str, cursor: &str) -> CallersAnswer {
        let (category, account) = (self.category, self.accounts[style]);
        let target = format!("/unified/{category}/users?integrated_account_id={account}{query}&next_cursor={cursor}");
        self.host.client().get(&target).await
    }

    /// The identifiers on all pages from this cursor on, or the answer that is not a page. Begins with an empty cursor,
    /// as Truto's TypeScript client does. Asserts that no page but the last is empty, because Truto's Python client
    /// stops at an empty page.
    async fn rest(&self, style: &str, query: &str, from: &str) -> Result<Vec<String>, CallersAnswer> {
        let (mut ids, mut cursor) = (Vec::new(), from.to_owned());
        loop {
            let answer = self.list(style, query, &cursor).await;
            if answer.status != 200 {
                return Err(answer);
            }
            let (page, before) = (answer.json(), ids.len());
            ids.extend(page["result"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()));
            match page["next_cursor"].as_str() {
                None => return Ok(ids),
                Some(next) => {
                    assert!(ids.len() > before, "{style}{query}: a page in the middle has no users");
                    cursor = next.to_owned();
                }
            }
        }
    }

    /// Lists all users while the vendor misbehaves in this way. Returns the users and the number of vendor requests.
    async fn all(&self, style: &str, query: &str, quirk: Quirk) -> (Result<Vec<String>, CallersAnswer>, usize) {
        self.directory.begin(quirk);
        let before = self.vendor.requests().len();
        let listed = self.rest(style, query, "").await;
        (listed, self.vendor.requests().len() - before)
    }

    /// The identifiers of the users that `is_one` accepts.
    fn ids(&self, is_one: impl Fn(&Person) -> bool) -> Vec<String> {
        self.directory.ids(is_one)
    }
}

/// The number of requests for 20 users, three in each page. A keyset ends with a page without users, and a style
/// without pages needs one request.
fn requests(style: &str) -> usize {
    match style {
        "keyset" => 8,
        "whole" => 1,
        _ => 7,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_moves_has_everybody_who_stays_and_no_gap_where_the_vendor_gives_less_than_is_asked_for() {
    let stage = Stage::start().await;
    for style in STYLES {
        let (listed, asked) = stage.all(style, "&limit=100", Quirk::None).await;
        assert_eq!((listed.unwrap(), asked), (stage.ids(|_| true), requests(style)), "{style}");
        for quirk in [Quirk::Moves, Quirk::Grows] {
            stage.directory.begin(quirk);
            let before = stage.ids(|_| true);
            let (listed, asked) = stage.all(style, "&limit=3", quirk).await;
            let (listed, after) = (listed.unwrap(), stage.ids(|_| true));
            for id in before.iter().filter(|id| after.contains(id)) {
                let times = listed.iter().filter(|listed| *listed == id).count();
                let is_once = times == 1 || quirk == Quirk::Grows && times > 1 && !STEADY.contains(&style);
                assert!(is_once, "{style} {quirk:?}: {id} came {times} times");
            }
            if quirk == Quirk::Moves {
                assert_eq!(asked, if style == "whole" { 7 } else { requests(style) }, "{style}");
            }
        }
    }
    for style in ["offset", "scim"] {
        for (quirk, requests) in [(Quirk::TotalTooLarge, 8), (Quirk::NoTotal, 8), (Quirk::TotalShrinks, 7)] {
            let (listed, asked) = stage.all(style, "&limit=100", quirk).await;
            assert_eq!((listed.unwrap(), asked), (stage.ids(|_| true), requests), "{style} {quirk:?}");
        }
    }
    for style in ["offset", "number", "scim"] {
        let (listed, asked) = stage.all(style, "&limit=100", Quirk::Ceiling(12)).await;
        let refused = listed.unwrap_err();
        assert_eq!((refused.status, asked), (400, 6), "{style}");
        assert!(refused.text().contains("nobody skips more than 12 users"), "{style}: {}", refused.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_lead_nowhere_are_walked_over_or_found_out_and_every_user_is_listed_once() {
    let stage = Stage::start().await;
    let links = (0..6).map(|way| ("link", Quirk::Link(way)));
    let ends = [("cursor", Quirk::EmptyNext), ("cursor", Quirk::NoTotal)].into_iter();
    let phantoms = STYLES.into_iter().filter(|style| *style != "whole").map(|style| (style, Quirk::Phantom));
    let gaps = ["number", "cursor", "next", "link"].into_iter();
    let gaps = gaps.flat_map(|style| [1, 6].map(|pages| (style, Quirk::EmptyPages(pages))));
    for (style, quirk) in links.chain(ends).chain(phantoms).chain(gaps) {
        let (listed, _) = stage.all(style, "&limit=100", quirk).await;
        let listed = listed.unwrap_or_else(|answer| panic!("{style} {quirk:?}: {}", answer.text()));
        assert_eq!(listed, stage.ids(|_| true), "{style} {quirk:?}");
    }
    for style in STYLES.into_iter().filter(|style| *style != "whole") {
        for quirk in [Quirk::RepeatsLast, Quirk::Wraps] {
            let (listed, asked) = stage.all(style, "&limit=100", quirk).await;
            let refused = listed.expect_err("the list fails");
            let is_told = ["cursor of an earlier one", "rows of the page before", "rows of the first page"];
            assert!(is_told.iter().any(|told| refused.text().contains(told)), "{style} {quirk:?}: {}", refused.text());
            assert_eq!((refused.status, asked), (502, 8), "{style} {quirk:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_list_is_refused_and_nothing_is_asked() {
    let stage = Stage::start().await;
    for (style, other) in STYLES.into_iter().zip(STYLES.into_iter().cycle().skip(1)) {
        stage.directory.begin(Quirk::None);
        let first = stage.list(style, "&limit=3", "").await.json();
        let (cursor, before) = (first["next_cursor"].as_str().unwrap(), stage.vendor.requests().len());
        for (style, query) in [(style, "&limit=4"), (style, "&limit=3&is_active=true"), (other, "&limit=3")] {
            assert_eq!(stage.list(style, query, cursor).await.status, 400, "{style}{query}");
        }
        assert_eq!(stage.vendor.requests().len(), before, "{style}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_finds_whom_it_describes_although_the_vendor_hardly_filters() {
    let stage = Stage::start().await;
    type Describes = fn(&Person) -> bool;
    let filters: [(&str, Describes); 5] = [
        ("&email=USER1%40x.io", |user| user.email == "user1@x.io"),
        ("&email=not%2Buser1%40x.io&is_active=true", |user| user.email == "not+user1@x.io" && user.is_active),
        ("&is_active=false", |user| !user.is_active),
        ("&created_at[gte]=2026-01-31T09:04:00Z&created_at[lt]=2026-01-31T10:07:00%2B01:00", |user| {
            (4..7).contains(&user.minute)
        }),
        ("&email=nobody%40x.io", |_| false),
    ];
    for style in STYLES {
        for (query, describes) in filters {
            let (listed, _) = stage.all(style, query, Quirk::None).await;
            assert_eq!(listed.unwrap(), stage.ids(describes), "{style}{query}");
        }
        let before = stage.vendor.requests().len();
        for query in ["&name=Ada", "&created_at[gt]=2026-01-31T09:04:00Z", "&filter=x"] {
            assert_eq!(stage.list(style, query, "").await.status, 400, "{style}{query}");
        }
        assert_eq!(stage.vendor.requests().len(), before, "{style}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_of_time_holds_on_the_minute_and_a_value_is_one_of_those_that_are_declared() {
    let stage = Stage::of("user-directory", 0).await;
    type Describes = fn(&Person) -> bool;
    let filters: [(&str, Describes); 7] = [
        ("&created_at[gt]=2026-01-31T09:04:00Z", |user| user.minute > 4),
        ("&created_at[gte]=2026-01-31T09:04:00Z", |user| user.minute >= 4),
        ("&created_at[gt]=2026-01-31T09:03:59.999Z", |user| user.minute >= 4),
        ("&created_at[lt]=2026-01-31T09:07:00Z", |user| user.minute < 7),
        ("&created_at[lte]=2026-01-31T09:07:00Z", |user| user.minute <= 7),
        ("&created_at[gt]=2026-01-31T12:04:00%2B03:00&created_at[lte]=2026-01-31T12:07:00%2B03:00", |user| {
            (5..=7).contains(&user.minute)
        }),
        ("&status=inactive", |user| !user.is_active),
    ];
    for style in STYLES {
        for (query, describes) in filters {
            let (listed, _) = stage.all(style, query, Quirk::None).await;
            assert_eq!(listed.unwrap(), stage.ids(describes), "{style}{query}");
        }
        let before = stage.vendor.requests().len();
        for value in ["invited", "Active", "active,inactive"] {
            let refused = stage.list(style, &format!("&status={value}"), "").await;
            assert_eq!(refused.status, 400, "{style} {value}: {}", refused.text());
            let failure = &refused.json()["details"]["failures"][0];
            assert_eq!(failure["path"], "status");
            assert!(failure["message"].as_str().unwrap().ends_with("must be one of active, inactive"), "{failure}");
        }
        assert_eq!(stage.vendor.requests().len(), before, "{style}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_not_found_again_stays_in_the_page_which_says_that_it_is_partial() {
    let stage = Stage::of("user-directory", 0).await;
    for style in STYLES.into_iter().filter(|style| *style != "whole") {
        stage.directory.begin(Quirk::Lost(15));
        let lost = stage.ids(|user| user.minute == 15).remove(0);
        let (mut ids, mut cursor) = (Vec::new(), Some(String::new()));
        while let Some(from) = cursor {
            let page = stage.list(style, "&limit=3&collections=names", &from).await.json();
            let users = page["result"].as_array().unwrap_or_else(|| panic!("{style}: {page}"));
            let here: Vec<_> = users.iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect();
            let is_partial = here.contains(&lost);
            assert_eq!(page.get("is_partial_response"), is_partial.then_some(&json!(true)), "{style}: {page}");
            for user in users {
                let name = (user["id"] != lost).then(|| json!(format!("User {}", user["id"].as_str().unwrap())));
                assert_eq!(user.get("name"), name.as_ref(), "{style}: an unknown name is absent");
            }
            ids.extend(here);
            cursor = page["next_cursor"].as_str().map(str::to_owned);
        }
        assert_eq!(ids, stage.ids(|_| true), "{style}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_has_expired_is_told_in_one_way_whatever_the_vendors_and_is_not_the_first_page() {
    let stage = Stage::of("ticketing", 2).await;
    for style in ["offset", "number", "cursor", "next", "link", "keyset"] {
        stage.directory.begin(Quirk::None);
        let first = stage.list(style, "&limit=3", "").await.json();
        let cursor = first["next_cursor"].as_str().unwrap();
        for theirs in
            [Answer::json(400, &json!({"code": "cursor_expired"})), Answer::json(410, &json!({"message": "gone"}))]
        {
            let before = stage.vendor.requests().len();
            stage.vendor.next(theirs);
            let refused = stage.list(style, "&limit=3", cursor).await;
            assert_eq!(
                (refused.status, stage.vendor.requests().len()),
                (400, before + 1),
                "{style}: {}",
                refused.text()
            );
            assert_eq!(refused.json()["details"]["failures"][0]["path"], "next_cursor", "{style}");
            assert!(refused.text().contains("begin again without it"), "{style}: {}", refused.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_and_an_ended_token_in_the_middle_of_a_list_cost_requests_and_no_user() {
    let mut stage = Stage::of("ticketing", 1).await;
    for style in STYLES {
        let values = [("style", style), ("client_id", "client"), ("client_secret", "secret")];
        stage.accounts.insert(style, stage.host.account_with("pager", "tenant", &values).await);
        stage.directory.begin(Quirk::None);
        let first = stage.list(style, "&limit=3", "").await.json();
        let mut ids: Vec<_> =
            first["result"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect();
        stage.directory.end_token();
        stage.vendor.next(Answer::json(429, &json!({"message": "slow down"})).header("retry-after", "0"));
        let before = stage.vendor.requests().len();
        let second = stage.list(style, "&limit=3", first["next_cursor"].as_str().unwrap()).await;
        assert_eq!(second.status, 200, "{style}: {}", second.text());
        let sent: Vec<_> = stage.vendor.requests().split_off(before);
        let signed: Vec<_> = sent.iter().map(|request| request.path() != "/token").collect();
        assert_eq!(signed, [true, true, false, true], "{style}: the pause, the refusal, a new token, the page");
        ids.extend(stage.rest(style, "&limit=3", first["next_cursor"].as_str().unwrap()).await.unwrap());
        assert_eq!(ids, stage.ids(|_| true), "{style}");
    }
}

/// A page with these rows in the form of this style.
fn page(style: &str, rows: Value) -> Answer {
    let body = match style {
        "link" => rows,
        "scim" => json!({"totalResults": 9, "Resources": rows}),
        _ => json!({ "users": rows }),
    };
    Answer::json(200, &body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_fails_in_the_middle_is_an_error_and_its_cursor_leads_to_all_others() {
    let stage = Stage::start().await;
    let user = || json!({"id": 9_007_199_254_740_993_001_u64, "email": "a@x.io", "active": true, "created_at": "2026-01-31T09:00:00Z"});
    for style in STYLES {
        stage.directory.begin(Quirk::None);
        let first = stage.list(style, "&limit=3", "").await.json();
        assert_eq!(first["is_partial_response"], true, "{style}: rows have no roles, and say so");
        let cursor = first["next_cursor"].as_str().unwrap();
        let mut troubles: Vec<(Behaviour, u16)> = vec![
            (Answer::json(429, &json!({"message": "slow down"})).into(), 429),
            (Answer::json(500, &json!({})).into(), 500),
            (Behaviour::drop_mid_body(), 502),
            (Answer::json(200, &json!({"error": {"message": "no"}})).into(), 422),
            (Answer::html(200, "<html>Sign in</html>").into(), 502),
            (page(style, json!([user(), 7])).into(), 502),
            (page(style, json!([user(), {"name": "nobody"}])).into(), 502),
            (page(style, json!([user(), user()])).into(), 502),
        ];
        if style == "offset" {
            troubles.push((Behaviour::stall_mid_body(), 504));
        }
        for (number, (trouble, status)) in troubles.into_iter().enumerate() {
            stage.vendor.next(trouble);
            let answer = stage.list(style, "&limit=3", cursor).await;
            assert_eq!(answer.status, status, "{style}, trouble {number}: {}", answer.text());
        }
        let mut ids: Vec<_> =
            first["result"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()).collect();
        ids.extend(stage.rest(style, "&limit=3", cursor).await.unwrap());
        assert_eq!(ids, stage.ids(|_| true), "{style}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_listed_is_found_by_identifier_and_deleted_by_one_request() {
    let stage = Stage::start().await;
    let client = stage.host.client();
    for style in STYLES {
        stage.directory.begin(Quirk::None);
        let page = stage.list(style, "&limit=3", "").await.json();
        let id = page["result"][1]["id"].as_str().unwrap().to_owned();
        let target = update("ticketing", &id, stage.accounts[style], "");
        assert_eq!((id.len(), client.get(&target).await.json()["id"].as_str()), (19, Some(id.as_str())), "{style}");
        let before = stage.vendor.requests().len();
        let deleted = client.delete(&target).await;
        assert_eq!((deleted.status, deleted.json()), (200, json!({ "id": id })), "{style}");
        assert_eq!(deleted.header("mortise-deletes"), Some("unlinks"));
        assert_eq!(stage.vendor.requests().len(), before + 1, "no read after the deletion");
        assert_eq!((client.get(&target).await.status, client.delete(&target).await.status), (404, 404), "{style}");
        assert!(!stage.rest(style, "&limit=3", "").await.unwrap().contains(&id), "{style}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_whose_answer_is_lost_is_sent_once_and_reading_says_what_came_of_it() {
    let stage = Stage::of("ticketing", 2).await;
    let client = stage.host.client();
    for (style, is_done) in STYLES.into_iter().flat_map(|style| [(style, false), (style, true)]) {
        stage.directory.begin(Quirk::None);
        let id = stage.list(style, "&limit=3", "").await.json()["result"][0]["id"].as_str().unwrap().to_owned();
        let (directory, user) = (stage.directory.clone(), id.clone());
        stage.vendor.next(Behaviour::by(move |_| {
            if is_done {
                directory.remove(&user);
            }
            Behaviour::drop_before_answer()
        }));
        let (target, before) = (update("ticketing", &id, stage.accounts[style], ""), stage.vendor.requests().len());
        let lost = client.delete(&target).await;
        assert_eq!((lost.status, stage.vendor.requests().len()), (502, before + 1), "{style}: {}", lost.text());
        let expected = if is_done { (404, 404) } else { (200, 200) };
        assert_eq!((client.get(&target).await.status, client.delete(&target).await.status), expected, "{style}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_vendor_makes_of_a_deletion_is_told_and_what_could_delete_another_one_is_not_sent() {
    let stage = Stage::start().await;
    let (client, account) = (stage.host.client(), stage.accounts["offset"]);
    let target = update("ticketing", "7", account, "");
    // Some vendors answer with the user, some announce a later deletion, and some answer without a body.
    for (theirs, ours) in [
        (Answer::json(200, &json!({"id": 7, "deleted": true})), 200),
        (Answer::json(202, &json!({"status": "queued"})), 200),
        (Answer::new(204, "application/json", ""), 200),
        (Answer::json(410, &json!({"message": "gone"})), 404),
        (Answer::json(409, &json!({"message": "the last administrator"})), 409),
        (Answer::json(500, &json!({})), 500),
    ] {
        let before = stage.vendor.requests().len();
        stage.vendor.next(theirs);
        let answer = client.delete(&target).await;
        assert_eq!((answer.status, stage.vendor.requests().len()), (ours, before + 1), "{}", answer.text());
    }
    let before = stage.vendor.requests().len();
    for id in ["a%2Fb", "..", "%2e%2e", ".", "a%5Cb", "%00", ""] {
        let answer = client.delete(&update("ticketing", id, account, "")).await;
        assert!((400..500).contains(&answer.status), "{id}: {}", answer.status);
    }
    let heirless = client.delete(&update("crm", "7", account, "")).await;
    assert_eq!(heirless.json()["details"]["failures"][0]["path"], "reassign_to");
    assert_eq!((heirless.status, stage.vendor.requests().len()), (400, before));
    for (id, query) in [("me", ""), ("7", "&reassign_to=8"), ("a%20b%3Fc", "")] {
        stage.vendor.next(Answer::new(204, "application/json", ""));
        let category = if query.is_empty() { "ticketing" } else { "crm" };
        assert_eq!(client.delete(&update(category, id, account, query)).await.status, 200, "{id}");
    }
    let sent: Vec<_> = stage.vendor.requests().split_off(before).into_iter().map(|request| request.target).collect();
    assert_eq!(sent, ["/users/me", "/users/7?heir=8", "/users/a%20b%3Fc"]);
}
