//! `mortise dev`: what an author changes is served, and what is broken is told and serves nobody.

use std::fs::{self, OpenOptions};
use std::io::Write;

use mortise_tests::author::Author;
use mortise_tests::components::version;
use serde_json::{Value, json};

/// Creates the recorded user; the generation that answered, and why it is not the newest.
async fn create(author: &Author) -> (String, Option<String>) {
    let (target, body) = author.creation();
    let answer = author.client().post(&target, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let generation = answer.header("mortise-generation").expect("a generation").to_owned();
    (generation, answer.header("mortise-generation-stale").map(str::to_owned))
}

/// Asserts that a change is not served, for a reason with these words, and that this generation serves on.
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

    // Somebody copies a component over it, slowly.
    assert!(!author.component().exists(), "what may be granted is left alone");
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

    // A source that is saved as it was is not built: the next event is that of the component.
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

    // The vendor has moved: the recording follows the code, and the vendor follows the recording.
    author.edit("cassettes/create.json", "\"/people\"", "\"/persons\"");
    let event = author.event().await;
    assert_eq!((&event["outcome"], &event["changed"]), (&json!("loaded"), &json!("cassettes/create.json")), "{event}");
    assert_eq!(create(&author).await, (event["generation"].as_str().unwrap().to_owned(), None));
}
