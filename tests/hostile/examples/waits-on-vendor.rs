//! Sends one primary request, `GET /never`, and waits for it: for its answer, or with `name` `body` for the end of its
//! body too.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Method, attack, primary, report, send};

attack!(|call| {
    let response = send(&primary(Method::Get, "/never"))?;
    if call.name == "body" {
        response.body()?;
    }
    report(response.status().to_string())
});
