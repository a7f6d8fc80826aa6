//! The place where a list continues: the host accepts every cursor that it gave, even after an update of the
//! integration, and no list is endless.

use std::sync::{Arc, Mutex};

use mortise_tests::hostile;
use mortise_tests::vendor::{Answer, Behaviour};
use serde_json::json;

use super::stage::{Stage, directory, id, page, parameters, row};

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
async fn the_longest_cursor_that_is_given_out_is_taken_back() {
    for unit in ["x", "\"", "\\", "/", "\u{e9}", "\u{1f600}", "\u{2028}"] {
        let longest = unit.repeat(4_096 / unit.len());
        let (given, expected) = (longest.clone(), longest);
        // Pages of 40 rows, of which the caller takes 39 at a time.
        let stage = Stage::start(Behaviour::by(move |request| match parameters(request).get("cursor") {
            None => page(0..40, Some(given.clone())),
            Some(cursor) if *cursor == expected => page(40..80, None),
            Some(_) => Answer::json(500, &json!({})),
        }))
        .await;
        let asked = "&limit=39&organization_id=7&is_active=true&created_at[gte]=2026-01-01T00:00:00Z\
                     &created_at[lt]=2027-01-01T00:00:00Z&sort_by[name]=asc&remote_query[expand]=all";
        assert_eq!(stage.all(asked).await, (0..80).map(id).collect::<Vec<_>>(), "{unit:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_control_characters_is_not_given_out() {
    let stage = Stage::start(directory(4)).await;
    for unit in ["\0", "\n", "\u{7f}", "\u{85}"] {
        for length in [1, 4_096 / unit.len()] {
            let cursor = unit.repeat(length);
            stage.vendor.next(Answer::json(200, &json!({"page": {"rows": [row(1, 0)], "next": cursor}})));
            let answer = stage.list("&truto_ignore_remote_data=true").await;
            assert_eq!(answer.status, 502, "{unit:?}: {}", answer.text());
        }
    }
    assert_eq!(stage.all("&limit=2").await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_under_way_keeps_its_size_when_a_newer_version_has_others() {
    // This vendor counts pages. With another page size, users would be missing or come twice.
    let stage = Stage::start(Behaviour::by(|request| {
        let parameters = parameters(request);
        let number = |name: &str| parameters.get(name).map_or(0, |text| text.parse::<u64>().unwrap());
        let (from, size) = (number("cursor") * number("size"), number("size"));
        let to = (from + size).min(200);
        page(from..to, (to < 200).then(|| (number("cursor") + 1).to_string()))
    }))
    .await;
    let cursor = async |query: &str| stage.page(query).await["next_cursor"].as_str().unwrap().to_owned();
    let (usual, small, large) = (cursor("").await, cursor("&limit=2").await, cursor("&limit=100").await);
    let newer = stage.host.app.service.config.plugins_dir.join("puppet.wasm");
    std::fs::write(newer, hostile::component("changed-puppet")).expect("writable");
    let reloaded = stage.host.client().post("/integration/puppet/reload", &json!({})).await;
    assert_eq!(reloaded.status, 200, "{}", reloaded.text());
    for (query, cursor, size) in [
        ("", &usual, 3),
        ("&limit=3", &usual, 3),
        ("&limit=2", &small, 2),
        ("", &small, 2),
        ("&limit=100", &large, 100),
    ] {
        assert_eq!(stage.rest(query, cursor).await, (size..200).map(id).collect::<Vec<_>>(), "{query}");
        assert_eq!(parameters(stage.vendor.requests().last().unwrap())["size"], size.to_string(), "{query}");
    }
    for (query, cursor) in [("&limit=7", &usual), ("&limit=3", &small), ("&limit=50", &large)] {
        let answer = stage.list(&format!("{query}&next_cursor={cursor}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.text().contains("another limit"), "{query}: {}", answer.text());
    }
    // A new list has the new sizes.
    stage.page("").await;
    assert_eq!(parameters(stage.vendor.requests().last().unwrap())["size"], "7");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_another_one_each_time_is_an_error_and_no_endless_list() {
    // Five new rows on each page; or four new rows after or before a row that is on every page.
    for stays in [None, Some(0), Some(4)] {
        let asked = std::sync::atomic::AtomicU64::new(0);
        let stage = Stage::start(Behaviour::by(move |_| {
            let from = 5 * asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            let mut users: Vec<_> = (from..from + 5).collect();
            if let Some(place) = stays {
                users[place] = 0;
            }
            page(users, Some("2".to_owned()))
        }))
        .await;
        for query in ["&limit=1", "&limit=3"] {
            let (mut cursor, mut answers) = (String::new(), 0);
            let refused = loop {
                let answer = stage.list(&format!("{query}&next_cursor={cursor}")).await;
                if answer.status != 200 {
                    break answer;
                }
                answers += 1;
                assert!(answers < 20, "{query}, {stays:?}: the list does not end");
                cursor = answer.json()["next_cursor"].as_str().expect("the list goes on").to_owned();
            };
            assert_eq!(refused.status, 502);
            assert!(refused.text().contains("gives other rows each time"), "{}", refused.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_deletes_whom_it_lists_comes_to_the_end() {
    // One vendor continues after the last user of a page. The other skips rows, and later rows move up. A page has five
    // rows, whatever the size in the request is.
    for skips in [false, true] {
        let users = Arc::new(Mutex::new((1..=40).collect::<Vec<u64>>()));
        let directory = users.clone();
        let stage = Stage::start(Behaviour::by(move |request| {
            let cursor = parameters(request).get("cursor").map_or(0, |text| text.parse::<u64>().unwrap());
            let users = directory.lock().unwrap();
            let begin = if skips { cursor as usize } else { users.iter().filter(|user| **user <= cursor).count() };
            let behind: Vec<u64> = users.iter().copied().skip(begin).collect();
            let next = (behind.len() > 5).then(|| if skips { cursor + 5 } else { behind[4] }.to_string());
            page(behind.into_iter().take(5), next)
        }))
        .await;
        let (mut cursor, mut listed) = (String::new(), Vec::new());
        loop {
            let page = stage.page(&format!("&limit=1&next_cursor={cursor}")).await;
            let id = page["result"][0]["id"].as_str().unwrap().to_owned();
            let user: u64 = id[1..].parse().unwrap();
            users.lock().unwrap().retain(|other| *other != user);
            listed.push(id);
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(listed, (1..=40).map(id).collect::<Vec<_>>(), "skips: {skips}");
    }
}
