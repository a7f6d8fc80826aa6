//! Sends requests and never drops an answer, until the host refuses; then reports how many it holds. With `name` `forever`
//! it goes on asking.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Method, attack, report, request, send};

attack!(|call| {
    let mut held = Vec::new();
    loop {
        match send(&request(Method::Get, "/leak")) {
            Ok(response) => held.push(core::mem::ManuallyDrop::new(response)),
            Err(_) if call.name == "forever" => {}
            Err(failure) => break report(format!("{} held, then {}", held.len(), failure.kind)),
        }
    }
});
