//! Connects accounts by consent, without a code challenge, because the vendor refuses one.
#![cfg(target_family = "wasm")]

#[path = "../src/vendor.rs"]
mod vendor;

use mortise_sdk::Authorization;

vendor::connects!(Authorization::without_pkce);
