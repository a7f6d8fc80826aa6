//! Accounts are connected by consent, without a code challenge, which the vendor refuses.
#![cfg(target_family = "wasm")]

#[path = "../src/vendor.rs"]
mod vendor;

use mortise_sdk::Authorization;

vendor::connects!(Authorization::without_pkce);
