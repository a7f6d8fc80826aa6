//! Frames that the connect page refuses: those of Truto's SDK, and those of origins that are not in the list.

use mortise_tests::canary::Canary;
use serde_json::json;

use super::outcome::link_token;
use super::person::{KEY, Mode, Sdk};
use super::stage::{CONNECT, STRANGER, Stage, WITH_PKCE};

/// In a frame, Truto's SDK accepts messages of Truto's origins alone. The page says so, and leads out of the frame.
#[tokio::main]
pub(crate) async fn a_frame_of_trutos_sdk_says_that_nobody_hears_it_and_leads_out() {
    let stage = Stage::start().await;
    let token = link_token(&stage, Mode::Frame).await;
    stage.opens(Sdk::Truto, Mode::Frame, &token, json!({ "integration": WITH_PKCE, "authFormat": "api_key" })).await;
    assert!(!stage.browser.is_shown(KEY).await, "the page has no field, because nobody would get the message");
    stage.browser.click("main a[target=_top], main a[target=_blank]").await;
    stage.browser.enter_window(&format!("{CONNECT}/connect-account?")).await;
    stage.browser.until("return window === window.top").await;
    let key = Canary::new();
    stage.enters(key.as_str()).await;
    stage.browser.until("return document.querySelector('main .success') !== null").await;
}

#[tokio::main]
pub(crate) async fn a_page_off_the_list_gets_no_frame_and_no_message() {
    let stage = Stage::start().await;
    let key = Canary::new();
    let by_key = json!({ "integration": WITH_PKCE, "authFormat": "api_key" });
    let token = link_token(&stage, Mode::Frame).await;
    stage.clicks(STRANGER, Sdk::Mortise, Mode::Frame, &token, by_key.clone()).await;
    stage.browser.until("return document.querySelector('#mortise-link iframe')?.src !== ''").await;
    // The browser shows an error page in place of a refused frame, and writes the reason to the console.
    let refused = async {
        while !stage.browser.console().await.iter().any(|line| line.contains("frame-ancestors")) {
            tokio::task::yield_now().await;
        }
    };
    mortise_tests::expect("refusal of the frame", refused).await;

    // In a window the page works, and closes itself at the end. It sends no message to the page that opened it.
    stage.clicks(STRANGER, Sdk::Mortise, Mode::Window, &token, by_key).await;
    stage.browser.enter_window(&format!("{CONNECT}/connect-account?")).await;
    stage.enters(key.as_str()).await;
    stage.browser.enter_window(STRANGER).await;
    stage.browser.until("return window.said !== null").await;
    assert_eq!(stage.browser.ask("return [window.said, window.heard]").await, json!([{ "rejected": "closed" }, []]));
    let accounts = stage.host.client().get("/integrated-account").await.json();
    assert_eq!(accounts["result"].as_array().map(Vec::len), Some(1), "{accounts}");
}
