//! The link token of a flow, and the outcome that the application gets.

use serde_json::{Value, json};

use super::person::Mode;
use super::stage::{CONNECT, CONNECTED, Stage};

/// A link token for a new account, with a redirect if the page needs one.
pub(super) async fn link_token(stage: &Stage, mode: Mode) -> String {
    let redirect = (mode == Mode::SameWindow).then_some(CONNECTED);
    stage.link_token(json!({ "tenant_id": "acme", "redirect_uri": redirect })).await
}

/// The outcome: the result of the promise, or the parameters in the application's redirect.
pub(super) async fn outcome(stage: &Stage, mode: Mode) -> Value {
    match mode {
        Mode::SameWindow => stage.brought_back().await,
        _ => stage.said().await,
    }
}

/// Waits until the application learns that an account is connected: once, and with the documented names. Returns the
/// account's id.
pub(super) async fn connected(stage: &Stage, mode: Mode, slug: &str) -> Value {
    let outcome = outcome(stage, mode).await;
    let told = outcome.get("resolved").unwrap_or(&outcome);
    let id = told["integrated_account_id"].clone();
    match mode {
        Mode::SameWindow => {
            let expected =
                json!({ "from": "mortise", "result": "success", "integration": slug, "integrated_account_id": id });
            assert_eq!(outcome, expected);
        }
        _ => {
            let expected =
                json!({ "is_truto": true, "result": "success", "integration": slug, "integrated_account_id": id });
            assert_eq!(told, &expected, "{outcome}");
            assert_eq!(stage.messages().await, [json!({ "origin": CONNECT, "data": expected })]);
        }
    }
    let account = stage.account(&id).await;
    assert_eq!((&account["tenant_id"], &account["status"]), (&json!("acme"), &json!("active")));
    id
}
