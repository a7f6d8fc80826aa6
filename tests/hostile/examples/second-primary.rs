//! Sends two requests that are both marked as primary, and reports the outcome of the second: its status, or the kind
//! of the failure.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Method, attack, primary, report, send};

attack!(|_| {
    send(&primary(Method::Post, "/users"))?;
    report(match send(&primary(Method::Post, "/users/second")) {
        Ok(response) => response.status().to_string(),
        Err(failure) => failure.kind,
    })
});
