//! Sends requests and never drops an answer, until the host refuses one. Then reports the number of answers that it
//! holds. With the `name` `forever`, it goes on sending.
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
