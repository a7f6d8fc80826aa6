//! Sends the requests that the caller describes; see [`probe`]. It declares the headers `x-own`, and `x-own-0` to
//! `x-own-64`. Its vendor's sentence is at `/problems/*/words`.
#![cfg(target_family = "wasm")]

use mortise_hostile::{Declaration, attack, probe::probe};

attack!(probe, |declared| {
    let numbered = (0..=64).map(|number| format!("x-own-{number}"));
    Declaration {
        headers: std::iter::once("x-own".to_owned()).chain(numbered).collect(),
        error_messages: vec!["/problems/*/words".to_owned()],
        ..declared
    }
});
