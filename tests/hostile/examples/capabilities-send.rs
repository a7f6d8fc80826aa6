//! Sends a request from `capabilities`, which has neither account nor network. Its label has the outcome.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, Method, context, lie, primary, send};

lie!(|declared| {
    let outcome = send(&primary(Method::Get, "/capabilities")).map(|response| response.status());
    Declaration { label: format!("{outcome:?} {:?}", context::variable("api_token")), ..declared }
});
