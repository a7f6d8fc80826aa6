//! The connect page in a real browser.

use mortise_tests::client::Client;
use mortise_tests::host::{Host, Setup};
use serde_json::{Value, json};

use crate::browser::Browser;

/// The script that returns the faults of the present page.
const INSPECTION: &str = include_str!("pages/inspect.js");

/// A host whose connect page is opened by pages of this other host.
async fn start(application: &Host) -> Host {
    let origin = Client::new(application.address).url();
    let host = Setup::new()
        .plugin("dixa")
        .plugin("gitlab")
        .plugin("salesforce")
        .connect(|connect| {
            connect.allowed_origins = vec![origin.parse().expect("an origin")];
            // No vendor can send a browser back to this URL, and no test needs that.
            connect.public_url = "http://localhost:1".parse().ok();
            connect.operator_name = Some("Acme".to_owned());
            connect.color = "#ffdd00".parse().ok();
        })
        .start()
        .await;
    let client = json!({ "client_id": "client", "client_secret": "secret" });
    assert_eq!(host.client().send("PUT", "/app/gitlab", Some(&client)).await.status, 201);
    host
}

async fn address(host: &Host, further: &str) -> String {
    let token = host.client().post("/link-token", &json!({ "tenant_id": "customer-1" })).await.json();
    let token = token["link_token"].as_str().expect("a token").to_owned();
    format!("{}/connect-account?link_token={token}{further}", Client::new(host.address).url())
}

#[tokio::main]
pub(crate) async fn every_state_is_sound_in_every_width_and_colour() {
    let application = Setup::new().start().await;
    let host = start(&application).await;
    let browser = Browser::start().await;
    for (width, scheme) in [(1440, "light"), (320, "dark"), (320, "light"), (1440, "dark")] {
        browser.resize(width, 900).await;
        browser.prefer(scheme).await;
        let sound = async |state: &str, title: &str| {
            let found = browser.ask(INSPECTION).await;
            assert_eq!(found["problems"], json!([]), "{state} at {width} in {scheme}");
            assert_eq!(browser.ask("return document.title").await, title);
            let small = "return [...document.querySelectorAll('a, button, input')].filter(e => e.checkVisibility())\
                         .filter(e => e.getBoundingClientRect().height < 24).map(e => e.outerHTML)";
            assert_eq!(browser.ask(small).await, json!([]), "{state} at {width}");
            let broken = "return [...document.querySelectorAll('button.quiet')].filter(e => e.checkVisibility())\
                          .filter(e => e.getBoundingClientRect().height > 45).map(e => e.outerHTML)";
            assert_eq!(browser.ask(broken).await, json!([]), "{state} at {width}");
        };
        for (state, further, title) in [
            ("choice", "", "Connect an account · Acme"),
            (
                "credentials",
                "&integration=salesforce&auth_format=oauth2_client_credentials",
                "Connect Salesforce · Acme",
            ),
            ("consent", "&integration=gitlab&auth_format=oauth2", "Connect GitLab · Acme"),
            ("frame", "&iframe=true", "Go on in a window of its own · Acme"),
            ("problem", "&integration=nothing", "This integration cannot be connected · Acme"),
        ] {
            browser.open(&address(&host, further).await).await;
            sound(state, title).await;
        }
    }
    assert_eq!(browser.console().await.into_iter().filter(|line| !line.contains("404")).collect::<Vec<_>>(), [""; 0]);
}

/// Opens the page in a window of the application's page, as an SDK does, and keeps the messages to the application's
/// page. The browser then shows the new window.
async fn pop_up(browser: &Browser, application: &Host, address: &str) {
    browser.open(&format!("{}/docs", Client::new(application.address).url())).await;
    let script = "window.got = []; addEventListener('message', event => got.push([event.origin, event.data]));";
    browser
        .ask(&format!(
            "{script} window.popup = open({}, 'Truto Connect', 'popup,width=700,height=800')",
            json!(address)
        ))
        .await;
    switch(browser, 1).await;
}

/// Switches the browser to the window with this number, in the order in which windows were opened.
async fn switch(browser: &Browser, number: usize) {
    let mut windows = browser.client.windows().await.expect("windows");
    assert!(number < windows.len(), "{windows:?}");
    browser.client.switch_to_window(windows.swap_remove(number)).await.expect("a window");
}

/// Waits until this condition holds in the present page.
async fn until(browser: &Browser, condition: &str) {
    let script = format!(
        "const done = arguments[0]; const look = () => ({condition}) ? done(true) : setTimeout(look, 20); look();"
    );
    let waited = browser.client.execute_async(&script, vec![]);
    mortise_tests::expect(condition, waited).await.expect("the script runs");
}

#[tokio::main]
pub(crate) async fn a_window_tells_the_page_that_opened_it_once_and_closes_itself() {
    let application = Setup::new().start().await;
    // The host accepts forms at its own address, because it has no public URL.
    let origin = Client::new(application.address).url();
    let host = Setup::new()
        .plugin("dixa")
        .connect(|connect| connect.allowed_origins = vec![origin.parse().expect("an origin")])
        .start()
        .await;
    let browser = Browser::start().await;
    pop_up(&browser, &application, &address(&host, "").await).await;
    until(&browser, "document.querySelector('button.show') && !document.querySelector('button.show').hidden").await;
    browser.click("#context-api_token").await;
    browser.press("a-key").await;
    browser.click("button.show").await;
    assert_eq!(browser.ask("return document.querySelector('#context-api_token').type").await, "text");
    // Two clicks, as of a double click.
    browser
        .ask("const connect = document.querySelector('button[type=submit]'); connect.click(); connect.click()")
        .await;
    switch(&browser, 0).await;
    until(&browser, "got.length > 0 && popup.closed").await;
    let account = host.client().get("/integrated-account").await.json()["result"][0]["id"].clone();
    let message =
        json!({ "is_truto": true, "result": "success", "integration": "dixa", "integrated_account_id": account });
    assert_eq!(browser.ask("return got").await, json!([[Client::new(host.address).url(), message]]));
}

#[tokio::main]
pub(crate) async fn the_vendor_opens_in_a_second_window_and_the_page_waits() {
    let application = Setup::new().start().await;
    let host = start(&application).await;
    let browser = Browser::start().await;
    pop_up(&browser, &application, &address(&host, "&integration=gitlab&auth_format=oauth2").await).await;
    until(&browser, "document.readyState === 'complete'").await;
    let id = browser.ask("return document.querySelector('[name=flow]').value").await;
    // The host's answer to the waiting page.
    let message =
        json!({ "is_truto": true, "result": "success", "integration": "gitlab", "integrated_account_id": id });
    let mut answer = message.clone();
    answer["status"] = json!("connected");
    let fetch = format!(
        "window.asked = []; window.fetch = async path => {{ asked.push(path); return {{ ok: asked.length > 1, status: asked.length > 1 ? 200 : 404, json: async () => ({answer}) }} }}"
    );
    browser.ask(&fetch).await;
    browser.click("button[type=submit]").await;
    until(&browser, "document.querySelector('#waiting').checkVisibility()").await;
    assert!(!browser.is_shown("form").await);
    let windows = browser.client.windows().await.expect("windows");
    assert_eq!(windows.len(), 3, "the vendor has a window of its own");
    switch(&browser, 2).await;
    until(&browser, "location.pathname === '/connect-account/start'").await;
    assert_eq!(browser.ask("return window.opener").await, Value::Null, "the vendor cannot reach the waiting page");
    switch(&browser, 0).await;
    until(&browser, "got.length > 0 && popup.closed").await;
    assert_eq!(browser.ask("return got").await, json!([[Client::new(host.address).url(), message]]));
}

#[tokio::main]
pub(crate) async fn a_page_that_waits_for_nothing_says_so_and_offers_to_start_over() {
    let application = Setup::new().start().await;
    let host = start(&application).await;
    let browser = Browser::start().await;
    pop_up(&browser, &application, &address(&host, "&integration=gitlab&auth_format=oauth2").await).await;
    until(&browser, "document.readyState === 'complete'").await;
    assert!(browser.is_shown(".back").await);
    // For one minute, the host knows no attempt. Then it returns the outcome of the attempt.
    let answer = json!({ "status": "failed", "is_truto": true, "result": "error", "error": "It went wrong.", "vendor": "Go away.",
        "error_type": "connection_error", "integration": "gitlab" });
    browser
        .ask(&format!(
            "const [now, later] = [Date.now, setTimeout]; let passed = 0;\
             window.setTimeout = act => later(act, 0); Date.now = () => now() + passed;\
             window.fetch = async () => {{ passed = 60000;\
               return {{ ok: Boolean(window.ends), status: window.ends ? 200 : 404, json: async () => ({answer}) }}; }}"
        ))
        .await;
    browser.click("button[type=submit]").await;
    until(&browser, "document.querySelector('#waiting-title').textContent === 'Nothing has begun'").await;
    assert!(
        browser.is_shown("#restart").await && !browser.is_shown(".back").await && !browser.is_shown("#hints").await
    );
    browser.ask("window.ends = true").await;
    until(&browser, "document.querySelector('#vendor').checkVisibility()").await;
    assert_eq!(browser.text("#status").await.as_deref(), Some("It went wrong."));
    assert_eq!(browser.text("#vendor-words").await.as_deref(), Some("Go away."));
    assert!(browser.is_shown("#restart").await);
    browser.click("#leave").await;
    switch(&browser, 0).await;
    until(&browser, "got.length === 1 && popup.closed").await;
    assert_eq!(browser.ask("return got[0][1].vendor").await, "Go away.");
}
