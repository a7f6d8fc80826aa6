//! The operator's page.

use mortise_tests::client::Client;
use mortise_tests::fixtures;
use mortise_tests::host::Setup;
use mortise_tests::vendor::{self, Vendor};
use serde_json::json;

use super::page::INSPECTION;
use crate::browser::Browser;

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
