//! Sends one primary request, `GET /never`, and waits for its answer. With the `name` `body`, it also waits for the end
//! of the body.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Method, attack, primary, report, send};

attack!(|call| {
    let response = send(&primary(Method::Get, "/never"))?;
    if call.name == "body" {
        response.body()?;
    }
    report(response.status().to_string())
});
