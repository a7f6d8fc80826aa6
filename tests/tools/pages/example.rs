//! The examples of the pages, run in each language as they are printed.

use std::process::{Command, Output};

use mortise_tests::fixtures::{self, cases};
use mortise_tests::host::{Host, Setup};
use mortise_tests::vendor::{self, Behaviour, Vendor};
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

use super::page::url;
use crate::browser::Browser;

/// The languages of an example, and the program that runs each.
pub(super) const LANGUAGES: [(&str, &[&str]); 3] =
    [("curl", &["sh"]), ("javascript", &["node", "--input-type=module"]), ("python", &["python3", "-"])];

/// Runs an example as it is printed on the page.
pub(super) fn run(program: &[&str], text: &str, environment: &[(String, String)], directory: &TempDir) -> Output {
    use std::io::Write;
    use std::process::Stdio;

    let mut child = Command::new(program[0])
        .args(&program[1..])
        .envs(environment.iter().cloned())
        .current_dir(directory.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{} is needed to run the examples: {error}", program[0]));
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads its program");
    child.wait_with_output().expect("it ends")
}

pub(super) fn environment(host: &Host, account: Uuid, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut environment = vec![
        ("MORTISE_URL".to_owned(), format!("http://{}", host.address)),
        ("MORTISE_TOKEN".to_owned(), host.admin_token().to_owned()),
        ("MORTISE_ACCOUNT".to_owned(), account.to_string()),
    ];
    environment.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    environment
}

#[tokio::main]
pub(crate) async fn the_examples_run_as_they_are_printed() {
    let (_vendor, host) = fixtures::start().await;
    let browser = Browser::start().await;
    let directory = TempDir::new().unwrap();
    for case in cases() {
        let account = fixtures::account(&host, case.slug, "placeholder-value").await;
        let operation = if case.id.is_some() { "update-user" } else { "create-user" };
        let path = format!("/docs/{}/{operation}?integration={}", case.category, case.slug);
        browser.open(&url(&host, &path)).await;
        let id = case.id.unwrap_or_default();
        let environment = environment(&host, account, &[("USER_ID", id), ("PARAM_ORGANIZATION_ID", "9001")]);
        // Every variable that the page names is set here.
        let exports = browser.text("aside pre").await.expect("variables");
        for line in exports.lines() {
            let name = line.trim_start_matches("export ").split('=').next().unwrap_or_default();
            assert!(environment.iter().any(|(known, _)| known == name), "{path}: {line}");
        }
        for (language, program) in LANGUAGES {
            let text = browser.text(&format!("#example-{language} pre")).await.expect("an example");
            let ended = run(program, &text, &environment, &directory);
            let errors = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert!(
                ended.status.success(),
                "{path} {language}: {errors}{}\n{text}",
                String::from_utf8_lossy(&ended.stdout)
            );
            // The vendor's numbers are too large for the languages' number types. The output is text here.
            let output = String::from_utf8_lossy(&ended.stdout).replace(' ', "");
            assert!(output.contains(&format!("\"id\":{}", case.unified["id"])), "{path} {language}: {output}");
        }
    }
}

/// Reads three pages of a list, then one user, and deletes one, as the pages print it. Of the two integrations, one
/// requires parameters whose names and values need an encoding.
#[tokio::main]
pub(crate) async fn the_examples_of_reads_and_deletions_run_as_they_are_printed() {
    const FROM: &str = "2026-01-31T09:30:00+02:00";
    let vendor = Vendor::start(Behaviour::by(|request| {
        let query = request.query().unwrap_or_default();
        let cursor = query.split('&').find_map(|pair| pair.strip_prefix("cursor=")).unwrap_or("0");
        let index: u64 = cursor.parse().expect("a number");
        let rows = json!([{"user": {"id": format!("u{index}")}, "source": ""}]);
        let page = json!({"rows": rows, "next": (index < 2).then(|| (index + 1).to_string())});
        vendor::Answer::json(200, &json!({"user": {"id": "a b"}, "page": page}))
    }))
    .await;
    let slugs = ["puppet", "demanding-puppet"];
    let host = slugs.into_iter().fold(Setup::new(), |s, slug| s.plugin_at(slug, &vendor.url())).start().await;
    let browser = Browser::start().await;
    let directory = TempDir::new().unwrap();
    let operations = [("list-users", &["u0", "u1", "u2"][..]), ("get-user", &["a b"]), ("delete-user", &["7"])];
    for (slug, (operation, ids)) in slugs.into_iter().flat_map(|slug| operations.map(|o| (slug, o))) {
        let parameters = [("USER_ID", "7"), ("PARAM_CREATED_AT_GTE", FROM), ("PARAM_SORT_BY_NAME", "desc")];
        let account = host.account(slug).await;
        let environment = environment(&host, account, &[&parameters[..], &[("PARAM_REASSIGN_TO", "a&b")]].concat());
        browser.open(&url(&host, &format!("/docs/ticketing/{operation}?integration={slug}"))).await;
        for (language, program) in LANGUAGES {
            let text = browser.text(&format!("#example-{language} pre")).await.expect("an example");
            let ended = run(program, &text, &environment, &directory);
            let said = String::from_utf8_lossy(&ended.stdout).replace("\": \"", "\":\"");
            assert!(
                ended.status.success(),
                "{operation} {language}: {}\n{text}",
                String::from_utf8_lossy(&ended.stderr)
            );
            for id in ids {
                assert!(said.contains(&format!("\"id\":\"{id}\"")), "{operation} {language}: {said}\n{text}");
            }
            let asked = vendor.requests().pop().expect("a request").target;
            let found = ["created_at.gte=2026-01-31T07%3A30%3A00Z", "sort.name=desc"].map(|part| asked.contains(part));
            assert_eq!(found, [slug == "demanding-puppet" && operation == "list-users"; 2], "{language}: {asked}");
        }
    }
    let environment = environment(&host, host.account("puppet").await, &[]);
    vendor.always(vendor::Answer::json(403, &json!({ "message": "you may not do this" })));
    browser.open(&url(&host, "/docs/ticketing/list-users?integration=puppet")).await;
    for (language, program) in [LANGUAGES[1], LANGUAGES[2]] {
        let text = browser.text(&format!("#example-{language} pre")).await.expect("an example");
        let ended = run(program, &text, &environment, &directory);
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(!ended.status.success() && said.contains("403: you may not do this"), "{language}: {said}");
    }
}
