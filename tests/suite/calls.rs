//! `mortise call` against a running host: reads, lists and deletions.

use std::process::Output;

use mortise_tests::expect;
use mortise_tests::host::{Host, Setup, mortise_binary};
use mortise_tests::vendor::{Answer, Behaviour, Vendor};
use serde_json::{Value, json};
use tokio::process::Command;
use uuid::Uuid;

/// A host with the puppet, its vendor and an account.
struct Stage {
    vendor: Vendor,
    host: Host,
    account: Uuid,
    token: String,
}

impl Stage {
    async fn start(vendor: impl Into<Behaviour>, setup: Setup) -> Self {
        let vendor = Vendor::start(vendor).await;
        let host = setup.limits(|limits| limits.vendor_retries = 0).plugin_at("puppet", &vendor.url()).start().await;
        let (account, token) = (host.account("puppet").await, host.call_token(None).await);
        Self { vendor, host, account, token }
    }

    async fn call(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(mortise_binary());
        command.arg("call").args(arguments).args(["--account", &self.account.to_string()]);
        command.args(["--url", &self.host.client().url()]).env("MORTISE_TOKEN", &self.token);
        expect("end of the command", command.output()).await.expect("it starts")
    }
}

fn out(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("text")
}

fn said(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("text")
}

/// The identifiers of users, one on each line of the output.
fn ids(output: &Output) -> Vec<String> {
    let id = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["id"].as_str().expect("an id").to_owned();
    out(output).lines().map(id).collect()
}

/// A vendor with `users` users, two on a page. The text of each user has line breaks.
fn directory(users: u64) -> Behaviour {
    Behaviour::by(move |request| {
        let query = request.query().unwrap_or_default().to_owned();
        let cursor = query.split('&').find_map(|pair| pair.strip_prefix("cursor="));
        let from: u64 = cursor.map_or(0, |text| text.parse().unwrap());
        let to = (from + 2).min(users);
        let row = |index: u64| json!({"user": {"id": index.to_string()}, "source": format!("/data/{}", index - from)});
        let page =
            json!({"rows": (from..to).map(row).collect::<Vec<_>>(), "next": (to < users).then(|| to.to_string())});
        let data: Vec<_> = (from..to).map(|index| format!("{{\n\"n\": {index}.50\r\n}}")).collect();
        Answer::new(200, "application/json", format!("{{\"data\":[{}],\"page\":{page}}}", data.join(",")))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_read_and_deleted_without_data_and_the_deletion_says_what_it_does() {
    let user = Answer::json(200, &json!({"user": {"name": "Ada"}}));
    let stage = Stage::start(user, Setup::new()).await;
    let got = stage.call(&["get", "ticketing", "a b"]).await;
    assert!(got.status.success() && said(&got).contains("HTTP 200 OK"), "{}", said(&got));
    assert_eq!(serde_json::from_str::<Value>(out(&got)).unwrap()["id"], "a b");
    let raw = stage.call(&["get", "ticketing", "7", "--format", "raw"]).await;
    assert_eq!(out(&raw), r#"{"user":{"name":"Ada"}}"#);

    let planned = stage.call(&["delete", "ticketing", "7", "--dry-run"]).await;
    assert_eq!(serde_json::from_str::<Value>(out(&planned)).unwrap()["requests"][0]["method"], "DELETE");
    assert_eq!(stage.vendor.requests().len(), 2, "nothing was sent");
    let delete = ["delete", "ticketing", "7", "--idempotency-key", "leaver-7"];
    let (first, again) = (stage.call(&delete).await, stage.call(&delete).await);
    for deleted in [&first, &again] {
        assert_eq!(out(deleted), r#"{"id":"7"}"#);
        assert!(
            deleted.status.success() && said(deleted).contains("mortise-deletes: deactivates\n"),
            "{}",
            said(deleted)
        );
    }
    assert!(said(&again).contains("idempotent-replayed: true"), "{}", said(&again));
    assert_eq!(stage.vendor.requests().len(), 3);

    stage.vendor.always(Answer::json(404, &json!({})));
    for arguments in [["get", "ticketing", "7"], ["delete", "ticketing", "7"]] {
        let missing = stage.call(&arguments).await;
        assert_eq!(missing.status.code(), Some(1), "{}", said(&missing));
        assert!(said(&missing).contains("error: HTTP 404 Not Found"), "{}", said(&missing));
    }
    for arguments in [
        &["get", "ticketing", "7", "--data", "{}"][..],
        &["get", "ticketing", "7", "--idempotency-key", "k"],
        &["list", "ticketing", "--idempotency-key", "k"],
        &["delete", "ticketing", "7", "--data", "{}"],
    ] {
        assert_eq!(stage.call(arguments).await.status.code(), Some(2), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_one_page_as_it_is_or_users_a_line_each() {
    let stage = Stage::start(directory(5), Setup::new()).await;
    let list = ["list", "ticketing", "--limit", "2"];
    let page = stage.call(&[&list[..], &["--filter", "name=Ada", "--sort", "name=desc"]].concat()).await;
    let answer: Value = serde_json::from_str(out(&page)).expect("the page");
    assert_eq!((&answer["result_count"], answer["next_cursor"].is_string()), (&json!(2), true));
    let asked = stage.vendor.requests()[0].query().unwrap().to_owned();
    assert_eq!(asked, "size=2&name.eq=Ada&sort.name=desc");

    let lines = stage.call(&[&list[..], &["--json"]].concat()).await;
    assert_eq!(ids(&lines), ["0", "1"]);
    assert!(out(&lines).contains(r#""n": 0.50"#), "the vendor's own text: {}", out(&lines));
    let cursor = said(&lines).lines().find_map(|line| line.strip_prefix("next_cursor: ")).expect("a cursor").to_owned();
    let rest = stage.call(&[&list[..], &["--all", "--cursor", &cursor]].concat()).await;
    assert_eq!(ids(&rest), ["2", "3", "4"]);
    assert_eq!(said(&rest), "3 users on 2 pages\n");
    let all = stage.call(&[&list[..], &["--all", "--format", "normalized"]].concat()).await;
    assert_eq!(ids(&all).len(), 5, "{}", said(&all));

    let raw = stage.call(&[&list[..], &["--format", "raw"]].concat()).await;
    assert!(said(&raw).contains("mortise-next-cursor: "), "{}", said(&raw));
    for (more, words) in [
        (&["--all", "--format", "raw"][..], "the format raw has none"),
        (&["--all", "--dry-run"], "cannot be used with"),
        (
            &["--all", "--param", "truto_key_by=id"],
            "the parameter truto_key_by makes one object of all users: leave it out",
        ),
        (&["--json", "--param", "truto_response_format=raw"], "use --format"),
        (&["--all", "--param", "next_cursor=x"], "use --cursor"),
        (&["--all", "--param", "mortise_dry_run=true"], "the parameter mortise_dry_run lists no users"),
        (&["--sort", "name=up"], "expected FIELD"),
        (&["--filter", "name"], "expected NAME=VALUE"),
    ] {
        let refused = stage.call(&[&list[..], more].concat()).await;
        assert!(refused.status.code() == Some(2) && said(&refused).contains(words), "{}", said(&refused));
    }
    let undeclared = stage.call(&[&list[..], &["--all", "--filter", "status=open"]].concat()).await;
    assert_eq!(undeclared.status.code(), Some(1));
    assert!(said(&undeclared).contains("is not a filter of puppet"), "{}", said(&undeclared));
    assert!(said(&undeclared).ends_with("error: no user is written\n"), "{}", said(&undeclared));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_breaks_says_what_is_written_and_with_which_cursor_to_go_on() {
    let stage = Stage::start(directory(6), Setup::new()).await;
    let (first, broken) = (directory(6), Answer::json(500, &json!({"message": "out of order"})));
    stage.vendor.next(first).next(broken);
    let list = ["list", "ticketing", "--limit", "2", "--all"];
    let output = stage.call(&list).await;
    assert_eq!((output.status.code(), ids(&output)), (Some(1), vec!["0".to_owned(), "1".to_owned()]));
    assert!(said(&output).starts_with("error: page 2: HTTP 500"), "{}", said(&output));
    assert!(said(&output).contains("out of order"), "{}", said(&output));
    let cursor =
        said(&output).trim_end().rsplit_once("2 users are written; continue with --cursor ").expect("a cursor").1;
    let rest = stage.call(&[&list[..], &["--cursor", cursor]].concat()).await;
    assert_eq!(ids(&rest), ["2", "3", "4", "5"]);

    // If the vendor refuses the cursor, or it belongs to other parameters, the command does not say to continue with it.
    stage.vendor.next(directory(6)).next(Answer::json(422, &json!({})));
    let refused = stage.call(&list).await;
    assert_eq!((refused.status.code(), ids(&refused).len()), (Some(1), 2));
    let foreign = stage.call(&[&list[..], &["--cursor", cursor, "--filter", "name=Ada"]].concat()).await;
    let other = stage.call(&["list", "ticketing", "--limit", "3", "--all", "--cursor", cursor]).await;
    assert!(said(&other).contains("with another limit: ask as before"), "{}", said(&other));
    let (same, without) = ("send the same command again", "leave --cursor out");
    for (output, users, how) in [(&refused, 2, same), (&foreign, 0, without), (&other, 0, without)] {
        let words = format!("{users} users are written; to begin again from the first page, {how}");
        assert!(said(output).contains(&words) && !said(output).contains("continue with"), "{}", said(output));
    }

    // If more pages are empty than a call may walk over, the command names the cursor of the next page.
    let empty = |request: &str| request.split("cursor=").nth(1).map_or(0, |text| text.parse::<u64>().unwrap());
    stage.vendor.always(Behaviour::by(move |request| {
        let next = (empty(request.query().unwrap_or_default()) + 1).to_string();
        Answer::json(200, &json!({"page": {"rows": [], "next": next}}))
    }));
    let output = stage.call(&list).await;
    let cursor =
        said(&output).trim_end().rsplit_once("0 users are written; continue with --cursor ").expect("a cursor").1;
    stage.call(&[&list[..], &["--cursor", cursor]].concat()).await;
    assert!(stage.vendor.requests().iter().any(|request| request.query().unwrap_or_default().ends_with("cursor=19")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_pauses_when_its_host_asks_for_it() {
    let quota = |setup: Setup| {
        setup.limits(|limits| {
            limits.account_requests = 2;
            limits.quota_window_ms = 1_000;
        })
    };
    let stage = Stage::start(directory(10), quota(Setup::new())).await;
    let all = stage.call(&["list", "ticketing", "--limit", "2", "--all"]).await;
    assert_eq!((all.status.code(), ids(&all).len()), (Some(0), 10), "{}", said(&all));
    assert_eq!(stage.vendor.requests().len(), 5);
}
