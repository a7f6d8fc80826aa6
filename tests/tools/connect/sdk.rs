//! The published browser SDKs, in every place of the connect page.

use mortise_tests::canary::Canary;
use serde_json::json;

use super::outcome::{connected, link_token, outcome};
use super::person::{Answer, Mode, Sdk};
use super::stage::{Stage, WITH_PKCE, WITHOUT_PKCE};

/// Connects an account by consent and another one by a key, and is refused once. All three open the page in the same
/// way.
async fn connects(sdk: Sdk, mode: Mode) {
    let stage = Stage::start().await;
    let key = Canary::new();
    for slug in [WITH_PKCE, WITHOUT_PKCE] {
        let token = link_token(&stage, mode).await;
        stage.opens(sdk, mode, &token, json!({ "integration": slug, "authFormat": "oauth2", "noBack": true })).await;
        stage.answers(mode, Answer::Allow).await;
        let id = connected(&stage, mode, slug).await;
        assert_eq!(stage.users(&id).await, ["Ada Example", "Bo Example"], "{slug}");
        assert_eq!(stage.account(&id).await["authentication_method"], "oauth2-refresh");
        stage.assert_clean(&token, key.as_str()).await;

        let token = link_token(&stage, mode).await;
        stage.opens(sdk, mode, &token, json!({ "integration": slug, "authFormat": "oauth2" })).await;
        stage.answers(mode, Answer::Deny).await;
        stage.reads_why_and_leaves(mode).await;
        let failed = outcome(&stage, mode).await;
        let failed = failed.get("rejected").unwrap_or(&failed);
        assert_eq!(
            (&failed["result"], &failed["error_type"]),
            (&json!("error"), &json!("connection_error")),
            "{failed}"
        );
        assert_eq!(failed.get("integrated_account_id"), None, "{failed}");
        if mode != Mode::SameWindow {
            assert!(failed["vendor"].as_str().is_some_and(|words| words.starts_with("access_denied")), "{failed}");
            assert_eq!(stage.messages().await.len(), 1, "{failed}");
        }
        stage.assert_clean(&token, key.as_str()).await;
    }
    let token = link_token(&stage, mode).await;
    stage.opens(sdk, mode, &token, json!({ "integration": WITH_PKCE, "authFormat": "api_key" })).await;
    stage.enters(key.as_str()).await;
    let id = match mode {
        Mode::SameWindow => stage.brought_back().await["integrated_account_id"].clone(),
        _ => stage.said().await["resolved"]["integrated_account_id"].clone(),
    };
    assert_eq!(stage.account(&id).await["authentication_method"], "bearer");
    stage.assert_clean(&token, key.as_str()).await;
}

#[tokio::main]
pub(crate) async fn trutos_sdk_connects_accounts_in_a_window() {
    connects(Sdk::Truto, Mode::Window).await;
}

#[tokio::main]
pub(crate) async fn trutos_sdk_connects_accounts_in_the_same_window() {
    connects(Sdk::Truto, Mode::SameWindow).await;
}

#[tokio::main]
pub(crate) async fn our_package_connects_accounts_in_a_frame() {
    connects(Sdk::Mortise, Mode::Frame).await;
}

#[tokio::main]
pub(crate) async fn our_package_connects_accounts_in_a_window() {
    connects(Sdk::Mortise, Mode::Window).await;
}

#[tokio::main]
pub(crate) async fn our_package_connects_accounts_in_the_same_window() {
    connects(Sdk::Mortise, Mode::SameWindow).await;
}
