//! Flows by keyboard alone, and without scripts on a narrow screen.

use mortise_tests::canary::Canary;
use serde_json::json;

use super::outcome::{connected, link_token};
use super::person::{Answer, ENTER, KEY, Mode, START, Sdk};
use super::stage::{CONNECT, Stage, WITH_PKCE, WITHOUT_PKCE};

#[tokio::main]
pub(crate) async fn the_keyboard_alone_connects_an_account_and_escape_closes_the_frame() {
    const BACKSPACE: &str = "\u{e003}";
    const ESCAPE: &str = "\u{e00c}";
    const TAB: &str = "\u{e004}";
    let stage = Stage::start().await;
    let browser = &stage.browser;
    let by_key = json!({ "integration": WITH_PKCE, "authFormat": "api_key" });
    let token = link_token(&stage, Mode::Frame).await;

    // Escape closes the frame from inside and from outside. In a field with text, Escape belongs to the field.
    stage.opens(Sdk::Mortise, Mode::Frame, &token, by_key.clone()).await;
    assert!(!browser.is_shown("#close").await, "the button around the page is enough");
    browser.type_into(KEY, &format!("x{ESCAPE}")).await;
    assert!(browser.is_shown(KEY).await);
    browser.press(&format!("{BACKSPACE}{ESCAPE}")).await;
    assert_eq!(stage.said().await, json!({ "rejected": "closed" }));
    stage.opens(Sdk::Mortise, Mode::Frame, &token, by_key.clone()).await;
    browser.client.enter_parent_frame().await.expect("the application's page");
    assert_eq!(browser.ask("return document.activeElement.tagName").await, "IFRAME", "the focus is in the frame");
    browser.click("#mortise-link button").await;
    assert_eq!(stage.said().await, json!({ "rejected": "closed" }));
    assert_eq!(browser.ask("return document.activeElement.id").await, "connect", "the focus is where it was");

    stage.opens(Sdk::Mortise, Mode::Frame, &token, by_key).await;
    let field = format!("return document.activeElement.matches({})", json!(KEY));
    for _ in 0..20 {
        if browser.ask(&field).await == true {
            break;
        }
        browser.press(TAB).await;
    }
    let key = Canary::new();
    browser.press(key.as_str()).await;
    browser.press(ENTER).await;
    connected(&stage, Mode::Frame, WITH_PKCE).await;
}

#[tokio::main]
pub(crate) async fn accounts_are_connected_without_scripts_on_a_narrow_screen() {
    let stage = Stage::start().await;
    let browser = &stage.browser;
    browser.resize(320, 640).await;
    browser.without_scripts().await;
    let key = Canary::new();
    for way in ["api_key", "oauth2"] {
        let token = link_token(&stage, Mode::SameWindow).await;
        browser.open(&format!("{CONNECT}/connect-account?link_token={token}")).await;
        browser.click(&format!("main a[href*='integration={WITHOUT_PKCE}']")).await;
        let way_to = if way == "api_key" { KEY } else { START };
        // The page chooses which way of an integration it shows first.
        if !browser.is_shown(way_to).await {
            browser.click(".ways a:not([aria-current])").await;
        }
        match way {
            "api_key" => stage.enters(key.as_str()).await,
            _ => stage.answers(Mode::SameWindow, Answer::Allow).await,
        }
        browser.arrives_below(&format!("{CONNECT}/connect-account/done/")).await;
        browser.click("main a.button").await;
        let back = stage.brought_back().await;
        assert_eq!(stage.account(&back["integrated_account_id"]).await["status"], "active");
    }
}
