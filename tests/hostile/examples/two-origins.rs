//! Sends the requests that the caller describes to either of two origins with base paths; see [`probe`].
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, attack, probe::probe};

attack!(probe, |declared| Declaration {
    origins: vec!["https://vendor.example.com/v1".to_owned(), "https://files.example.com/v2".to_owned()],
    ..declared
});
