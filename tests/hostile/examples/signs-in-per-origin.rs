//! Sends what the caller says (see [`probe`]) to two origins: to the first one with what a sign-in brings, to the second one with a
//! credential of its own.
#![cfg(target_family = "wasm")]

use mortise_hostile::{AuthScheme, Declaration, attack, exchange, probe::probe, scheme, variable};

attack!(probe, |declared| {
    let files = "https://files.example.com/v2".to_owned();
    let signed_in = AuthScheme {
        exchange: Some(exchange("https://vendor.example.com/token")),
        ..scheme("bearer", &[("token", "{access_token}")])
    };
    Declaration {
        origins: vec!["https://vendor.example.com".to_owned(), files.clone()],
        variables: vec![variable("client_secret", true), variable("file_token", true)],
        auth: vec![signed_in, AuthScheme { origins: vec![files], ..scheme("bearer", &[("token", "{file_token}")]) }],
        ..declared
    }
});
