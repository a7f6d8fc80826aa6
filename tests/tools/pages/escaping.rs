//! A plugin's words, which are neither markup on a page nor code in an example.

use mortise_tests::host::Setup;
use mortise_tests::vendor::{self, Vendor};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::example::{LANGUAGES, environment, run};
use super::page::url;
use crate::browser::Browser;

#[tokio::main]
pub(crate) async fn a_plugins_words_are_text_on_the_pages_and_data_in_the_examples() {
    const SLUG: &str = "marked-up-words";
    let vendor = Vendor::start(vendor::Answer::json(201, &json!({ "id": "1", "name": "Ada" }))).await;
    let host = Setup::new().plugin_at(SLUG, &vendor.url()).start().await;
    let account = host.account(SLUG).await;
    let browser = Browser::start().await;
    for path in [
        "/docs".to_owned(),
        format!("/docs/integration/{SLUG}"),
        "/docs/ticketing/create-user".to_owned(),
        format!("/docs/ticketing/create-user?integration={SLUG}"),
        "/docs/ticketing/update-user".to_owned(),
        "/docs/api".to_owned(),
    ] {
        browser.open(&url(&host, &path)).await;
        assert_ne!(browser.ask("return document.title").await, "taken", "{path}");
        let scripts =
            browser.ask("return document.querySelectorAll('script, [onerror], img:not(.brand img)').length").await;
        assert_eq!(scripts, 0, "{path}");
        assert_eq!(browser.console().await, Vec::<String>::new(), "{path}");
    }
    browser.open(&url(&host, "/docs/ticketing/create-user")).await;
    let label = browser.text("#integration option[value=marked-up-words]").await.expect("an option");
    assert!(label.contains("<script>") && label.ends_with("&amp;"), "{label}");

    // Each language writes the value of the required field as code.
    let directory = TempDir::new().unwrap();
    let environment = environment(&host, account, &[("PARAM_PATH", "x")]);
    for (language, program) in LANGUAGES {
        let text = browser.text(&format!("#example-{language} pre")).await.expect("an example");
        let ended = run(program, &text, &environment, &directory);
        assert!(ended.status.success(), "{language}: {}\n{text}", String::from_utf8_lossy(&ended.stderr));
        let sent: Value = serde_json::from_slice(&vendor.requests().pop().expect("a request").body).expect("JSON");
        let name = sent["name"].as_str().unwrap_or_default();
        assert!(
            name.starts_with("'; touch taken; echo '$(touch taken)`touch taken`\\\"\"\"{os}"),
            "{language}: {sent}"
        );
    }
    assert!(!directory.path().join("taken").exists(), "an example executed a plugin's text");
}
