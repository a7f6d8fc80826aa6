//! The connect page in the application's own window: where the person arrives at the end.

use serde_json::json;

use super::outcome::{connected, link_token};
use super::person::{Answer, Mode, Sdk};
use super::stage::{APP, CONNECT, STRANGER, Stage, WITH_PKCE};

/// A portal, or a mail program in the browser, has opened the application's window.
#[tokio::main]
pub(crate) async fn the_same_window_comes_back_to_the_application_whoever_has_opened_it() {
    let stage = Stage::start().await;
    let browser = &stage.browser;
    let portal = format!("{APP}/?portal");
    browser.open(&portal).await;
    browser
        .ask("document.body.insertAdjacentHTML('beforeend', '<a href=\"/?tab\" target=\"_blank\" rel=\"opener\">tab</a>')")
        .await;
    for (sdk, answer) in [(Sdk::Mortise, Answer::Allow), (Sdk::Truto, Answer::Deny)] {
        browser.enter_window(&portal).await;
        browser.click("a").await;
        browser.enter_window(&format!("{APP}/?tab")).await;
        let token = link_token(&stage, Mode::SameWindow).await;
        stage.calls(sdk, Mode::SameWindow, &token, json!({ "integration": WITH_PKCE, "authFormat": "oauth2" })).await;
        browser.enter_window(&format!("{CONNECT}/connect-account?")).await;
        browser.until("return document.readyState === 'complete' && window.opener !== null").await;
        stage.answers(Mode::SameWindow, answer).await;
        match answer {
            Answer::Allow => drop(connected(&stage, Mode::SameWindow, WITH_PKCE).await),
            Answer::Deny => {
                stage.reads_why_and_leaves(Mode::SameWindow).await;
                assert_eq!(stage.brought_back().await["error_type"], "connection_error");
            }
        }
        browser.client.close_window().await.expect("a window");
        browser.enter_window(&portal).await;
        assert_eq!(browser.ask("return window.heard").await, json!([]));
    }
}

#[tokio::main]
pub(crate) async fn without_a_way_back_the_page_ends_in_plain_words_and_none_off_the_list_is_taken() {
    let stage = Stage::start().await;
    let elsewhere = json!({ "tenant_id": "acme", "redirect_uri": format!("{STRANGER}/connected") });
    assert_eq!(stage.host.client().post("/link-token", &elsewhere).await.status, 403);

    let token = stage.link_token(json!({ "tenant_id": "acme" })).await;
    let more = json!({ "integration": WITH_PKCE, "authFormat": "oauth2", "redirect_uri": STRANGER });
    stage.opens(Sdk::Truto, Mode::SameWindow, &token, more).await;
    stage.answers(Mode::SameWindow, Answer::Allow).await;
    stage.browser.enter_window(&format!("{CONNECT}/connect-account/done/")).await;
    let text = stage.browser.text("main").await.expect("a page");
    assert!(text.contains("is connected") && text.contains("You can close this window"), "{text}");
    stage.assert_clean(&token, "no key was entered").await;
}
