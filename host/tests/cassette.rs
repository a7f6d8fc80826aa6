//! Cassettes: the files that the loader refuses with its messages, and the answers of a replaying vendor.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "test helpers may panic as tests do")]

use std::collections::BTreeMap;
use std::fs;

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use mortise::cassette::{Cassette, load_dir, load_some, router};
use serde_json::{Value, json};
use tower::ServiceExt;

const GOOD: &str = r#"{
  "description": "creates an agent",
  "call": {
    "category": "ticketing",
    "operation": "create-user",
    "id": null,
    "variables": {"api_token": "placeholder"},
    "body": {"name": "Ada"}
  },
  "exchanges": [{
    "request": {"method": "POST", "path": "/agents", "body": {"displayName": "Ada"}},
    "response": {"status": 201, "body": {"id": "1", "score": 1.0}}
  }],
  "answer": {"status": 201, "body": {"id": "1"}}
}"#;

fn load(json: &str) -> Result<Vec<Cassette>, String> {
    let folder = tempfile::tempdir().expect("a temporary directory");
    fs::write(folder.path().join("create.json"), json).expect("writable");
    fs::write(folder.path().join("notes.md"), "not a cassette").expect("writable");
    load_dir(folder.path()).map_err(|e| e.to_string())
}

#[track_caller]
fn assert_refused(from: &str, to: &str, line: usize, message: &str) {
    let error = load(&GOOD.replace(from, to)).expect_err("refused");
    assert!(error.contains(&format!("create.json:{line}: ")) && error.contains(message), "{error}");
}

#[test]
fn a_good_cassette_is_read_and_other_files_are_left_alone() {
    let cassettes = load(GOOD).expect("a good cassette");
    assert_eq!(cassettes.len(), 1);
    assert_eq!(cassettes[0].call.body["name"], "Ada");
}

#[test]
fn the_schema_of_the_documents_is_current_and_takes_what_is_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cassette.schema.json");
    let written: Value = serde_json::from_str(&fs::read_to_string(path).expect("the schema")).expect("JSON");
    assert_eq!(written, mortise::cassette::format::schema(), "run `mortise test --schema > docs/cassette.schema.json`");
    let validator = jsonschema::draft202012::new(&written).expect("a schema");
    let plugins = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../plugins")).expect("a checkout");
    let mut seen = 0;
    for folder in plugins.map(|entry| entry.expect("readable").path().join("cassettes")) {
        for cassette in load_dir(&folder).expect("good cassettes") {
            let text = fs::read_to_string(&cassette.file).expect("readable");
            let document: Value = serde_json::from_str(&text).expect("JSON");
            let errors: Vec<_> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", cassette.file.display());
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
    for wrong in ["{}", r#"{"description": "", "extra": 1}"#] {
        assert!(!validator.is_valid(&serde_json::from_str(wrong).expect("JSON")), "{wrong}");
    }
}

#[test]
fn what_is_written_is_read_again() {
    let text =
        GOOD.replace("{\n  \"description\"", "{\n  \"$schema\": \"../cassette.schema.json\",\n  \"description\"");
    let cassettes = load(&text).expect("a good cassette");
    let written = serde_json::to_string(&cassettes[0]).expect("JSON");
    let again = load(&written).expect("the written cassette");
    assert_eq!(serde_json::to_string(&again[0]).expect("JSON"), written);
    assert!(written.contains("cassette.schema.json") && !written.contains("\"sign_ins\""), "{written}");
}

#[test]
fn a_folder_that_does_not_exist_holds_no_cassettes() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    assert!(load_dir(&folder.path().join("cassettes")).expect("nothing to read").is_empty());
}

#[test]
fn a_cassette_that_nobody_wants_is_not_opened() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    fs::write(folder.path().join("create.json"), GOOD).expect("writable");
    fs::write(folder.path().join("broken.json"), "{").expect("writable");
    let wanted = load_some(folder.path(), |name| name.contains("creat")).expect("readable");
    let names: Vec<_> = wanted.into_iter().map(|cassette| cassette.expect("a good cassette").name()).collect();
    assert_eq!(names, ["create"]);
    load_dir(folder.path()).expect_err("the other is broken");
    let all = load_some(folder.path(), |_| true).expect("readable");
    let read: Vec<_> = all.iter().map(Result::is_ok).collect();
    assert_eq!(read, [false, true], "each is read by itself");
}

#[test]
fn a_wrong_cassette_is_named_with_its_line() {
    assert_refused("\"variables\"", "\"context\"", 7, "unknown field `context`");
    assert_refused("\"create-user\"", "\"make-user\"", 5, "make-user");
    assert_refused("\"POST\"", "\"post\"", 11, "method `post`");
    assert_refused("\"/agents\"", "\"agents?x=1\"", 11, "must start with `/` or `https://`");
    assert_refused("\"/agents\"", "\"http://acme.example/agents\"", 11, "must start with");
    assert_refused(
        "\"status\": 201, \"body\": {\"id\": \"1\", \"s",
        "\"status\": 99, \"body\": {\"id\": \"1\", \"s",
        12,
        "99 is not an HTTP status",
    );
    assert_refused("\"id\": null", "\"id\": \"1\"", 1, "`call.id` belongs to operations on one user");
    assert_refused("\"id\": null", "\"cursor\": \"2\"", 1, "`call.cursor` belongs to `list-users`");
    assert_refused("\"create-user\"", "\"list-users\"", 1, "`call.body` belongs to");
    assert_refused("\"create-user\"", "\"update-user\"", 1, "`call.id` is missing");
    assert_refused("}\n}", "}", 14, "EOF");
}

/// A vendor `acme` with these exchanges, in one cassette.
fn vendor(exchanges: Value) -> axum::Router {
    let mut cassette: Value = serde_json::from_str(GOOD).expect("JSON");
    cassette["exchanges"] = exchanges;
    // Goes by way of text, as from a file: a JSON value would lose the spelling of numbers.
    let cassettes = load(&cassette.to_string()).expect("a good cassette");
    router(&BTreeMap::from([("acme".to_owned(), cassettes)]))
}

fn exchange(method: &str, path: &str, query: Value, body: Value, answer: Value) -> Value {
    let request = json!({"method": method, "path": path, "query": query, "body": body});
    json!({"request": request, "response": {"status": 200, "body": answer}})
}

async fn ask(vendor: &axum::Router, method: &str, uri: &str, body: &str) -> (StatusCode, String) {
    let request = Request::builder().method(method).uri(uri).body(Body::from(body.to_owned())).expect("a request");
    let response = vendor.clone().oneshot(request).await.expect("an answer");
    let status = response.status();
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    (status, String::from_utf8(bytes.to_vec()).expect("text"))
}

#[tokio::test]
async fn the_exchange_most_like_the_request_answers() {
    let vendor = vendor(json!([
        exchange("GET", "/agents", json!([]), Value::Null, json!("all")),
        exchange("GET", "/agents", json!([["page", "2"], ["size", "5"]]), Value::Null, json!("second page")),
        exchange("POST", "/agents", json!([]), json!({"a": 1, "b": {"c": [1, 2], "d": null}}), json!("first")),
        exchange("POST", "/agents", json!([]), json!({"a": 2}), json!("second")),
        exchange("GET", "/agents/a%2Fb", json!([]), Value::Null, json!("escaped")),
    ]));
    for (method, uri, body, answer) in [
        ("GET", "/acme/agents", "", "\"all\""),
        ("GET", "/acme/agents?size=5&page=2", "", "\"second page\""),
        ("POST", "/acme/agents", r#"{"b": {"d": null, "c": [1, 2]}, "a": 1}"#, "\"first\""),
        ("POST", "/acme/agents", r#"{"a": 2}"#, "\"second\""),
        ("GET", "/acme/agents/a%2Fb", "", "\"escaped\""),
    ] {
        assert_eq!(ask(&vendor, method, uri, body).await, (StatusCode::OK, answer.to_owned()), "{method} {uri} {body}");
    }
}

#[tokio::test]
async fn equal_exchanges_answer_in_turn() {
    let vendor = vendor(json!([
        exchange("GET", "/agents", json!([]), Value::Null, json!(1)),
        exchange("GET", "/agents", json!([]), Value::Null, json!(2)),
    ]));
    for answer in ["1", "2", "1"] {
        assert_eq!(ask(&vendor, "GET", "/acme/agents", "").await.1, answer);
    }
}

#[tokio::test]
async fn of_successes_the_one_with_the_members_of_the_request_answers() {
    let post = |body: Value, answer: &str| exchange("POST", "/agents", json!([]), body, json!(answer));
    let vendor = vendor(json!([
        post(json!({"name": "Ada"}), "name"),
        post(json!({"name": "Ada", "email": "ada@example.com", "address": {"city": "Pavia", "zip": "1"}}), "all"),
        post(json!({"name": "Ada", "email": "ada@example.com"}), "name and email"),
        post(json!({"name": "Ada", "tags": ["a", "b"]}), "tags"),
    ]));
    for (body, answer) in [
        (json!({"name": "Bo"}), "name"),
        (json!({"name": "Bo", "email": "bo@example.com"}), "name and email"),
        (json!({"name": "Bo", "email": "bo@example.com", "address": {"city": "Rome", "zip": "2"}}), "all"),
        (json!({"name": "Ada", "tags": ["a"]}), "tags"),
        (json!({"name": "Ada", "nick": "A"}), "name"),
    ] {
        let answered = ask(&vendor, "POST", "/acme/agents", &body.to_string()).await.1;
        assert_eq!(answered, json!(answer).to_string(), "{body}");
    }
}

#[tokio::test]
async fn forms_are_alike_by_their_fields_and_successes_come_before_failures() {
    let mut taken = exchange("POST", "/agents", json!([]), json!({"a": "1", "b": ["2", "3"]}), json!("form"));
    let refused = exchange("POST", "/agents", json!([]), json!({"a": "9"}), json!("refused"));
    taken["response"]["status"] = json!(201);
    let mut failing = refused;
    failing["response"]["status"] = json!(409);
    let vendor = vendor(json!([failing, taken]));
    let ask = async |body: &str| {
        let request = Request::post("/acme/agents").header("content-type", "application/x-www-form-urlencoded");
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        vendor.clone().oneshot(request).await.expect("an answer").status()
    };
    assert_eq!(ask("b=2&b=3&a=1").await, StatusCode::CREATED);
    assert_eq!(ask("a=9").await, StatusCode::CONFLICT);
    assert_eq!(ask("c=7").await, StatusCode::CREATED);
}

#[tokio::test]
async fn what_lies_below_another_origin_is_answered_by_its_path() {
    let other = exchange("GET", "https://files.acme.com/v2/photos/7", json!([]), Value::Null, json!("photo"));
    let vendor = vendor(json!([other]));
    assert_eq!(ask(&vendor, "GET", "/acme/photos/7", "").await, (StatusCode::OK, "\"photo\"".to_owned()));
    assert_eq!(ask(&vendor, "GET", "/acme/hotos/7", "").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_not_recorded_is_answered_with_what_is() {
    let vendor = vendor(json!([exchange("GET", "/agents", json!([]), Value::Null, json!(1))]));
    for (method, uri) in [("DELETE", "/acme/agents"), ("GET", "/acme/teams"), ("GET", "/acme"), ("GET", "/acme/")] {
        let (status, body) = ask(&vendor, method, uri, "").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let body: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(body["recorded"], json!(["GET /agents (create.json)"]), "{method} {uri}");
        assert!(body["message"].as_str().is_some_and(|m| m.contains("plugins/acme/cassettes/")), "{body}");
    }
    let (status, body) = ask(&vendor, "GET", "/other/agents", "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(body.contains("\"integrations\":[\"acme\"]"), "{body}");
}

#[tokio::test]
async fn a_body_is_sent_byte_for_byte() {
    let recorded = GOOD.replace("\"score\": 1.0", "\"z\":   1.0, \"a\": 12345678901234567890");
    let vendor = router(&BTreeMap::from([("acme".to_owned(), load(&recorded).expect("a good cassette"))]));
    let (status, body) = ask(&vendor, "POST", "/acme/agents", "{}").await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(body, "{\"id\": \"1\", \"z\":   1.0, \"a\": 12345678901234567890}");
}

#[tokio::test]
async fn a_body_that_is_not_json_is_sent_as_its_text() {
    let response = json!({"status": 500, "headers": {"content-type": "text/html"}, "body": "<h1>no</h1>"});
    let vendor = vendor(json!([{"request": {"method": "GET", "path": "/"}, "response": response}]));
    let expected = (StatusCode::INTERNAL_SERVER_ERROR, "<h1>no</h1>".to_owned());
    assert_eq!(ask(&vendor, "GET", "/acme/", "").await, expected);
}
