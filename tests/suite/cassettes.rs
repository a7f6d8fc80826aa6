//! Cassettes against components: the comparisons of a replay, the form of differences, and recording from a running
//! vendor.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use mortise::cassette::{Cassette, Outcome, Player, Replay};
use mortise::config::Limits;
use mortise_tests::canary::Canary;
use mortise_tests::components::component;
use mortise_tests::host::{Setup, create, mortise_binary};
use mortise_tests::hostile;
use mortise_tests::running::Running;
use mortise_tests::tls::Authority;
use mortise_tests::vendor::{Answer, Behaviour, Vendor};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

/// A component in a file with its name, and a player of its cassettes.
async fn player(slug: &str) -> (TempDir, Player) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join(slug).with_extension("wasm");
    std::fs::write(&file, component(slug)).unwrap();
    let cache = hostile::target().join("test-replay");
    let how = Replay { compiler: mortise_binary(), cache, limits: Limits::default() };
    (folder, Player::start(&file, &how).await.unwrap())
}

fn cassette(cassette: Value) -> Cassette {
    // Goes by way of text: a JSON value would lose the spelling of numbers.
    serde_json::from_str(&cassette.to_string()).unwrap()
}

/// A cassette of the probe: the requests of its script, and the recorded exchanges.
fn probed(script: Value, exchanges: Value, outcomes: Value) -> Cassette {
    cassette(json!({
        "description": "probe",
        "call": {"category": "ticketing", "operation": "create-user", "body": {"name": script.to_string()}},
        "exchanges": exchanges,
        "answer": {"status": 201, "body": {"id": "hostile", "name": outcomes.to_string()}},
    }))
}

fn seen(status: u16, body: &str) -> Value {
    json!({"status": status, "headers": [], "body": body})
}

fn exchange(request: Value, response: Value) -> Value {
    json!({"request": request, "response": response})
}

#[track_caller]
fn assert_passed(outcome: &Outcome) {
    assert!(outcome.passed(), "{outcome}");
}

#[track_caller]
fn assert_failed(outcome: &Outcome, place: &str, message: &str, diff: &str) {
    let difference = outcome.differences.first().expect("it does not pass");
    let text = difference.to_string();
    assert_eq!(difference.place, place, "{text}");
    assert!(difference.message.contains(message) && text.contains(diff), "{text}");
}

fn creation() -> Value {
    let path = hostile::root().join("plugins/dixa/cassettes/create-required-only.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[tokio::test]
async fn an_answer_that_is_not_a_user_is_told_with_its_reason() {
    let (_folder, player) = player("liar-answer").await;
    for (name, reason) in
        [("wrong-types", "`id` must be a string"), ("late", "`created_at` must be a time of RFC 3339")]
    {
        let played = cassette(json!({
            "description": "a liar",
            "call": {"category": "ticketing", "operation": "create-user", "body": {"name": name}},
            "exchanges": [],
            "answer": {"status": 201, "body": {"id": "1"}},
        }));
        let outcome = player.play(&played).await;
        assert!(!outcome.passed() && outcome.to_string().contains(reason), "{outcome}");
    }
}

#[tokio::test]
async fn a_panic_is_told_with_its_message() {
    let (_folder, player) = player("trap").await;
    let played = cassette(json!({
        "description": "a panic",
        "call": {"category": "ticketing", "operation": "create-user", "body": {"name": "panic"}},
        "exchanges": [],
        "answer": {"status": 201, "body": {"id": "1"}},
    }));
    let outcome = player.play(&played).await;
    let text = outcome.to_string();
    assert!(
        !outcome.passed() && text.contains("panicked at") && text.contains("a panic with \u{fffd}[31mcolour"),
        "{text}"
    );
}

#[tokio::test]
async fn fields_that_vanish_are_named() {
    let (_folder, player) = player("liar-answer").await;
    let play = async |body: Value, answer: Value| {
        let played = cassette(json!({
            "description": "vanishing fields",
            "call": {"category": "ticketing", "operation": "create-user", "body": body},
            "exchanges": [],
            "answer": answer,
        }));
        player.play(&played).await
    };
    let answer = json!({"status": 201, "body": {"id": "1", "name": "a"}, "ignored_fields": ["title"]});
    let outcome = play(json!({"name": "undeclared", "title": "Engineer"}), answer).await;
    assert_passed(&outcome);
    let text = outcome.to_string();
    assert!(
        text.contains("note: the component answers with `surprise`, which `capabilities` does not declare"),
        "{text}"
    );
    assert!(!text.contains("title"), "a recorded ignored field is no difference: {text}");

    let answer = json!({"status": 201, "body": {"id": "1", "name": "a", "emails": []}});
    let outcome = play(json!({"name": "undeclared", "title": "Engineer"}), answer).await;
    let text = outcome.to_string();
    for named in [
        "`call.body` has `title`, which `capabilities` does not declare for create-user in ticketing",
        "`answer.body` has `emails`, which `capabilities` does not declare for the answer of create-user in ticketing",
    ] {
        assert!(!outcome.passed() && text.contains(named), "{text}");
    }
}

#[tokio::test]
async fn what_is_not_as_recorded_is_told_with_its_place_and_a_diff() {
    let (_folder, player) = player("dixa").await;
    assert_passed(&player.play(&cassette(creation())).await);
    let changed = |pointer: &str, value: Value| {
        let mut changed = creation();
        *changed.pointer_mut(pointer).unwrap() = value;
        cassette(changed)
    };
    let request = "/exchanges/0/request";
    for (pointer, value, message, diff) in [
        ("/body/email", json!("other@example.com"), "first at body/email", "+    \"email\": \"bo@example.com\""),
        ("/path", json!("/users"), "first at path", "-  \"path\": \"/users\""),
        ("/method", json!("PUT"), "first at method", "+  \"method\": \"POST\","),
        ("/headers/content-type", json!("text/plain"), "first at headers/content-type", "application/json"),
    ] {
        let outcome = player.play(&changed(&format!("{request}{pointer}"), value)).await;
        assert_failed(&outcome, "exchange 1", message, diff);
        assert_eq!(outcome.differences.len(), 1, "no differences after a wrong request: {outcome}");
    }
    for (pointer, value, message) in [
        ("/answer/body/name", json!("Eve"), "first at body/name"),
        ("/answer/status", json!(200), "first at status"),
        ("/answer/ignored_fields", json!(["avatar"]), "first at ignored_fields"),
    ] {
        assert_failed(&player.play(&changed(pointer, value)).await, "answer", message, "expected");
    }
    assert_failed(
        &player.play(&changed("/exchanges", json!([]))).await,
        "exchange 1",
        "is not recorded: POST /agents",
        "",
    );
    let mut twice = creation();
    let again = twice["exchanges"][0].clone();
    twice["exchanges"].as_array_mut().unwrap().push(again);
    assert_failed(&player.play(&cassette(twice)).await, "exchange 2", "was not asked for: POST /agents", "");
    let unknown = changed("/call/variables", json!({"site": "eu"}));
    assert_failed(&player.play(&unknown).await, "call", "`site`, which the integration does not declare", "");
    player.end().await;
}

#[tokio::test]
async fn bodies_and_queries_are_compared_without_regard_to_order_and_forms_as_forms() {
    let (_folder, player) = player("two-origins").await;
    let form = [["content-type", "application/x-www-form-urlencoded"]];
    let script = json!([
        {"method": "POST", "target": "/users", "primary": true, "body": "b=2&a=1&b=3+x", "headers": form},
        {"target": "/users", "query": [["page", "2"], ["size", "5"]]},
        {"method": "PUT", "target": "/a%2db", "body": "plain"},
    ]);
    let exchanges = json!([
        exchange(
            json!({"method": "POST", "path": "/users", "body": {"a": "1", "b": ["2", "3 x"]}}),
            json!({"status": 200})
        ),
        exchange(
            json!({"method": "GET", "path": "/users", "query": [["size", "5"], ["page", "2"]]}),
            json!({"status": 200})
        ),
        exchange(json!({"method": "PUT", "path": "/a-b", "body": "plain"}), json!({"status": 204})),
    ]);
    let outcomes = json!([seen(200, ""), seen(200, ""), seen(204, "")]);
    assert_passed(&player.play(&probed(script.clone(), exchanges.clone(), outcomes.clone())).await);
    let mut text = exchanges.clone();
    text[0]["request"]["body"] = json!("a=1&b=2&b=3%20x");
    assert_passed(&player.play(&probed(script.clone(), text, outcomes.clone())).await);
    let mut other = exchanges;
    other[0]["request"]["body"]["b"] = json!(["3 x", "2"]);
    assert_failed(&player.play(&probed(script, other, outcomes)).await, "exchange 1", "first at body/b/0", "");
    player.end().await;
}

#[tokio::test]
async fn a_request_to_another_origin_is_recorded_with_its_whole_address() {
    let (_folder, player) = player("two-origins").await;
    let script = json!([
        {"method": "POST", "target": "/users", "primary": true},
        {"method": "POST", "target": "https://files.example.com/v2/photos"},
    ]);
    let second = |path: &str| exchange(json!({"method": "POST", "path": path}), json!({"status": 200}));
    let exchanges = |path| json!([second("https://vendor.example.com/v1/users"), second(path)]);
    let outcomes = json!([seen(200, ""), seen(200, "")]);
    let right = exchanges("https://files.example.com/v2/photos");
    assert_passed(&player.play(&probed(script.clone(), right, outcomes.clone())).await);
    let wrong = player.play(&probed(script, exchanges("/photos"), outcomes)).await;
    assert_failed(&wrong, "exchange 2", "first at path", "https://files.example.com/v2/photos");
    player.end().await;
}

#[tokio::test]
async fn a_repetition_of_the_host_is_an_exchange_of_its_own() {
    let (_folder, player) = player("dixa").await;
    let mut limited = creation();
    let first = limited["exchanges"][0].clone();
    limited["exchanges"].as_array_mut().unwrap().insert(0, first);
    limited["exchanges"][0]["response"] =
        json!({"status": 429, "headers": {"retry-after": "0"}, "body": {"message": "slow down"}});
    assert_passed(&player.play(&cassette(limited)).await);
    player.end().await;
}

#[tokio::test]
async fn an_error_is_compared_by_the_members_that_are_recorded() {
    let (_folder, player) = player("dixa").await;
    let mut refused = creation();
    refused["exchanges"][0]["response"] = json!({"status": 409, "body": {"message": "this address is taken"}});
    refused["answer"] =
        json!({"status": 409, "body": {"message": "this address is taken", "truto_is_remote_error": true}});
    assert_passed(&player.play(&cassette(refused.clone())).await);
    refused["answer"]["body"]["message"] = json!("no");
    assert_failed(&player.play(&cassette(refused.clone())).await, "answer", "first at body/message", "taken");
    refused["answer"] = json!({"status": 400});
    assert_failed(&player.play(&cassette(refused)).await, "answer", "first at status", "409");
    player.end().await;
}

#[tokio::test]
async fn sign_ins_are_made_up_unless_they_are_recorded() {
    let (_folder, player) = player("signs-in-tableau").await;
    let variables = json!({"pod": "eu1", "site": "acme", "pat_name": "mine", "pat_secret": "hidden-hidden"});
    let recorded = |site: &str, sign_ins: Value| {
        cassette(json!({
            "description": "creates a user",
            "call": {"category": "ticketing", "operation": "create-user", "variables": variables, "body": {"name": "Ada"}},
            "sign_ins": sign_ins,
            "exchanges": [exchange(
                json!({"method": "POST", "path": format!("/sites/{site}/users"), "body": {"name": "Ada"}}),
                json!({"status": 201, "body": {"id": "1", "name": "Ada"}}),
            )],
            "answer": {"status": 201, "body": {"id": "1", "name": "Ada"}},
        }))
    };
    assert_passed(&player.play(&recorded("placeholder-site_id", json!([]))).await);
    let credentials = |secret: &str| json!({"credentials": {"personalAccessTokenName": "mine", "personalAccessTokenSecret": secret, "site": {"contentUrl": "acme"}}});
    let sign_in = |secret: &str| {
        let answer = json!({"credentials": {"token": "placeholder", "site": {"id": "42"}, "estimatedTimeToExpiration": "1:00:00"}});
        json!([{
            "request": {"method": "POST", "path": "/auth/signin", "body": credentials(secret)},
            "response": {"status": 200, "body": answer},
        }])
    };
    assert_passed(&player.play(&recorded("42", sign_in("hidden-hidden"))).await);
    let outcome = player.play(&recorded("42", sign_in("another"))).await;
    assert_failed(&outcome, "sign-in 1", "first at body/credentials/personalAccessTokenSecret", "");
    player.end().await;
}

#[tokio::test]
async fn what_no_cassette_shows_is_listed_by_operation() {
    let (_folder, player) = player("dixa").await;
    let gaps = serde_json::to_value(player.coverage(&[cassette(creation())])).unwrap();
    let of = |operation: &str| {
        gaps["gaps"].as_array().unwrap().iter().find(|gap| gap["operation"] == operation).cloned().unwrap_or_default()
    };
    let creation = of("create-user");
    assert_eq!(creation["operation_missing"], false);
    assert_eq!(creation["request"], json!(["first_name", "last_name", "avatar"]));
    assert_eq!(creation["response"], json!(["first_name", "last_name", "avatar"]));
    assert_eq!(creation["errors"], json!(["4xx", "401", "429", "5xx"]), "it makes one request, so none comes later");
    assert_eq!(of("update-user")["operation_missing"], true);
    let all = mortise::cassette::load_dir(&hostile::root().join("plugins/dixa/cassettes")).unwrap();
    assert_eq!(player.coverage(&all).gaps, []);
    player.end().await;
}

/// A page of the puppet's vendor: a row for each of these identifiers, and the next cursor.
fn vendors_page(rows: &[&str], next: Value) -> Value {
    let row =
        |(index, id): (usize, &&str)| json!({"user": {"id": id, "name": "Ada"}, "source": format!("/data/{index}")});
    let data: Vec<_> = rows.iter().map(|id| json!({"own": id})).collect();
    json!({"data": data, "page": {"rows": rows.iter().enumerate().map(row).collect::<Vec<_>>(), "next": next}})
}

/// The page that a caller gets of these users.
fn callers_page(rows: Value, next: Value) -> Value {
    let count = rows.as_array().unwrap().len();
    json!({"status": 200, "body": {
        "result": rows, "next_cursor": next, "prev_cursor": null, "result_count": count, "is_partial_response": true,
    }})
}

/// The second page of a list with a filter.
fn second_page(answer: Value) -> Cassette {
    let query = json!([["size", "2"], ["cursor", "2"], ["created_at.gte", "2026-01-01T00:00:00Z"]]);
    cassette(json!({
        "description": "the second page",
        "call": {
            "category": "ticketing", "operation": "list-users", "cursor": "2",
            "query": {"limit": 2, "created_at": {"gte": "2026-01-01T00:00:00Z"}},
        },
        "exchanges": [exchange(
            json!({"method": "GET", "path": "/users", "query": query}),
            json!({"status": 200, "body": vendors_page(&["3", "4"], json!("5"))}),
        )],
        "answer": answer,
    }))
}

#[tokio::test]
async fn a_page_of_a_list_is_played_from_the_vendors_cursor_to_a_placeholder_for_the_next() {
    let (_folder, player) = player("puppet").await;
    let (three, four) = (json!({"id": "3", "name": "Ada"}), json!({"id": "4", "name": "Ada"}));
    let rows = json!([three, four]);
    assert_passed(&player.play(&second_page(callers_page(rows.clone(), json!("<cursor>")))).await);
    let with_text = json!([three, {"id": "4", "name": "Ada", "remote_data": {"own": "4"}}]);
    assert_passed(&player.play(&second_page(callers_page(with_text, json!("<cursor>")))).await);
    let wrong_text = json!([three, {"id": "4", "name": "Ada", "remote_data": {"own": "5"}}]);
    let outcome = player.play(&second_page(callers_page(wrong_text, json!("<cursor>")))).await;
    assert_failed(&outcome, "answer", "first at body/result/1/remote_data/own", "+");
    let outcome = player.play(&second_page(callers_page(rows.clone(), Value::Null))).await;
    assert_failed(&outcome, "answer", "first at body/next_cursor", "<cursor>");
    let missing = json!([three, four, {"id": "5", "shoe_size": 43}]);
    let outcome = player.play(&second_page(callers_page(missing, json!("<cursor>")))).await;
    assert!(!outcome.passed() && outcome.notes.iter().any(|note| note.contains("`shoe_size`")), "{outcome}");
    assert!(!outcome.notes.iter().any(|note| note.contains("`result`")), "{outcome}");

    let mut first = second_page(callers_page(rows, json!("<cursor>")));
    first.call.cursor = None;
    let outcome = player.play(&first).await;
    assert_failed(&outcome, "exchange 1", "is not the recorded one, first at query/cursor", "cursor");
    // The replay compares the vendor's own page unchanged, with its own `next_cursor`.
    let page = json!({"next_cursor": "theirs", "page": {"rows": []}});
    let mut raw = second_page(json!({"status": 200, "body": page}));
    raw.call.query.insert("truto_response_format".to_owned(), "raw".into());
    raw.exchanges[0].response.body = serde_json::value::to_raw_value(&page).ok();
    assert_passed(&player.play(&raw).await);
    player.end().await;
}

#[tokio::test]
async fn reads_and_deletions_are_played_without_a_body() {
    let (_folder, player) = player("puppet").await;
    let of = |operation: &str, method: &str, answer: Value| {
        let user = json!({"status": 200, "body": {"user": {"id": "a b", "name": "Ada"}}});
        cassette(json!({
            "description": "one user",
            "call": {"category": "ticketing", "operation": operation, "id": "a b"},
            "exchanges": [exchange(json!({"method": method, "path": "/users/a%20b"}), user)],
            "answer": answer,
        }))
    };
    let user = json!({"id": "a b", "name": "Ada"});
    assert_passed(&player.play(&of("get-user", "GET", json!({"status": 200, "body": user}))).await);
    assert_passed(&player.play(&of("delete-user", "DELETE", json!({"status": 200, "body": {"id": "a b"}}))).await);
    let outcome = player.play(&of("get-user", "GET", json!({"status": 200, "body": {"id": "a b"}}))).await;
    assert_failed(&outcome, "answer", "body", "Ada");
    player.end().await;
}

#[tokio::test]
async fn of_a_list_the_rows_and_filters_that_no_cassette_shows_are_listed() {
    let (_folder, player) = player("puppet").await;
    let rows = json!([{"id": "3", "name": "Ada"}, {"id": "4"}]);
    let gaps = player.coverage(&[second_page(callers_page(rows, json!("<cursor>")))]).gaps;
    let list = gaps.iter().find(|gap| gap.operation == mortise_model::Operation::ListUsers).expect("it has gaps");
    assert_eq!(list.response, ["emails", "is_active", "created_at"], "rows never hold updated_at");
    let filters = ["email", "name", "is_active", "created_at[lt]", "updated_at[gt]", "updated_at[lte]"];
    assert_eq!(list.query, [&filters[..], &["sort_by[name]", "organization_id"]].concat());
    assert!(gaps.iter().any(|gap| gap.operation == mortise_model::Operation::DeleteUser && gap.operation_missing));
    player.end().await;
}

#[tokio::test]
async fn pages_and_deletions_are_recorded_as_they_are_played() {
    let base = project("puppet");
    let root: PathBuf = base.path().join("puppet");
    let secret = Canary::new();
    let vendor = Vendor::start(Answer::json(200, &vendors_page(&["grace@navy.mil", "4"], json!("5")))).await;
    let url = vendor.url();
    let record = async |arguments: &[&str]| {
        let always = ["record", "--category", "ticketing", "--secret", "api_token=env:CANARY", "--origin", &url];
        mortise(&root, &[&always[..], arguments].concat(), &secret).await
    };
    let list = ["--operation", "list-users", "--name", "list-later", "--param", "limit=2"];
    let output = record(&[&list[..], &["--cursor", "2"]].concat()).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let recorded: Value =
        serde_json::from_slice(&std::fs::read(root.join("cassettes/list-later.json")).unwrap()).unwrap();
    assert_eq!((&recorded["call"]["cursor"], recorded["call"].get("body")), (&json!("2"), None));
    let answer = &recorded["answer"]["body"];
    assert_eq!(
        (&answer["next_cursor"], &answer["result"][1]),
        (&json!("<cursor>"), &json!({"id": "4", "name": "Robin"}))
    );
    assert!(!recorded.to_string().contains("navy"), "{recorded}");
    let output = record(&["--operation", "delete-user", "--id", "17", "--name", "delete"]).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(vendor.requests().last().unwrap().method, "DELETE");

    for (arguments, words) in [
        (&["--operation", "delete-user", "--name", "a"][..], "--id belongs"),
        (&["--operation", "create-user", "--name", "a"], "--data belongs"),
        (&["--operation", "get-user", "--id", "1", "--name", "a", "--data", "{}"], "--data belongs"),
        (&["--operation", "get-user", "--id", "1", "--name", "a", "--cursor", "2"], "--cursor belongs"),
    ] {
        let output = record(arguments).await;
        assert!(output.status.code() == Some(2) && text(&output.stderr).contains(words), "{}", text(&output.stderr));
    }
}

#[tokio::test]
async fn a_vendor_of_cassettes_tells_its_origin_and_answers() {
    let mut command = Command::new(mortise_binary());
    command.args(["vendor", "dixa", "--json"]).current_dir(hostile::root()).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    assert_eq!(told["slug"], "dixa");
    let origin = told["origin"].as_str().unwrap();
    let host = Setup::new().plugin_at("dixa", origin).start().await;
    let account = host.account("dixa").await;
    let body = json!({"name": "Bo", "emails": [{"email": "bo@example.com"}]});
    let answer = host.client().post(&create("ticketing", account, ""), &body).await;
    assert_eq!((answer.status, &answer.json()["id"]), (201, &creation()["answer"]["body"]["id"]));
}

/// A built stand-alone project with this slug.
fn project(slug: &str) -> TempDir {
    let base = TempDir::new().unwrap();
    let root = base.path().join(slug);
    let components = root.join("target/plugins/components");
    std::fs::create_dir_all(&components).unwrap();
    std::fs::write(root.join("Cargo.toml"), format!("[package]\nname = \"{slug}\"\n")).unwrap();
    std::fs::write(components.join(slug).with_extension("wasm"), component(slug)).unwrap();
    base
}

async fn mortise(root: &Path, arguments: &[&str], secret: &Canary) -> Output {
    let mut command = Command::new(mortise_binary());
    command.args(arguments).arg("--no-build").current_dir(root).env("CANARY", secret.as_str()).stdin(Stdio::null());
    command.output().await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn a_recorded_call_replays_and_names_neither_secrets_nor_people() {
    let base = project("dixa");
    let root: PathBuf = base.path().join("dixa");
    let secret = Canary::new();
    let token = secret.as_str().to_owned();
    let agent = move || {
        json!({"data": {
            "id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "createdAt": "2024-03-05T08:00:00Z", "displayName": "Grace Hopper",
            "email": "Grace.Hopper@navy.mil", "firstName": "Grace", "lastName": "Hopper", "phoneNumber": "+45 31 41 59 26",
            "avatarUrl": "https://files.dixa.io/people/hopper.png", "note": "GRACE was invited by boss@navy.mil",
            "token": token, "roles": ["Agent"],
        }})
    };
    let vendor = Vendor::start(Behaviour::by(move |_| Answer::json(201, &agent()))).await;
    let arguments = |name: &'static str| {
        let data = r#"{"name": "Grace Hopper", "first_name": "Grace", "last_name": "Hopper",
            "emails": [{"email": "grace.hopper@navy.mil"}]}"#;
        let mut arguments = vec!["record", "--operation", "create-user", "--category", "ticketing", "--name", name];
        arguments.extend(["--secret", "api_token=env:CANARY", "--data", data, "--origin"]);
        arguments
    };
    let url = vendor.url();
    let recorded = mortise(&root, &[arguments("create-grace"), vec![url.as_str()]].concat(), &secret).await;
    assert!(recorded.status.success(), "{}", text(&recorded.stderr));
    assert_eq!(vendor.requests().len(), 1, "one request of the call, and none of the replay");
    assert_eq!(vendor.requests()[0].header("authorization"), Some(secret.as_str()), "the host signed");

    let file = root.join("cassettes/create-grace.json");
    let cassette = std::fs::read_to_string(&file).unwrap();
    secret.assert_absent("the cassette", &cassette);
    secret.assert_absent("the output", [recorded.stdout, recorded.stderr.clone()].concat());
    for personal in ["grace", "hopper", "navy.mil", "7c9e6679", "3141", "31 41", "boss"] {
        assert!(!cassette.to_lowercase().contains(personal), "{personal} in {cassette}");
    }
    assert!(text(&recorded.stderr).contains("grace.hopper@navy.mil -> person"), "{}", text(&recorded.stderr));
    let cassette: Value = serde_json::from_str(&cassette).unwrap();
    let (sent, answered) = (&cassette["exchanges"][0]["request"]["body"], &cassette["answer"]["body"]);
    assert_eq!(cassette["call"]["variables"], json!({"api_token": "placeholder-api_token"}));
    assert_eq!(cassette["exchanges"][0]["request"]["path"], "/agents");
    assert_eq!(sent["email"], cassette["call"]["body"]["emails"][0]["email"], "the same placeholder everywhere");
    assert_eq!(sent["displayName"], answered["name"]);
    assert_eq!(cassette["exchanges"][0]["response"]["body"]["data"]["roles"], json!(["Agent"]));

    let tested = mortise(&root, &["test"], &secret).await;
    assert!(tested.status.success() && text(&tested.stdout).contains("1 of 1 passed"), "{}", text(&tested.stdout));
    let again = mortise(&root, &[arguments("create-grace"), vec![url.as_str()]].concat(), &secret).await;
    assert_eq!(again.status.code(), Some(2));
    assert!(text(&again.stderr).contains("--force"), "{}", text(&again.stderr));
    assert_eq!(vendor.requests().len(), 1, "the command refused before it sent a request");
}

/// A project of dixa with these cassettes in its folder: names and texts.
fn recorded(cassettes: &[(&str, String)]) -> (TempDir, PathBuf) {
    let base = project("dixa");
    let folder = base.path().join("dixa/cassettes");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in cassettes {
        std::fs::write(folder.join(name), text).unwrap();
    }
    (base, folder)
}

#[tokio::test]
async fn a_file_that_is_no_cassette_fails_by_itself_and_stops_no_other() {
    let good = creation().to_string();
    let broken = "{\n\"description\": 7}".to_owned();
    let cassettes = [("broken.json", broken.clone()), ("o\u{1b}[2J\u{202e}\nk.json", broken), ("good.json", good)];
    let (_base, folder) = recorded(&cassettes);
    let root = folder.parent().unwrap();
    for filter in [&["test"][..], &["test", "--filter", "o"]] {
        let tested = mortise(root, filter, &Canary::new()).await;
        let told = text(&tested.stdout);
        assert_eq!(tested.status.code(), Some(1), "{told}");
        assert!(told.contains("FAIL  broken  ") && told.contains("broken.json:2: invalid type: integer `7`"), "{told}");
        assert!(told.contains("ok    good  ") && told.contains("1 of 3 passed"), "{told}");
        assert!(told.contains("FAIL  o\u{fffd}[2J\u{fffd}\u{fffd}k  "), "{told:?}");
        assert!(!told.contains(['\u{1b}', '\u{202e}']), "{told:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_cassette_is_told_and_left_out_of_what_a_vendor_replays() {
    let cassettes = [
        ("broken.json", "{\n\"description\": 7}".to_owned()),
        ("escape.json", "{\"\\u001b[2J\": 1}".to_owned()),
        ("good.json", creation().to_string()),
    ];
    let (_base, folder) = recorded(&cassettes);
    let vendor = || {
        let mut command = Command::new(mortise_binary());
        command.args(["vendor", "--json"]).arg(folder.parent().unwrap());
        command
    };
    let mut running = Running::start(vendor());
    let told: Value = serde_json::from_str(&running.out.next_line().await.unwrap().unwrap()).unwrap();
    assert_eq!(told["slug"], "dixa");
    let line = running.line("broken.json").await;
    assert!(line.starts_with("skipped: ") && line.contains("broken.json:2: invalid type: integer `7`"), "{line}");
    let line = running.line("escape.json").await;
    assert!(line.contains("escape.json:1: ") && !line.contains('\u{1b}'), "{line:?}");

    std::fs::remove_file(folder.join("good.json")).unwrap();
    let output = vendor().output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("broken.json:2") && text(&output.stderr).contains("no cassette can be read"));
}

#[tokio::test]
async fn what_was_got_is_accepted_into_the_file_for_review() {
    let original =
        std::fs::read_to_string(hostile::root().join("plugins/dixa/cassettes/create-required-only.json")).unwrap();
    let wrong = original.replace("bo@example.com", "old@example.com").replacen("old@example.com", "bo@example.com", 1);
    let mut surplus = creation();
    surplus["exchanges"] = json!([]);
    let mut signed = creation();
    signed["exchanges"][0]["request"]["headers"]["authorization"] = json!("another");
    let (surplus, signed) = (surplus.to_string(), signed.to_string());
    let cassettes = [("wrong.json", wrong.clone()), ("surplus.json", surplus.clone()), ("signed.json", signed.clone())];
    let (_base, folder) = recorded(&cassettes);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let tested = mortise(folder.parent().unwrap(), &["test", "--accept"], &Canary::new()).await;
    let told = text(&tested.stdout);
    assert_eq!(tested.status.code(), Some(1), "two cannot be accepted: {told}");
    assert!(told.contains("new   wrong  ") && told.contains("wrong.json"), "{told}");
    assert!(told.contains("not accepted: exchange 1: is not recorded: POST /agents was asked for"), "{told}");
    assert!(told.contains("first at headers/authorization: the host does not write what signs a request"), "{told}");
    assert_eq!((read("surplus.json"), read("signed.json")), (surplus, signed));
    let accepted = read("wrong.json");
    let changed = |one: &str, other: &str| one.lines().zip(other.lines()).filter(|(one, other)| one != other).count();
    assert_eq!(accepted.lines().count(), wrong.lines().count(), "{accepted}");
    assert!((1..=2).contains(&changed(&accepted, &wrong)), "unchanged parts keep their spelling: {accepted}");
    let again = mortise(folder.parent().unwrap(), &["test", "--filter", "wrong"], &Canary::new()).await;
    assert!(again.status.success(), "{}", text(&again.stdout));
}

#[tokio::test]
async fn a_component_that_breaks_is_not_accepted() {
    let base = project("trap");
    let root = base.path().join("trap");
    let file = root.join("cassettes/panic.json");
    std::fs::create_dir_all(root.join("cassettes")).unwrap();
    let panics = json!({
        "description": "a panic",
        "call": {"category": "ticketing", "operation": "create-user", "body": {"name": "panic"}},
        "exchanges": [],
        "answer": {"status": 201, "body": {"id": "1"}},
    });
    std::fs::write(&file, panics.to_string()).unwrap();
    let tested = mortise(&root, &["test", "--accept"], &Canary::new()).await;
    let told = text(&tested.stdout);
    assert!(!tested.status.success() && told.contains("not accepted: the integration failed"), "{told}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), panics.to_string());
}

#[tokio::test]
async fn a_project_without_cassettes_is_not_tested() {
    let base = project("dixa");
    let root = base.path().join("dixa");
    let tested = mortise(&root, &["test"], &Canary::new()).await;
    assert_eq!(tested.status.code(), Some(1), "{}", text(&tested.stdout));
    assert!(text(&tested.stderr).contains("nothing was tested of dixa"), "{}", text(&tested.stderr));
}

#[tokio::test]
async fn a_refusal_of_the_vendor_is_recorded_too() {
    let base = project("dixa");
    let root = base.path().join("dixa");
    let vendor = Vendor::start(Behaviour::from(Answer::json(400, &json!({"message": "ada@corp.io is taken"})))).await;
    let data = r#"{"name": "Ada", "emails": [{"email": "ada@corp.io"}]}"#;
    let url = vendor.url();
    let arguments = ["record", "--operation", "create-user", "--category", "ticketing", "--name", "taken", "--secret"];
    let more = ["api_token=env:CANARY", "--data", data, "--origin", &url, "--json"];
    let recorded = mortise(&root, &[&arguments[..], &more].concat(), &Canary::new()).await;
    assert!(recorded.status.success(), "{}", text(&recorded.stderr));
    let told: Value = serde_json::from_slice(&recorded.stdout).unwrap();
    assert!(told["replaced"].as_array().unwrap().iter().any(|one| one["kind"] == "email"), "{told}");
    let cassette: Value = serde_json::from_slice(&std::fs::read(root.join("cassettes/taken.json")).unwrap()).unwrap();
    assert_eq!(
        (&cassette["answer"]["status"], &cassette["answer"]["body"]["message"]),
        (&json!(400), &json!("person1@example.com is taken"))
    );
}

#[tokio::test]
async fn a_recording_reaches_the_vendor_as_the_configuration_says() {
    let (base, authority) = (project("dixa"), Authority::new());
    let root = base.path().join("dixa");
    let vendor = Vendor::start(Behaviour::from(Answer::json(400, &json!({"message": "taken"})))).await;
    let front = authority.in_front_of(vendor.address(), "127.0.0.1", 2100).await;
    let origin = format!("https://127.0.0.1:{}", front.address.port());
    let data = r#"{"name": "Ada", "emails": [{"email": "ada@corp.io"}]}"#;
    let arguments = ["record", "--operation", "create-user", "--category", "ticketing", "--name", "taken", "--secret"];
    let arguments = [&arguments[..], &["api_token=env:CANARY", "--data", data, "--origin", &origin]].concat();
    let refused = mortise(&root, &arguments, &Canary::new()).await;
    assert!(
        text(&refused.stderr).contains("of an authority that this host does not know"),
        "{}",
        text(&refused.stderr)
    );
    assert_eq!(vendor.requests().len(), 0);

    let configuration = format!("[egress]\nca_file = {:?}\n", authority.file());
    for (file, more) in [("mortise.toml", &["--force"][..]), ("other.toml", &["--force", "--config", "other.toml"])] {
        std::fs::write(root.join(file), &configuration).unwrap();
        let recorded = mortise(&root, &[&arguments[..], more].concat(), &Canary::new()).await;
        assert!(recorded.status.success(), "{}", text(&recorded.stderr));
        std::fs::remove_file(root.join(file)).unwrap();
    }
    assert_eq!(vendor.requests().len(), 2);
}

#[tokio::test]
async fn a_recorded_sign_in_brings_what_paths_need_and_no_token() {
    let base = project("signs-in-tableau");
    let root = base.path().join("signs-in-tableau");
    let (secret, token) = (Canary::new(), Canary::new());
    let brought = token.as_str().to_owned();
    let vendor = Vendor::start(Behaviour::by(move |request| match request.path() {
        path if path.ends_with("/auth/signin") => {
            let credentials =
                json!({"token": brought, "site": {"id": "site-90210"}, "estimatedTimeToExpiration": "1:00:00"});
            Answer::json(200, &json!({"credentials": credentials, "user": {"name": "Grace Hopper"}}))
        }
        _ => Answer::json(201, &json!({"id": "1", "name": "Ada"})),
    }))
    .await;
    let url = vendor.url();
    let mut arguments = vec!["record", "--operation", "create-user", "--category", "ticketing", "--name", "signs-in"];
    arguments.extend(["--set", "pod=eu1", "--set", "site=acme", "--secret", "pat_name=env:CANARY"]);
    arguments.extend(["--secret", "pat_secret=env:CANARY", "--data", r#"{"name": "Ada"}"#, "--origin", &url]);
    let recorded = mortise(&root, &arguments, &secret).await;
    assert!(recorded.status.success(), "{}", text(&recorded.stderr));
    let cassette = std::fs::read_to_string(root.join("cassettes/signs-in.json")).unwrap();
    secret.assert_absent("the cassette", &cassette);
    token.assert_absent("the cassette", &cassette);
    assert!(!cassette.contains("90210") && !cassette.contains("Hopper"), "{cassette}");
    let cassette: Value = serde_json::from_str(&cassette).unwrap();
    let site = cassette["sign_ins"][0]["response"]["body"]["credentials"]["site"]["id"].as_str().unwrap();
    assert_eq!(cassette["exchanges"][0]["request"]["path"], format!("/sites/{site}/users"));
}
