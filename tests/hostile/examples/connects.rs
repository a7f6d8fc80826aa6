//! Connects accounts by consent, with a code challenge that the vendor demands, or by a key.
#![cfg(target_family = "wasm")]

#[path = "../src/vendor.rs"]
mod vendor;

use mortise_sdk::Authorization;

vendor::connects!(Authorization::needs_pkce);
