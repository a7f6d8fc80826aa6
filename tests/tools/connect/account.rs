//! Accounts that an application confirms, and accounts that a person connects again.

use mortise_tests::canary::Canary;
use serde_json::json;

use super::outcome::{connected, link_token, outcome};
use super::person::{Answer, Mode, Sdk};
use super::stage::{Stage, WITH_PKCE};

/// The code comes in the answer to a form, to the waiting page, and to the browser that has come back.
#[tokio::main]
pub(crate) async fn the_backend_of_an_application_confirms_with_the_code_of_the_final_message() {
    let stage = Stage::start_with(|connect| connect.confirm = true).await;
    let (client, key) = (stage.host.client(), Canary::new());
    for (mode, way) in [
        (Mode::Frame, "api_key"),
        (Mode::Frame, "oauth2"),
        (Mode::Window, "oauth2"),
        (Mode::SameWindow, "api_key"),
        (Mode::SameWindow, "oauth2"),
    ] {
        let token = link_token(&stage, mode).await;
        let options = json!({ "integration": WITH_PKCE, "authFormat": way });
        stage.opens(Sdk::Mortise, mode, &token, options).await;
        match way {
            "api_key" => stage.enters(key.as_str()).await,
            _ => stage.answers(mode, Answer::Allow).await,
        }
        let outcome = outcome(&stage, mode).await;
        let told = outcome.get("resolved").unwrap_or(&outcome);
        let id = told["integrated_account_id"].as_str().unwrap_or_else(|| panic!("{mode:?} {way}: {outcome}"));
        let path = format!("/integrated-account/{id}");
        assert_eq!(client.get(&path).await.status, 404, "{mode:?} {way}: not yet");
        let body = json!({ "confirmation_code": told["confirmation_code"], "tenant_id": "acme" });
        let confirmed = client.post("/connect-account/confirm", &body).await;
        assert_eq!(confirmed.status, 201, "{mode:?} {way}: {}", confirmed.text());
        assert_eq!(client.get(&path).await.json()["status"], "active");
    }
}

#[tokio::main]
pub(crate) async fn an_account_is_connected_again_and_stays_the_same_account() {
    let stage = Stage::start().await;
    let token = link_token(&stage, Mode::Frame).await;
    stage.opens(Sdk::Mortise, Mode::Frame, &token, json!({ "integration": WITH_PKCE, "authFormat": "oauth2" })).await;
    stage.answers(Mode::Frame, Answer::Allow).await;
    let id = connected(&stage, Mode::Frame, WITH_PKCE).await;

    for mode in [Mode::Frame, Mode::Window] {
        let token = stage.link_token(json!({ "integrated_account_id": id })).await;
        // The link token names the account's integration, so the person need not choose.
        stage.opens(Sdk::Mortise, mode, &token, json!({})).await;
        stage.answers(mode, Answer::Allow).await;
        assert_eq!(connected(&stage, mode, WITH_PKCE).await, id);
        assert_eq!(stage.users(&id).await.len(), 2);
    }
}
