//! The documentation pages in a real browser, and their examples in real interpreters.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Output};

use mortise_tests::client::Client;
use mortise_tests::fixtures::{self, cases};
use mortise_tests::host::{Host, Setup};
use mortise_tests::vendor::{self, Behaviour, Vendor};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use crate::browser::Browser;

/// The script that returns the faults of the present page.
const INSPECTION: &str = include_str!("inspect.js");

fn url(host: &Host, path: &str) -> String {
    format!("http://{}{path}", host.address)
}

/// Follows every link from the start page, and checks each page once in each width and colour scheme.
#[tokio::main]
pub(crate) async fn every_page_is_sound_in_every_width_and_colour_and_every_link_resolves() {
    let (_vendor, host) = fixtures::start().await;
    let browser = Browser::start().await;
    let plain = Client::new(host.address);
    let origin = url(&host, "");
    let (mut waiting, mut seen) = (vec!["/docs".to_owned()], BTreeMap::<String, BTreeSet<String>>::new());
    let mut fragments = Vec::new();
    while let Some(path) = waiting.pop() {
        if seen.contains_key(&path) {
            continue;
        }
        let answer = plain.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        if !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            seen.insert(path, BTreeSet::new());
            continue;
        }
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'; style-src 'self';") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let mut ids = BTreeSet::new();
        for (width, scheme) in [(1440, "light"), (1440, "dark"), (360, "dark"), (360, "light")] {
            browser.resize(width, 900).await;
            browser.prefer(scheme).await;
            browser.open(&url(&host, &path)).await;
            let found = browser.ask(INSPECTION).await;
            assert_eq!(found["problems"], json!([]), "{path} at {width} in {scheme}");
            let texts = |key: &str| -> Vec<String> {
                let list = found[key].as_array().expect("a list");
                list.iter().map(|text| text.as_str().expect("text").to_owned()).collect()
            };
            ids = texts("ids").into_iter().collect();
            for link in texts("links") {
                let link = link.strip_prefix(&origin).unwrap_or_else(|| panic!("{path} leads outside: {link}"));
                let (target, fragment) = link.split_once('#').unwrap_or((link, ""));
                if !fragment.is_empty() {
                    fragments.push((path.clone(), target.to_owned(), fragment.to_owned()));
                }
                waiting.push(target.to_owned());
            }
            // The browser's parser repaired nothing.
            let written = normal(&answer.text());
            let read = normal(found["markup"].as_str().expect("markup"));
            let differs = written.lines().zip(read.lines()).find(|(written, read)| written != read);
            assert_eq!(differs, None, "{path}");
        }
        seen.insert(path, ids);
    }
    for (from, target, fragment) in fragments {
        assert!(seen.get(&target).is_some_and(|ids| ids.contains(&fragment)), "{from} leads to {target}#{fragment}");
    }
    for path in ["/docs/ticketing/create-user", "/docs/crm/update-user", "/docs/integration/clickup", "/openapi.json"] {
        assert!(seen.contains_key(path), "nothing leads to {path}");
    }
    assert_eq!(browser.console().await, Vec::<String>::new());
    let outside: Vec<_> = browser.requested().await.into_iter().filter(|url| !url.starts_with(&origin)).collect();
    assert_eq!(outside, Vec::<String>::new());
}

/// A document in the form in which browsers write it, one element on each line.
fn normal(markup: &str) -> String {
    let markup = markup.replace("&quot;", "\"").replace("<!DOCTYPE html>", "");
    let markup = [" checked", " selected"].iter().fold(markup, |markup, name| {
        markup
            .replace(&format!("{name}>"), &format!("{name}=\"\">"))
            .replace(&format!("{name} "), &format!("{name}=\"\" "))
    });
    markup.replace('>', ">\n")
}

#[tokio::main]
pub(crate) async fn a_page_can_be_confined_to_one_integration_without_scripts() {
    let (_vendor, host) = fixtures::start().await;
    let browser = Browser::start().await;
    browser.without_scripts().await;
    browser.open(&url(&host, "/docs/ticketing/create-user")).await;
    let badge = async |field: &str| browser.text(&format!("#{field} > .field-head .badge")).await;
    assert_eq!(badge("body-name").await.as_deref(), Some("Required by 1"));
    assert_eq!(badge("body-emails").await.as_deref(), Some("Required"));
    assert!(browser.is_shown("#body-nick_name").await);

    browser.click("select[name=integration] option[value=dixa]").await;
    browser.click("form.filter button").await;
    browser.arrives_at(&url(&host, "/docs/ticketing/create-user?integration=dixa")).await;
    assert_eq!(badge("body-name").await.as_deref(), Some("Required"));
    assert_eq!(badge("body-first_name").await.as_deref(), Some("Optional"));
    assert!(!browser.is_shown("#body-nick_name").await, "Dixa does not declare this field");

    browser.open(&url(&host, "/docs/ticketing/create-user?integration=planhat")).await;
    assert_eq!(badge("body-name").await.as_deref(), Some("Ignored"));
    let status = browser.text("#body-status").await.expect("a field");
    assert!(status.contains("active, inactive") && status.contains("without it Planhat creates"), "{status}");
    browser.open(&url(&host, "/docs/crm/create-user?integration=planhat")).await;
    let notice = browser.text(".notice").await.expect("a notice");
    assert!(notice.contains("501"), "{notice}");
    assert_eq!(Client::new(host.address).get("/docs/crm/create-user?integration=nothing").await.status, 404);
}

#[tokio::main]
pub(crate) async fn the_keyboard_reaches_everything() {
    const TAB: &str = "\u{e004}";
    const ENTER: &str = "\u{e007}";
    const ESCAPE: &str = "\u{e00c}";
    const RIGHT: &str = "\u{e014}";
    let (_vendor, host) = fixtures::start().await;
    let browser = Browser::start().await;
    browser.resize(360, 800).await;
    browser.open(&url(&host, "/docs/ticketing/create-user")).await;
    let focused = async || browser.ask("return document.activeElement.id || document.activeElement.className").await;

    // The first focused link leads past the navigation, and is visible.
    browser.press(TAB).await;
    assert_eq!(focused().await, "skip");
    assert_eq!(browser.ask("return document.activeElement.getBoundingClientRect().top >= 0").await, true);
    let outline = browser.ask("return parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2").await;
    assert_eq!(outline, true, "the focus is visible");
    browser.press(ENTER).await;
    assert_eq!(focused().await, "content");

    // On a narrow screen a button opens the navigation, and Escape closes it.
    assert!(!browser.is_shown("#navigation").await);
    browser.ask("document.querySelector('.menu').focus()").await;
    browser.press(ENTER).await;
    assert!(browser.is_shown("#navigation").await);
    browser.press(ESCAPE).await;
    assert!(!browser.is_shown("#navigation").await);

    // The languages of the example are a group of radio buttons, which the arrow keys change.
    assert!(browser.is_shown("#example-curl").await && !browser.is_shown("#example-javascript").await);
    browser.ask("document.querySelector('#language-curl').focus()").await;
    browser.press(RIGHT).await;
    assert!(!browser.is_shown("#example-curl").await && browser.is_shown("#example-javascript").await);

    // On a wide screen, the navigation is visible, and code that is wider than its box can be scrolled.
    browser.resize(1440, 900).await;
    assert!(browser.is_shown("#navigation").await && !browser.is_shown(".menu").await);
    assert_eq!(browser.text("#navigation [aria-current=page]").await.as_deref(), Some("Create a user"));
    assert_eq!(
        browser.ask("return [...document.querySelectorAll('pre')].every(pre => pre.tabIndex === 0)").await,
        true
    );
}

/// The languages of an example, and the program that runs each.
const LANGUAGES: [(&str, &[&str]); 3] =
    [("curl", &["sh"]), ("javascript", &["node", "--input-type=module"]), ("python", &["python3", "-"])];

/// Runs an example as it is printed on the page.
fn run(program: &[&str], text: &str, environment: &[(String, String)], directory: &TempDir) -> Output {
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

fn environment(host: &Host, account: Uuid, more: &[(&str, &str)]) -> Vec<(String, String)> {
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

#[tokio::main]
pub(crate) async fn the_operators_page_shows_the_host_and_none_of_the_vendors_words() {
    let refusal = json!({ "message": "Ada Example may not do this" });
    let vendor = Vendor::start(vendor::Answer::json(401, &refusal)).await;
    let host = Setup::new().plugin_at("dixa", &vendor.url()).component("broken", b"no component").start().await;
    let (refused, _active) = (host.account("dixa").await, host.account("dixa").await);
    let target = mortise_tests::host::create("ticketing", refused, "");
    assert_eq!(host.client().post(&target, &fixtures::ada()).await.status, 401);

    // No other token may see the page.
    assert_eq!(Client::new(host.address).get("/operator").await.status, 401);
    let caller = Client::new(host.address).token(&host.call_token(None).await);
    assert_eq!(caller.get("/operator").await.status, 403);
    let answer = host.client().get("/operator").await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));

    let browser = Browser::start().await;
    let page = format!("http://{}/operator", host.admin_address);
    for (width, scheme) in [(1440, "light"), (1440, "dark"), (360, "dark"), (360, "light")] {
        browser.resize(width, 900).await;
        browser.prefer(scheme).await;
        browser.open(&page).await;
        assert_eq!(browser.ask(INSPECTION).await["problems"], json!([]), "{width} {scheme}");
    }
    let text = async |selector: &str| browser.text(selector).await.unwrap_or_default();
    assert!(text("#plugin-broken").await.contains("refused"), "{}", text("#plugin-broken").await);
    let dixa = text("#plugin-dixa").await;
    assert!(dixa.contains("active") && dixa.contains(&vendor.url()) && dixa.contains("KiB"), "{dixa}");
    let main = text("main").await;
    assert!(main.contains("1 served, 1 refused") && main.contains("call_deadline_ms"), "{main}");
    assert!(main.contains(&refused.to_string()) && main.contains("refused its credentials"), "{main}");
    assert!(!main.contains("Ada"), "{main}");
    let counts = browser.ask(
        "return [...document.querySelectorAll('[aria-label=\"Accounts by integration\"] td')].map(e => e.textContent)",
    );
    assert_eq!(counts.await, json!(["1", "1", "0"]));
    assert_eq!(browser.console().await, Vec::<String>::new());
}
