//! `mortise dev` serves an author's changes. It reports a broken change, and does not serve it.

use std::fs::{self, OpenOptions};
use std::io::Write;

use mortise_tests::author::Author;
use mortise_tests::components::version;
use serde_json::{Value, json};

/// Creates the recorded user. Returns the generation of the answer, and the reason if it is not the newest.
async fn create(author: &Author) -> (String, Option<String>) {
    let (target, body) = author.creation();
    let answer = author.client().post(&target, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let generation = answer.header("mortise-generation").expect("a generation").to_owned();
    (generation, answer.header("mortise-generation-stale").map(str::to_owned))
}

/// Asserts that the host does not serve a change, for a reason with these words, and that it still serves this
/// generation.
async fn assert_kept(author: &mut Author, good: &str, outcome: &str, words: &[&str]) {
    let event = author.event().await;
    assert_eq!((&event["outcome"], &event["generation"]), (&json!(outcome), &json!(good)), "{event}");
    let (generation, stale) = create(author).await;
    assert_eq!(generation, good);
    let stale = stale.expect("callers are told");
    let shown = author.client().get(&format!("/integration/{}", event["integration"].as_str().unwrap())).await.json();
    let full = shown["reason"].as_str().unwrap_or_default();
    for word in words {
        assert!(event["reason"].as_str().unwrap().contains(word), "`{word}` is not in {event}");
        assert!(full.contains(word), "`{word}` is not in {shown}");
    }
    assert!(stale.len() <= 512 && stale.bytes().all(|b| b == b' ' || b.is_ascii_graphic()), "{stale}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_author_saves_is_served_and_what_is_broken_leaves_the_last_good_version() {
    let mut author = Author::start("follows", &[]).await;
    let (first, stale) = create(&author).await;
    assert_eq!(stale, None);

    author.edit("src/lib.rs", "fn create_user(", "fn create_user((");
    assert_kept(&mut author, &first, "build-failed", &["error", "src/lib.rs", "\n"]).await;

    author.edit("src/lib.rs", "fn create_user((", "fn create_user(");
    assert_eq!(author.event().await["outcome"], "unchanged");
    assert_eq!(create(&author).await, (first.clone(), None));

    author.edit("src/lib.rs", "\"Follows\"", "\"Follows its author\"");
    let event = author.event().await;
    assert_eq!((&event["outcome"], &event["changed"]), (&json!("loaded"), &json!("src/lib.rs")), "{event}");
    let (second, stale) = create(&author).await;
    assert!(second != first && event["generation"] == second && stale.is_none(), "{event}");

    author.edit("src/lib.rs", "\"follows\",", "\"leads\",");
    assert_kept(&mut author, &second, "refused", &["it declares the slug `leads`"]).await;

    author.edit("src/lib.rs", "\"leads\",", "panic!(),");
    assert_kept(&mut author, &second, "refused", &["`capabilities` did not answer"]).await;

    author.edit("src/lib.rs", "panic!(),", "\"follows\",");
    assert_eq!(author.event().await["generation"], second);
    assert_eq!(create(&author).await, (second.clone(), None));

    // Another program copies a component over it, in two halves.
    assert!(!author.component().exists(), "mortise dev does not write the component for production");
    let component = fs::read(author.built()).expect("a built component");
    let copied = version(&component, 1);
    let (half, rest) = copied.split_at(copied.len() / 2);
    fs::write(author.component(), half).expect("writable");
    assert_kept(&mut author, &second, "refused", &["unexpected end"]).await;
    let mut file = OpenOptions::new().append(true).open(author.component()).expect("writable");
    file.write_all(rest).expect("writable");
    let event = author.event().await;
    assert_eq!((&event["outcome"], &event["built_ms"]), (&json!("loaded"), &Value::Null), "{event}");
    assert_eq!(create(&author).await, (event["generation"].as_str().unwrap().to_owned(), None));

    // A source file that is saved without a change starts no build. The next event is that of the component.
    author.edit("src/lib.rs", "fn create_user(", "fn create_user(");
    author.replace_component(&version(&component, 2));
    let event = author.event().await;
    assert_eq!((&event["outcome"], &event["built_ms"]), (&json!("loaded"), &Value::Null), "{event}");
    assert_eq!(author.interrupt(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn cassettes_are_played_before_a_version_serves_and_the_vendor_replays_new_ones() {
    let mut author = Author::start("plays", &["--test"]).await;
    let (good, _) = create(&author).await;

    author.edit("src/lib.rs", "call.post(\"/people\")", "call.post(\"/persons\")");
    assert_kept(&mut author, &good, "refused", &["its cassettes do not pass", "/persons"]).await;

    // The vendor moves its path: the author changes the code, and then the recording.
    author.edit("cassettes/create.json", "\"/people\"", "\"/persons\"");
    let event = author.event().await;
    assert_eq!((&event["outcome"], &event["changed"]), (&json!("loaded"), &json!("cassettes/create.json")), "{event}");
    assert_eq!(create(&author).await, (event["generation"].as_str().unwrap().to_owned(), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_auth_scheme_of_the_cassettes_has_an_account_whose_calls_succeed_and_a_log_begins_no_build() {
    let mut author = Author::start("signs", &[]).await;
    let cassette = fs::read_to_string(author.project.join("cassettes/create.json")).unwrap();
    let mut basic: Value = serde_json::from_str(&cassette).unwrap();
    basic["call"]["variables"] = json!({"user": "ada", "password": "placeholder"});
    let mut refused = basic.clone();
    refused["call"]["variables"] = json!({"user": "nobody", "password": "placeholder"});
    refused["exchanges"][0]["response"] = json!({"status": 401, "body": {}});
    refused["answer"] = json!({"status": 401});
    // In the order of names, the cassette with the refusal comes first.
    fs::write(author.project.join("cassettes/create-as-nobody.json"), refused.to_string()).unwrap();
    fs::write(author.project.join("cassettes/create-by-password.json"), basic.to_string()).unwrap();
    // A file that is not a source starts no build. The next event is that of the source.
    fs::write(author.project.join("dev.log"), "a line").unwrap();
    fs::write(author.project.join("README.md"), "a page").unwrap();
    author.edit(
        "src/lib.rs",
        "        .secret(\"api_token\", \"API token\")\n",
        "        .variable(mortise_sdk::Variable::secret(\"api_token\", \"API token\").optional())\n\
         .variable(mortise_sdk::Variable::new(\"user\", \"User\").optional())\n\
         .variable(mortise_sdk::Variable::secret(\"password\", \"Password\").optional())\n\
         .auth(Auth::basic(\"{user}\", \"{password}\"))\n",
    );
    let event = author.event().await;
    assert_eq!((&event["outcome"], &event["changed"]), (&json!("loaded"), &json!("src/lib.rs")), "{event}");

    let client = author.client();
    let accounts = client.get("/integrated-account").await.json();
    let mut methods = Vec::new();
    for account in accounts["result"].as_array().unwrap() {
        let target = format!("/unified/ticketing/users?integrated_account_id={}", account["id"].as_str().unwrap());
        let answer = client.post(&target, &basic["call"]["body"]).await;
        assert_eq!(answer.status, 201, "{account}: {}", answer.text());
        methods.push((account["authentication_method"].clone(), account["context"]["user"].clone()));
    }
    methods.sort_by_key(|(method, _)| method.to_string());
    assert_eq!(methods, [(json!("basic"), json!("ada")), (json!("bearer"), Value::Null)]);
    assert_eq!(author.started["accounts_by_method"]["signs"]["bearer"], author.started["accounts"]["signs"]);
}
