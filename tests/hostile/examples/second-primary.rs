//! Sends two requests that both claim to carry the call, and reports what became of the second: its status or the
//! failure's kind.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Method, attack, primary, report, send};

attack!(|_| {
    send(&primary(Method::Post, "/users"))?;
    report(match send(&primary(Method::Post, "/users/second")) {
        Ok(response) => response.status().to_string(),
        Err(failure) => failure.kind,
    })
});
