//! Link tokens that are used, unknown or expired.

use mortise_tests::canary::Canary;
use serde_json::json;

use super::outcome::{connected, link_token};
use super::person::{KEY, Mode, START, Sdk};
use super::stage::{Stage, WITH_PKCE};

#[tokio::main]
pub(crate) async fn a_used_link_and_one_that_never_was_are_said_to_be() {
    let stage = Stage::start().await;
    let token = link_token(&stage, Mode::Window).await;
    let key = Canary::new();
    let by_key = json!({ "integration": WITH_PKCE, "authFormat": "api_key" });
    stage.opens(Sdk::Mortise, Mode::Window, &token, by_key.clone()).await;
    stage.enters(key.as_str()).await;
    connected(&stage, Mode::Window, WITH_PKCE).await;

    for (sdk, mode) in [(Sdk::Mortise, Mode::Window), (Sdk::Mortise, Mode::Frame), (Sdk::Truto, Mode::Window)] {
        for token in [token.as_str(), "mrl_never"] {
            stage.opens(sdk, mode, token, by_key.clone()).await;
            stage.browser.click("#leave").await;
            let failed = stage.said().await["rejected"].clone();
            assert_eq!(failed["error_type"], "invalid_token", "{failed}");
        }
    }
}

#[tokio::main]
pub(crate) async fn a_link_that_expires_while_its_page_is_open_is_said_to_be_of_no_use() {
    let stage = Stage::start().await;
    let key = Canary::new();
    for mode in [Mode::Frame, Mode::Window] {
        let token = link_token(&stage, mode).await;
        stage.opens(Sdk::Mortise, mode, &token, json!({ "integration": WITH_PKCE, "authFormat": "api_key" })).await;
        stage.host.sql("UPDATE link_token SET expires_at = 1").await;
        stage.enters(key.as_str()).await;
        stage.browser.until("return document.querySelector('h1').textContent === 'This link cannot be used'").await;
        assert!(!stage.browser.is_shown(KEY).await);
        stage.browser.click("#leave").await;
        assert_eq!(stage.said().await["rejected"]["error_type"], "invalid_token");
    }
    let token = link_token(&stage, Mode::SameWindow).await;
    let by_consent = json!({ "integration": WITH_PKCE, "authFormat": "oauth2" });
    stage.opens(Sdk::Mortise, Mode::SameWindow, &token, by_consent).await;
    stage.host.sql("UPDATE link_token SET expires_at = 1").await;
    stage.browser.until(&format!("return document.querySelector({}) !== null", json!(START))).await;
    stage.browser.click(START).await;
    stage.browser.until("return document.querySelector('h1')?.textContent === 'This link cannot be used'").await;
    let text = stage.browser.text("main").await.expect("a page");
    assert!(text.contains("Go back to Example & Sons and ask for a new link."), "{text}");
    let accounts = stage.host.client().get("/integrated-account").await.json();
    assert_eq!(accounts["result"], json!([]), "{accounts}");
}
